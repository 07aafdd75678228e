/** Series over one common axis; NaN where a series has no value. */
export interface Curves {
	readonly x: Float64Array;
	readonly ys: readonly Float64Array[];
}

/** More points than this are not drawn. */
const POINTS_MAX = 4000;

/**
 * Thins curves to at most `pointsMax` points without hiding peaks: of each bucket of neighbours every
 * curve keeps its least and its greatest value, in the order in which they came. Curves that are short enough
 * stay as they are.
 *
 * @returns the curves, and how many points a bucket had (1: nothing was thinned)
 */
export function downsample(curves: Curves, pointsMax = POINTS_MAX): Curves & { perBucket: number } {
	const count = curves.x.length;
	if (count <= pointsMax) return { ...curves, perBucket: 1 };
	const buckets = Math.floor(pointsMax / 2);
	const perBucket = Math.ceil(count / buckets);
	const used = Math.ceil(count / perBucket);
	const x = new Float64Array(2 * used);
	const ys = curves.ys.map(() => new Float64Array(2 * used));
	for (let bucket = 0; bucket < used; bucket++) {
		const from = bucket * perBucket;
		const until = Math.min(from + perBucket, count);
		x[2 * bucket] = curves.x[from] as number;
		x[2 * bucket + 1] = curves.x[Math.floor((from + until) / 2)] as number;
		for (let c = 0; c < ys.length; c++) {
			const [first, second] = extremes(curves.ys[c] as Float64Array, from, until);
			const y = ys[c] as Float64Array;
			y[2 * bucket] = first;
			y[2 * bucket + 1] = second;
		}
	}
	return { x, ys, perBucket };
}

/** The least and the greatest value in [from, until), in their order; NaN twice where there is none. */
function extremes(values: Float64Array, from: number, until: number): [number, number] {
	let [least, greatest] = [-1, -1];
	for (let i = from; i < until; i++) {
		const value = values[i] as number;
		if (Number.isNaN(value)) continue;
		if (least === -1 || value < (values[least] as number)) least = i;
		if (greatest === -1 || value > (values[greatest] as number)) greatest = i;
	}
	if (least === -1) return [Number.NaN, Number.NaN];
	const ordered = least < greatest ? [least, greatest] : [greatest, least];
	return [values[ordered[0] as number] as number, values[ordered[1] as number] as number];
}
