import type { Trace } from './trace.ts';

/** Times for which a series says nothing between its values. */
export interface Gaps {
	readonly count: number;
	readonly longestS: number;
}

/**
 * The gaps of a trace within [0, untilUs): where two samples lie further apart than is usual in it. What is usual is
 * the most frequent distance, and only where most distances are that: a series of changes has no gaps.
 */
export function traceGaps({ timesUs }: Trace, untilUs: number): Gaps {
	const usualUs = majorityUs(timesUs);
	let [count, longestUs] = [0, 0];
	if (usualUs === null) return { count: 0, longestS: 0 };
	for (let i = 1; i < timesUs.length; i++) {
		const [from, until] = [timesUs[i - 1] as number, timesUs[i] as number];
		if (until <= 0 || from >= untilUs || until - from <= usualUs) continue;
		count++;
		longestUs = Math.max(longestUs, until - from - usualUs);
	}
	return { count, longestS: longestUs / 1e6 };
}

/** The distance that more than half of all neighbours have (Boyer and Moore's vote); null: none. */
export function majorityUs(timesUs: Float64Array): number | null {
	const apartUs = (i: number) => (timesUs[i] as number) - (timesUs[i - 1] as number);
	let [candidate, votes, often] = [0, 0, 0];
	for (let i = 1; i < timesUs.length; i++) {
		if (votes === 0) candidate = apartUs(i);
		votes += apartUs(i) === candidate ? 1 : -1;
	}
	for (let i = 1; i < timesUs.length; i++) if (apartUs(i) === candidate) often++;
	return often > (timesUs.length - 1) / 2 ? candidate : null;
}

/** `90 s`, `30 min`, `1.5 h`. */
export function spanText(seconds: number): string {
	const [size, unit] =
		seconds >= 3600
			? [seconds / 3600, 'h']
			: seconds >= 60
				? [seconds / 60, 'min']
				: [seconds, 's'];
	return `${Number(size.toFixed(2))} ${unit}`;
}

/** `1 gap of 30 min`, `2 gaps, the longest 3 h`. */
export function gapsText(count: number, longestS: number): string {
	const length = spanText(longestS);
	return count === 1 ? `1 gap of ${length}` : `${count} gaps, the longest ${length}`;
}
