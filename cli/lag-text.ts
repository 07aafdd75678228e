/** Less behind its schedule than this is none. */
const LAG_MIN_MS = 100;

/** How far a run is behind its schedule, such as `, 3.2 s behind`; empty where that is not worth a word, or it has none. */
export function lagText(lagMs: number | null): string {
	return lagMs !== null && lagMs >= LAG_MIN_MS ? `, ${(lagMs / 1000).toFixed(1)} s behind` : '';
}
