import {
	admitHead,
	arrivedHead,
	type Draft,
	endOneByOne,
	isPrefilled,
	type Pool,
	type PooledScheduler,
} from './pool.ts';
import { blocksInUse, findPrefix, namePrefix } from './prefix-cache.ts';

/** Limits of the schedulers that reserve memory for a request of full length. */
export interface ReservedLimits {
	readonly numBlocks: number;
	/** Blocks of a request of full length. */
	readonly blocksPerRequest: number;
	/** Most requests in one batch. */
	readonly maxBatchSize: number;
	/** Vidur's behaviour where it is wrong. */
	readonly vidur: boolean;
}

/** Orca: iteration-level batching of decoding requests and whole prompts, first come, first served. */
export function pooledOrca(limits: ReservedLimits): PooledScheduler {
	return {
		ended: endOneByOne,
		repeats: (pool, slots, nowS) =>
			slots.length === limits.maxBatchSize ||
			arrivedHead(pool, nowS) === undefined ||
			limits.numBlocks - pool.usedBlocks < limits.blocksPerRequest,
		next(pool, nowS) {
			const { running } = pool;
			const slots = running.splice(0, limits.maxBatchSize);
			const draft: Draft = { slots, tokens: slots.map((slot) => wholeStep(pool, slot)) };
			admitReserved(limits, pool, draft, nowS);
			return draft.slots.length > 0 ? draft : null;
		},
	};
}

/** Tokens of a request that takes its prompt in one piece. */
export function wholeStep(pool: Pool, slot: number): number {
	return isPrefilled(pool, slot) ? 1 : (pool.requests.prefill[slot] as number);
}

/** Adds whole prompts while the batch and the memory have room. */
export function admitReserved(
	limits: ReservedLimits,
	pool: Pool,
	draft: Draft,
	nowS: number,
): void {
	while (draft.slots.length < limits.maxBatchSize) {
		const slot = arrivedHead(pool, nowS);
		if (slot === undefined) return;
		const prompt = pool.requests.prefill[slot] as number;
		const found = findPrefix(pool, slot);
		const blocks = limits.blocksPerRequest - blocksInUse(pool);
		if (limits.numBlocks - pool.usedBlocks < blocks) return;
		admitHead(pool, slot, limits.blocksPerRequest);
		namePrefix(pool, slot, prompt);
		draft.slots.push(slot);
		draft.tokens.push(prompt - found);
	}
}
