import { SimulationError } from '../../../protocol/errors.ts';
import { beginPrefix } from '../scheduler/prefix-cache.ts';
import { openSlot, type RequestBook } from './book.ts';
import { type Arrival, pushArrival, pushSlot } from './queue.ts';

/** What a request must keep to be served at all. */
export interface RequestLimits {
	readonly numBlocks: number;
	readonly blockSize: number;
	readonly maxTokensPerRequest: number;
	/** Tokens that a request has room for beyond its own; 0 when left out. */
	readonly spareTokens?: number;
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
	const reason = rejection(limits, request);
	if (reason !== null) throw refusal(request, reason);
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

/**
 * Why a request can never be served, as a server would answer it; null if it can be.
 *
 * @throws SimulationError for lengths that are no whole numbers above 0
 */
export function rejection(limits: RequestLimits, request: Request): string | null {
	const { prefillTokens, decodeTokens } = request;
	if (!(Number.isInteger(prefillTokens) && prefillTokens >= 1))
		throw refusal(request, `its prompt of ${prefillTokens} tokens is not a whole number above 0`);
	if (!(Number.isInteger(decodeTokens) && decodeTokens >= 1))
		throw refusal(request, `its answer of ${decodeTokens} tokens is not a whole number above 0`);
	const tokens = prefillTokens + decodeTokens;
	if (tokens > limits.maxTokensPerRequest)
		return `its ${tokens} tokens exceed the ${limits.maxTokensPerRequest} a request may have`;
	const blocks = blocksAlone(
		limits.blockSize,
		prefillTokens,
		decodeTokens + (limits.spareTokens ?? 0),
	);
	return blocks > limits.numBlocks
		? `its ${tokens} tokens need ${blocks} KV blocks of ${limits.numBlocks}`
		: null;
}

/** KV blocks of a request alone in memory: its prompt must fit, and before its last iteration one block must be free. */
function blocksAlone(blockSize: number, prefillTokens: number, decodeTokens: number): number {
	return Math.max(
		Math.ceil(prefillTokens / blockSize),
		decodeTokens > 1 ? Math.ceil((prefillTokens + decodeTokens - 2) / blockSize) + 1 : 0,
	);
}

function refusal({ id, arrivedAtS }: Request, reason: string): SimulationError {
	const timeUs = Math.floor(arrivedAtS * 1e6);
	return new SimulationError(`Cannot admit request "${id}": ${reason}`, { timeUs });
}
