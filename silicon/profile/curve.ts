import * as z from 'zod';
import { interpolate } from '../predictor/interpolate.ts';

const Numbers = z.array(z.number()).min(1);

/** Times in microseconds at rising token counts (or bytes), linear between. */
export const Curve = z.strictObject({ at: Numbers, us: Numbers });
export type Curve = z.infer<typeof Curve>;

/** Part of the points at the end of a curve whose slope goes on beyond it. */
const TAIL = 0.25;

/** The curve's value at `x`; beyond its end along the slope of its last quarter, never falling. */
export function curveAt(curve: Curve, x: number): number {
	const { at, us } = curve;
	const end = at.at(-1) as number;
	if (x <= end) return interpolate(at, us, x);
	const last = us.at(-1) as number;
	const from = interpolate(at, us, end * (1 - TAIL));
	return last + Math.max(0, (last - from) / (end * TAIL)) * (x - end);
}

/** How far a thinned curve may be from the points: relative, or absolute where that is more. */
export interface Tolerance {
	readonly relative: number;
	readonly absoluteUs: number;
}

/**
 * Leaves out points as long as the line through the others stays within `tolerance` of all. From each kept
 * point the farthest one is taken that lines can still reach (the swinging door of Bristol, 1987, with points
 * as ends).
 */
export function thin(points: readonly (readonly [number, number])[], tolerance: Tolerance): Curve {
	const at: number[] = [];
	const us: number[] = [];
	let start = 0;
	while (start < points.length) {
		const [x0, y0] = points[start] as readonly [number, number];
		at.push(x0);
		us.push(y0);
		let low = Number.NEGATIVE_INFINITY;
		let high = Number.POSITIVE_INFINITY;
		let reach = start + 1;
		for (let i = start + 1; i < points.length; i++) {
			const [x, y] = points[i] as readonly [number, number];
			const slope = (y - y0) / (x - x0);
			if (slope >= low && slope <= high) reach = i;
			const give = Math.max(tolerance.absoluteUs, Math.abs(y) * tolerance.relative) / (x - x0);
			low = Math.max(low, slope - give);
			high = Math.min(high, slope + give);
			if (low > high) break;
		}
		start = reach;
	}
	return { at, us };
}
