/** Observations by buckets; plain data. */
export interface Histogram {
	/** Of each bucket alone, in the order of the bounds; the last one is of what is above all of them. */
	readonly counts: Float64Array;
	sum: number;
}

/** One without observations. @param bounds upper bounds of the buckets, each part of its bucket, rising */
export function emptyHistogram(bounds: readonly number[]): Histogram {
	return { counts: new Float64Array(bounds.length + 1), sum: 0 };
}

/** Adds `times` observations of one value; what is no number is none. */
export function observe(
	histogram: Histogram,
	bounds: readonly number[],
	value: number,
	times = 1,
): void {
	if (!Number.isFinite(value)) return;
	const above = bounds.findIndex((bound) => value <= bound);
	const bucket = above === -1 ? bounds.length : above;
	histogram.counts[bucket] = (histogram.counts[bucket] as number) + times;
	histogram.sum += value * times;
}

/** 1, 2, 5, 10, 20, … up to `most`, as vLLM bounds the numbers of tokens. */
export function oneTwoFive(most: number): number[] {
	const bounds: number[] = [];
	for (let power = 1; ; power *= 10)
		for (const factor of [1, 2, 5]) {
			if (factor * power > most) return bounds;
			bounds.push(factor * power);
		}
}
