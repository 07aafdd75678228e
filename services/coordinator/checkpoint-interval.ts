/** How often a run is kept: as the cost of it says, not at all, or every so many milliseconds at most. */
export type Keeping = 'auto' | 'never' | { readonly everyMs: number };

/** Time between two failures that is reckoned with: a machine or a process of a long run. */
const FAILURES_EVERY_MS = 3_600_000;
/** Before anything is known of the cost: the first one has every process load the client of JetStream, half a CPU second in all. */
const FIRST_AFTER_MS = 10_000;
/** Whatever failures cost, keeping takes no more than this part of the time. */
const SHARE_MAX = 0.02;

/**
 * Real time until a checkpoint is due again: what is lost on average by going back to the last one is then as much as
 * keeping them costs (J. W. Young, "A first order approximation to the optimum checkpoint interval", Commun. ACM 17, 1974).
 *
 * @param costMs of the last one; null: none was taken
 */
export function intervalMs(costMs: number | null, keeping: Keeping): number {
	if (keeping === 'never') return Number.POSITIVE_INFINITY;
	if (keeping !== 'auto') return keeping.everyMs;
	if (costMs === null) return FIRST_AFTER_MS;
	return Math.max(FIRST_AFTER_MS, Math.sqrt(2 * costMs * FAILURES_EVERY_MS), costMs / SHARE_MAX);
}
