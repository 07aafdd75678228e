/** Series over one common axis; NaN where a series has no value. */
export interface Curves {
	readonly x: Float64Array;
	readonly ys: readonly Float64Array[];
}

/** Curves as finely as they are drawn from some length of the time shown downwards. */
export interface Level extends Curves {
	/** Each point is of so many seconds from its `x`; null: each is a value of the data. */
	readonly spanS: number | null;
	/** Of each curve the least and the greatest value of each span, where `ys` are means. */
	readonly lows?: readonly Float64Array[];
	readonly highs?: readonly Float64Array[];
}

/** A level as a page carries it: cut in pieces of time that are unpacked when they are looked at. */
export interface PackedLevel {
	readonly spanS: number | null;
	readonly hasBounds: boolean;
	/** Points between two ends of the whole. */
	readonly count: number;
	readonly pieces: readonly PackedPiece[];
}

/** The points whose `x` is in [fromS, untilS). */
export interface PackedPiece {
	readonly fromS: number;
	readonly untilS: number;
	/** Columns as packed-columns.ts has them, deflated, in base64: x, then each curve, or its mean, least and greatest value. */
	readonly data: string;
}

/** More values than this, three days of minutes, are not drawn: means of spans stand for them. */
export const VALUES_DRAWN_MAX = 4320;
/** Nor more spans, which need room for their extremes too. */
export const SPANS_DRAWN_MAX = 1000;

/** One of equal spans of time: day, hour, or 15 min. */
export function spanWord(seconds: number): string {
	const words: Readonly<Record<number, string>> = { 3600: 'hour', 86400: 'day', 604800: 'week' };
	const [size, unit] =
		seconds >= 2 * 86_400
			? [86_400, 'd']
			: seconds >= 2 * 3600
				? [3600, 'h']
				: seconds >= 120
					? [60, 'min']
					: [1, 's'];
	return words[seconds] ?? `${Number((seconds / size).toPrecision(3))} ${unit}`;
}
