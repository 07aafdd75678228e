import { DateTime } from 'luxon';
import type { Figure } from './figure.ts';
import { drawable } from './figure-values.ts';
import { type Curves, type Level, SPANS_DRAWN_MAX, VALUES_DRAWN_MAX } from './level.ts';

/** The part of a figure over time that follows from its curves. */
export type OverTime = Pick<Figure, 'data' | 'stepped' | 'spans' | 'finer'>;

const DAY_S = 86_400;

/** Lengths of spans that people know. */
const SPANS_S = [10, 60, 300, 900, 3600, 6 * 3600, DAY_S, 7 * DAY_S, 28 * DAY_S];
/** The shortest spans hold so many values at least, and longer ones so many shorter ones. */
const VALUES_LEAST = 8;
const SHORTER_LEAST = 4;

/**
 * Curves over time as they are, where there are few enough points; else, for the whole, the mean, the least and the greatest
 * value of spans that people know (days for a year), and finer ones down to the values for who looks closer. Nothing is drawn
 * at a time or of a size that the curves do not have.
 *
 * @param stepS between two points
 * @param timezone by whose calendar days are
 * @param stepped a value holds to the next
 */
export function overTime(
	curves: Curves,
	{ stepS, timezone, stepped = true }: { stepS: number; timezone: string; stepped?: boolean },
): OverTime {
	const { x, ys } = curves;
	if (x.length <= VALUES_DRAWN_MAX)
		return { data: [Array.from(x), ...ys.map((y) => Array.from(y, drawable))], stepped };
	const lengths = spanLengths(stepS, (x.at(-1) as number) - (x[0] as number));
	const [wholeS = stepS, ...finerS] = lengths.reverse();
	const whole = spansOf(curves, wholeS, timezone);
	// The last mean holds to the end of its span.
	const closed = (values: readonly (number | null)[]) => [...values, values.at(-1) ?? null];
	const drawn = (columns: readonly Float64Array[]) =>
		columns.map((values) => closed(Array.from(values, drawable)));
	return {
		data: [[...whole.x, (x.at(-1) as number) + stepS], ...drawn(whole.ys)],
		stepped: true,
		spans: { spanS: wholeS, lows: drawn(whole.lows), highs: drawn(whole.highs) },
		finer: () => [
			...finerS.map((spanS) => spansOf(curves, spanS, timezone)),
			{ spanS: null, ...curves },
		],
	};
}

/** From the shortest that is worth having to the one that shows `durationS` as a whole. */
function spanLengths(stepS: number, durationS: number): number[] {
	const chosen: number[] = [];
	const last = SPANS_S.at(-1) as number;
	for (let i = 0; ; i++) {
		const spanS = SPANS_S[i] ?? last * 2 ** (i - SPANS_S.length + 1);
		const before = chosen.at(-1);
		if (spanS < (before === undefined ? VALUES_LEAST * stepS : SHORTER_LEAST * before)) continue;
		chosen.push(spanS);
		if (durationS / spanS <= SPANS_DRAWN_MAX) return chosen;
	}
}

/** The means of spans of time, each of the points that begin in it, and their extremes. */
function spansOf(
	{ x, ys }: Curves,
	spanS: number,
	timezone: string,
): Level & Required<Pick<Level, 'lows' | 'highs'>> {
	const starts = startsOf(x, spanS, timezone);
	const over = ys.map((values) => boundsOf(values, starts));
	return {
		spanS,
		x: Float64Array.from(starts, (at) => x[at] as number),
		ys: over.map(({ means }) => means),
		lows: over.map(({ lows }) => lows),
		highs: over.map(({ highs }) => highs),
	};
}

/** The first point of each span that has any: by the local clock, days by the calendar. */
function startsOf(x: Float64Array, spanS: number, timezone: string): number[] {
	const first = DateTime.fromSeconds(x[0] ?? 0, { zone: timezone });
	const starts: number[] = [];
	let untilS = Number.NEGATIVE_INFINITY;
	const days = spanS / DAY_S;
	const offsetS = first.offset * 60;
	const endOf = (seconds: number): number => {
		if (days < 1) return (Math.floor((seconds + offsetS) / spanS) + 1) * spanS - offsetS;
		// A day on which the clocks change has another length.
		const day = DateTime.fromSeconds(seconds, { zone: timezone }).startOf('day');
		return day.plus({ days }).toSeconds();
	};
	for (const [i, seconds] of x.entries()) {
		if (seconds < untilS) continue;
		starts.push(i);
		untilS = endOf(seconds);
	}
	return starts;
}

/** NaN where a span has no value. */
function boundsOf(values: Float64Array, starts: readonly number[]) {
	const [means, lows, highs] = [starts, starts, starts].map(() =>
		new Float64Array(starts.length).fill(Number.NaN),
	) as [Float64Array, Float64Array, Float64Array];
	for (const [span, from] of starts.entries()) {
		const until = starts[span + 1] ?? values.length;
		let [sum, count, low, high] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
		for (let i = from; i < until; i++) {
			const value = values[i] as number;
			if (Number.isNaN(value)) continue;
			sum += value;
			count += 1;
			low = Math.min(low, value);
			high = Math.max(high, value);
		}
		if (count === 0) continue;
		means[span] = sum / count;
		lows[span] = low;
		highs[span] = high;
	}
	return { means, lows, highs };
}
