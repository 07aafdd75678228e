import { ConfigError } from '../../protocol/errors.ts';
import { withoutSecrets } from '../../protocol/urls.ts';
import { handshake } from './handshake.ts';

const LIMIT_MS = 3000;

/**
 * Makes sure that a NATS server answers at `url` (several, separated by commas: at one of them).
 *
 * @throws ConfigError in one line that says what was wrong, without a password in it
 */
export async function checkUrl(url: string, limitMs = LIMIT_MS): Promise<void> {
	const urls = url
		.split(',')
		.map((part) => part.trim())
		.filter((part) => part !== '');
	const results = await Promise.all(urls.map((one) => handshake(one, limitMs)));
	if (results.some((result) => result.ok)) return;
	const reasons = new Set(results.map((result) => (result.ok ? '' : result.reason)));
	const reason = urls.length === 0 ? 'it is empty' : [...reasons].join(', ');
	throw new ConfigError(
		`Cannot reach NATS_URL "${withoutSecrets(url)}": ${reason}; start a server there, or unset NATS_URL to have one started`,
	);
}
