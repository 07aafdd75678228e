import { ConfigError, messageOf, SimulationError } from '../../protocol/errors.ts';
import type { Failed } from '../../protocol/messages.ts';
import { plainText } from '../../protocol/plain-text.ts';

/** What a host says of an error; `actor` is named where the error names none. */
export function failureOf(host: string, error: unknown, actor: string | null = null): Failed {
	const place = error instanceof SimulationError ? error : { actor: null, timeUs: null };
	return {
		...{ type: 'failed', host, actor: place.actor ?? actor, timeUs: place.timeUs },
		cause: error instanceof ConfigError ? 'configuration' : 'simulation',
		message: plainText(messageOf(error)),
	};
}
