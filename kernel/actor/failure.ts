import {
	CheckpointError,
	ConfigError,
	LostError,
	messageOf,
	SimulationError,
} from '../../protocol/errors.ts';
import { plainText } from '../../protocol/plain-text.ts';
import type { Failed } from '../../protocol/window-messages.ts';

/** What a host says of an error; `actor` is named where the error names none. */
export function failureOf(host: string, error: unknown, actor: string | null = null): Failed {
	const place = error instanceof SimulationError ? error : { actor: null, timeUs: null };
	return {
		...{ type: 'failed', host, actor: place.actor ?? actor, timeUs: place.timeUs },
		cause: causeOf(error),
		message: plainText(messageOf(error)),
	};
}

function causeOf(error: unknown): Failed['cause'] {
	if (error instanceof ConfigError) return 'configuration';
	if (error instanceof CheckpointError) return 'checkpoint';
	return error instanceof LostError ? 'world' : 'simulation';
}
