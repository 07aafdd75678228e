import { ConfigError } from '../../protocol/errors.ts';
import { withoutSecrets } from '../../protocol/urls.ts';
import { describeAccess, type NatsAccess, readNatsAccess } from '../bus/nats-access.ts';
import { connectNats } from '../bus/nats-bus.ts';
import type { NatsEnv } from '../bus/nats-context.ts';
import { handshake } from './handshake.ts';
import { whyTooOld } from './server-version.ts';

const LIMIT_MS = 3000;

/**
 * Makes sure that a NATS server answers at NATS_URL (several, separated by commas: at one of them) and lets us in with
 * what the variables beside it say: by the connection that a run makes, so that the two cannot differ.
 *
 * @throws ConfigError in one line that says what was wrong, without a password in it
 */
export async function checkUrl(env: NatsEnv, limitMs = LIMIT_MS): Promise<NatsAccess> {
	const access = readNatsAccess(env);
	const results = await Promise.all(access.servers.map((one) => handshake(one, limitMs)));
	if (!results.some((result) => result.ok)) {
		const reasons = new Set(results.map((result) => (result.ok ? '' : result.reason)));
		throw new ConfigError(
			`Cannot reach NATS_URL "${withoutSecrets(env['NATS_URL'] ?? '')}": ${[...reasons].join(', ')}; start a server there, or unset NATS_URL to have one started`,
		);
	}
	for (const result of results) {
		const tooOld = result.ok ? whyTooOld(result.version) : null;
		if (tooOld !== null)
			throw new ConfigError(
				`Cannot use the NATS server at "${describeAccess(access)}": its version is ${tooOld}`,
			);
	}
	const bus = await connectNats(access, 'check');
	await bus.close();
	return access;
}
