import { HOUR_US, MINUTE_US, type SimTime, type Span } from '../../protocol/time.ts';

/** The sun is taken in the middle of parts no longer than this: 2e-5 of a day's energy off, clouds' own grid. */
const MAX_PART_US = 5 * MINUTE_US;
/** In steps no longer than this, sunrise and sunset are not looked for: they are at most half of it off. */
const MIN_CUT_US = MINUTE_US;
/** The sun's zenith angle changes by no more than this, degrees per hour; refraction adds less than this, degrees. */
const FASTEST_DEG_PER_HOUR = 15.1;
const REFRACTION_DEG = 1;
/** How closely sunrise and sunset are found. */
const HORIZON_TOLERANCE_US = 1000;

/** Number of equal parts into which a step is cut. */
export function partCount(stepUs: SimTime): number {
	return Math.ceil(stepUs / MAX_PART_US);
}

/** Start of part `i` of `count` of a span; the end of the last for `i = count`. */
export function partStartUs({ fromUs, untilUs }: Span, i: number, count: number): SimTime {
	return fromUs + Math.round(((untilUs - fromUs) * i) / count);
}

/**
 * The piece of a span in which the sun is up, when it rises or sets there once; else the span.
 *
 * @param zenithDeg the sun's apparent zenith angle at a time
 * @param middleDeg the same in the middle of the span
 */
export function litSpan(
	span: Span,
	middleDeg: number,
	zenithDeg: (timeUs: SimTime) => number,
): Span {
	const { fromUs, untilUs } = span;
	const lengthUs = untilUs - fromUs;
	if (lengthUs <= MIN_CUT_US) return span;
	const reachDeg = (FASTEST_DEG_PER_HOUR * lengthUs) / 2 / HOUR_US + REFRACTION_DEG;
	if (Math.abs(middleDeg - 90) > reachDeg) return span;
	const isUp = (timeUs: SimTime) => zenithDeg(timeUs) < 90;
	const isUpFirst = isUp(fromUs);
	if (isUpFirst === isUp(untilUs)) return span;
	let [before, after] = [fromUs, untilUs];
	while (after - before > HORIZON_TOLERANCE_US) {
		const middle = Math.round((before + after) / 2);
		if (isUp(middle) === isUpFirst) before = middle;
		else after = middle;
	}
	return isUpFirst ? { fromUs, untilUs: after } : { fromUs: before, untilUs };
}
