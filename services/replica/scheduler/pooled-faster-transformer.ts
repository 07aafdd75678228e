import { type Draft, freeBlocks, isComplete, type Pool, type PooledScheduler } from './pool.ts';
import { admitReserved, type ReservedLimits, wholeStep } from './pooled-orca.ts';

/**
 * FasterTransformer: a batch stays together until its last request is done, and holds its memory until then.
 * In Vidur only the members of the last step give it back, so what completed earlier keeps its memory for
 * ever (`vidur`).
 */
export function pooledFasterTransformer(limits: ReservedLimits): PooledScheduler {
	return {
		repeats: (pool) => pool.paused.length === 0,
		ended(pool, slots) {
			const bearer = slots.find((slot) => !isComplete(pool, slot));
			if (bearer !== undefined) pool.paused.push(slots.filter((slot) => !isComplete(pool, slot)));
			for (const slot of slots) {
				if (bearer === undefined) freeBlocks(pool, slot);
				else if (isComplete(pool, slot)) leaveBlocks(pool, slot, limits.vidur ? null : bearer);
			}
		},
		next(pool, nowS) {
			const slots = pool.paused.shift();
			if (slots !== undefined) return { slots, tokens: slots.map((slot) => wholeStep(pool, slot)) };
			const draft: Draft = { slots: [], tokens: [] };
			admitReserved(limits, pool, draft, nowS);
			return draft.slots.length > 0 ? draft : null;
		},
	};
}

/** The memory of a completed request goes to another of its batch, or is lost. */
function leaveBlocks(pool: Pool, slot: number, bearer: number | null): void {
	const { blocks } = pool.requests;
	if (bearer !== null) blocks[bearer] = (blocks[bearer] as number) + (blocks[slot] as number);
	blocks[slot] = 0;
	pool.holders--;
}
