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
import {
	type Draft,
	endOneByOne,
	isPrefilled,
	type PooledScheduler,
	sortByArrival,
} from './pool.ts';
import { namePrefix } from './prefix-cache.ts';

/**
 * Sarathi: prompts in chunks that share a batch with the decoding requests. Decoding comes first and is never
 * held back; what it leaves of `chunkSize` tokens goes to prompts begun, then to new ones.
 */
export function pooledSarathi(
	limits: PagedLimits & { readonly chunkSize: number },
): PooledScheduler {
	return {
		ended: endOneByOne,
		repeats: (pool, slots, nowS) =>
			(slots.length >= limits.chunkSize || !headMayEnter(limits, pool, slots.length, nowS)) &&
			repeatDecodes(limits, pool, slots),
		next(pool, nowS) {
			const { requests, running } = pool;
			const draft: Draft = { slots: [], tokens: [] };
			const begun: number[] = [];
			while (running.length > 0 && draft.slots.length < limits.microBatchCap) {
				const slot = running.shift() as number;
				if (isPrefilled(pool, slot)) addDecode(limits, pool, draft, slot);
				else begun.push(slot);
			}
			let room = Math.max(0, limits.chunkSize - draft.slots.length);
			const skipped: number[] = [];
			for (const slot of begun) {
				const processed = requests.processed[slot] as number;
				const tokens = Math.min(room, (requests.prefill[slot] as number) - processed);
				if (tokens === 0) {
					skipped.push(slot);
					continue;
				}
				room -= tokens;
				namePrefix(pool, slot, processed + tokens);
				draft.slots.push(slot);
				draft.tokens.push(tokens);
			}
			if (skipped.length > 0) running.unshift(...skipped);
			sortByArrival(pool);
			while (room > 0) {
				const slot = admissible(limits, pool, draft, nowS);
				if (slot === undefined || !hasRoom(limits, pool, slot)) break;
				const tokens = Math.min(room, tokensLeft(pool, slot));
				room -= tokens;
				admit(limits, pool, draft, { slot, tokens });
			}
			return draft.slots.length > 0 ? draft : null;
		},
	};
}
