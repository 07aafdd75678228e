import {
	addDecode,
	admissible,
	admit,
	hasRoom,
	headMayEnter,
	type PagedLimits,
	repeatDecodes,
	tokensLeft,
} from './paged.ts';
import { type Draft, endOneByOne, type PooledScheduler, sortByArrival } from './pool.ts';

/**
 * vLLM's scheduler as in scheduler/vllm.ts, for any number of batches in flight. `maxTokensInBatch` counts
 * each prompt as long as the longest of its batch.
 */
export function pooledVllm(
	limits: PagedLimits & { readonly maxTokensInBatch: number },
): PooledScheduler {
	return {
		ended: endOneByOne,
		repeats: (pool, slots, nowS) =>
			!headMayEnter(limits, pool, 0, nowS) && repeatDecodes(limits, pool, slots),
		next(pool, nowS) {
			const draft: Draft = { slots: [], tokens: [] };
			let longest = 0;
			for (;;) {
				const slot = admissible(limits, pool, draft, nowS);
				if (slot === undefined || !hasRoom(limits, pool, slot)) break;
				const tokens = tokensLeft(pool, slot);
				const padded = (draft.slots.length + 1) * Math.max(longest, tokens);
				const idle = pool.holders === 0 && !limits.vidur;
				if (padded > limits.maxTokensInBatch && !idle) break;
				longest = Math.max(longest, tokens);
				admit(limits, pool, draft, { slot, tokens });
			}
			if (draft.slots.length > 0) return draft;
			sortByArrival(pool);
			while (pool.running.length > 0 && draft.slots.length < limits.microBatchCap)
				addDecode(limits, pool, draft, pool.running.shift() as number);
			return draft.slots.length > 0 ? draft : null;
		},
	};
}
