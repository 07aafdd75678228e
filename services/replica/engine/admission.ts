import { SimulationError } from '../../../protocol/errors.ts';
import { beginPrefix } from '../scheduler/prefix-cache.ts';
import { openSlot, type RequestBook } from './book.ts';
import { type Arrival, pushArrival, pushSlot } from './queue.ts';

/** What a request must keep to be served at all. */
export interface RequestLimits {
	readonly numBlocks: number;
	readonly blockSize: number;
	readonly maxTokensPerRequest: number;
}

/** A request as it arrives. */
export interface Request extends Arrival {
	/** What its first tokens are: names of pieces and their tokens, in turns (scheduler/prefix-hash.ts). */
	readonly prefix?: readonly number[];
}

/**
 * Hands a request over. Requests come in order of arrival, and before `advance` passes their arrival.
 *
 * @throws SimulationError when the request could never be completed
 */
export function submit(limits: RequestLimits, state: RequestBook, request: Request): void {
	checkRequest(limits, request);
	const { prefix, queue } = state;
	if (prefix === null) {
		pushArrival(queue, request);
		return;
	}
	// The cache keeps what it knows of requests by their slots, so that then all have one.
	const slot = openSlot(state, request);
	beginPrefix(prefix, slot, request);
	pushSlot(queue, slot);
	queue.future++;
}

function checkRequest(limits: RequestLimits, request: Request): void {
	const { prefillTokens, decodeTokens } = request;
	const refuse = (reason: string) => {
		throw new SimulationError(`Cannot admit request "${request.id}": ${reason}`, {
			timeUs: Math.floor(request.arrivedAtS * 1e6),
		});
	};
	if (!(Number.isInteger(prefillTokens) && prefillTokens >= 1))
		refuse(`its prompt of ${prefillTokens} tokens is not a whole number above 0`);
	if (!(Number.isInteger(decodeTokens) && decodeTokens >= 1))
		refuse(`its answer of ${decodeTokens} tokens is not a whole number above 0`);
	const tokens = prefillTokens + decodeTokens;
	if (tokens > limits.maxTokensPerRequest)
		refuse(`its ${tokens} tokens exceed the ${limits.maxTokensPerRequest} a request may have`);
	// Alone in memory: its prompt must fit, and before its last iteration one block must be free.
	const blocks = Math.max(
		Math.ceil(prefillTokens / limits.blockSize),
		decodeTokens > 1 ? Math.ceil((tokens - 2) / limits.blockSize) + 1 : 0,
	);
	if (blocks > limits.numBlocks)
		refuse(`its ${tokens} tokens need ${blocks} KV blocks of ${limits.numBlocks}`);
}
