/** How a rate did. */
export interface Verdict {
	readonly qps: number;
	readonly passes: boolean;
}

export interface SearchOptions {
	/** The first rate tried. */
	readonly startQps: number;
	/** The search ends when a rate that fails is at most this much above one that passes, relatively. */
	readonly tolerance: number;
	/** Below this no rate is tried: the configuration cannot keep its objectives at all. */
	readonly minQps: number;
	/** Parts of the capacity that are tried as well: they draw the curve, and show whether it is monotone. */
	readonly curve: readonly number[];
	/** No more rates are tried, those of the curve not counted. */
	readonly maxTrials: number;
}

export interface SearchResult<V extends Verdict> {
	/** The highest rate tried that passes and below which none tried fails; null if there is none. */
	readonly best: V | null;
	/** The lowest rate tried that fails; null if none does. */
	readonly worst: V | null;
	/** Whether no rate passes above one that fails. */
	readonly isMonotone: boolean;
	/** Whether the two are as close as asked for. */
	readonly isConverged: boolean;
	/** All rates tried, from the lowest. */
	readonly tried: readonly V[];
}

/**
 * Looks for the largest rate that passes: doubles or halves from the start until one passes and one fails, then
 * halves the gap between them in the logarithm. Afterwards it tries parts of what it found; where one of these
 * fails, the rate found was a lucky one, and the search goes on below. Each trial is asked for once.
 */
export async function searchCapacity<V extends Verdict>(
	tryAt: (qps: number) => Promise<V>,
	options: SearchOptions,
): Promise<SearchResult<V>> {
	const { startQps, tolerance, minQps, curve, maxTrials } = options;
	const tried: V[] = [];
	let left = maxTrials;
	const attempt = async (qps: number): Promise<boolean> => {
		const verdict = await tryAt(qps);
		tried.push(verdict);
		tried.sort((a, b) => a.qps - b.qps);
		return verdict.passes;
	};
	for (;;) {
		let next = nextRate(bounds(tried), { startQps, tolerance, minQps });
		for (; next !== null && left > 0; left--) {
			await attempt(next);
			next = nextRate(bounds(tried), { startQps, tolerance, minQps });
		}
		const { best } = bounds(tried);
		const missing = curve
			.map((part) => (best?.qps ?? 0) * part)
			.filter((qps) => qps > 0 && !tried.some((one) => one.qps === qps));
		const passes = await inOrder(missing, attempt);
		if (passes || left <= 0) return resultOf(tried, tolerance);
	}
}

/** Tries rates from the lowest, all of them; whether all passed. */
async function inOrder(
	rates: readonly number[],
	attempt: (qps: number) => Promise<boolean>,
): Promise<boolean> {
	let passes = true;
	for (const qps of [...rates].sort((a, b) => a - b)) passes = (await attempt(qps)) && passes;
	return passes;
}

/** The lowest rate that fails, and the highest that passes below it. */
function bounds<V extends Verdict>(tried: readonly V[]): { best: V | null; worst: V | null } {
	const worst = tried.find(({ passes }) => !passes) ?? null;
	const below = tried.filter(({ qps, passes }) => passes && (worst === null || qps < worst.qps));
	return { best: below.at(-1) ?? null, worst };
}

/** The rate to try next; null when the answer is there. */
function nextRate(
	{ best, worst }: { best: Verdict | null; worst: Verdict | null },
	{ startQps, tolerance, minQps }: Pick<SearchOptions, 'startQps' | 'tolerance' | 'minQps'>,
): number | null {
	if (best === null && worst === null) return startQps;
	if (worst === null) return (best as Verdict).qps * 2;
	if (best === null) return worst.qps / 2 >= minQps ? worst.qps / 2 : null;
	return worst.qps <= best.qps * (1 + tolerance) ? null : Math.sqrt(best.qps * worst.qps);
}

function resultOf<V extends Verdict>(tried: readonly V[], tolerance: number): SearchResult<V> {
	const { best, worst } = bounds(tried);
	return {
		best,
		worst,
		isMonotone: !tried.some(({ qps, passes }) => passes && worst !== null && qps > worst.qps),
		isConverged: best !== null && worst !== null && worst.qps <= best.qps * (1 + tolerance),
		tried,
	};
}
