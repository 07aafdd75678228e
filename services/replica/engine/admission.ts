import { SimulationError } from '../../../protocol/errors.ts';
import { beginPrefix } from '../scheduler/prefix-cache.ts';
import { pushBack, type RequestBook, takeSlot } from './book.ts';

/** What a request must keep to be served at all. */
export interface RequestLimits {
	readonly numBlocks: number;
	readonly blockSize: number;
	readonly maxTokensPerRequest: number;
}

/** A request as it arrives. */
export interface Request {
	readonly id: number;
	readonly arrivedAtS: number;
	/** Time since the request before it arrived, NaN for the first. */
	readonly interArrivalS: number;
	readonly prefillTokens: number;
	readonly decodeTokens: number;
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
	const slot = takeSlot(state);
	const r = state.requests;
	r.id[slot] = request.id;
	r.arrivedAtS[slot] = request.arrivedAtS;
	r.interArrivalS[slot] = request.interArrivalS;
	r.arrivedPrefill[slot] = request.prefillTokens;
	r.arrivedDecode[slot] = request.decodeTokens;
	r.prefill[slot] = request.prefillTokens;
	r.decode[slot] = request.decodeTokens;
	r.restarts[slot] = 0;
	r.cached[slot] = -1;
	r.processed[slot] = 0;
	r.blocks[slot] = 0;
	r.scheduledAtS[slot] = Number.NaN;
	r.prefilledAtS[slot] = Number.NaN;
	r.lastEndS[slot] = Number.NaN;
	r.executedS[slot] = 0;
	r.preemptedS[slot] = 0;
	r.transferS[slot] = 0;
	r.prefillJ[slot] = 0;
	r.decodeJ[slot] = 0;
	if (state.prefix !== null) beginPrefix(state.prefix, slot, request);
	pushBack(state.queue, slot);
	state.queue.future++;
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
