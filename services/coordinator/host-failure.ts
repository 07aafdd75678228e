import { CheckpointError, ConfigError, LostError, SimulationError } from '../../protocol/errors.ts';
import type { Failed } from '../../protocol/window-messages.ts';

/** What a host said of its failure, as an error of ours; a LostError for what another try may cure. */
export function failedError({ cause, message, actor, timeUs }: Failed): Error {
	if (cause === 'configuration') return new ConfigError(message);
	const place = {
		...(actor === null ? {} : { actor }),
		...(timeUs === null ? {} : { timeUs }),
	};
	if (cause === 'checkpoint') return new CheckpointError(message, place);
	return cause === 'world' ? new LostError(message, place) : new SimulationError(message, place);
}
