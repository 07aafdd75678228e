import { errors } from '@nats-io/transport-node';
import { messageOf } from '../../protocol/errors.ts';
import { StaleHeadError, StoreError } from './store.ts';

/** JetStream's codes while a cluster chooses another leader. */
const NO_LEADER = [10_008, 10_009];
/** A cluster that has lost a server has another leader within some seconds. */
export const RETRY_MS = [250, 500, 1_000, 2_000, 4_000];
/** JetStream's code for a publish that expected another last sequence. */
export const WRONG_LAST_SEQUENCE = 10_071;

/**
 * Does something on a server, again after each of the pauses where what it says may pass.
 *
 * @throws StaleHeadError, StoreError: it cannot be done
 */
export async function attempt<T>(
	what: string,
	act: () => Promise<T>,
	retriesMs: readonly number[] = RETRY_MS,
): Promise<T> {
	for (let tries = 0; ; tries++) {
		try {
			return await act();
		} catch (error) {
			const waitMs = retriesMs[tries];
			if (waitMs !== undefined && isPassing(error)) {
				await new Promise((resolve) => setTimeout(resolve, waitMs));
				continue;
			}
			if (error instanceof StoreError) throw error;
			if (codeOf(error) === WRONG_LAST_SEQUENCE)
				throw new StaleHeadError('somebody else leads the run', { cause: error });
			throw new StoreError(`Cannot ${what}: ${reasonOf(error)}`, { cause: error });
		}
	}
}

/** Of the servers: there may be another leader soon. What the server says for good is not. */
function isPassing(error: unknown): boolean {
	if (error instanceof errors.TimeoutError || NO_LEADER.includes(codeOf(error))) return true;
	// Where a stream has no leader for now, nobody listens to what is read from it directly.
	if (error instanceof errors.NoRespondersError) return true;
	if (error instanceof errors.RequestError && error.isNoResponders()) return true;
	return error instanceof Error && error.name === 'JetStreamNotEnabled';
}

function reasonOf(error: unknown): string {
	if (error instanceof Error && error.name === 'JetStreamNotEnabled')
		return 'the NATS server has no JetStream, or none for this login; start it with -js';
	return messageOf(error);
}

/** JetStream's own code of an error; 0 for others. */
export function codeOf(error: unknown): number {
	const { code, api_error: refusal } = error as {
		code?: unknown;
		api_error?: { err_code?: number };
	};
	return refusal?.err_code ?? (typeof code === 'number' ? code : 0);
}
