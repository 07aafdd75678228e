import { interpolate } from '../predictor/interpolate.ts';
import type { Point, Regressor } from './forest.ts';

/**
 * Points on a (more or less full) grid as a function that is linear between them: within a row (equal first
 * feature) along the second, then between the two nearest rows. Points measured twice are averaged.
 */
export function trainGrid(points: readonly Point[]): Regressor {
	const rows = new Map<number, Map<number, number[]>>();
	for (const { x, y } of points) {
		const row = rows.get(x[0] as number) ?? new Map<number, number[]>();
		const second = x[1] ?? 0;
		row.set(second, [...(row.get(second) ?? []), y]);
		rows.set(x[0] as number, row);
	}
	const firsts = [...rows.keys()].sort((a, b) => a - b);
	const lines = firsts.map((first) => {
		const sorted = [...(rows.get(first) ?? [])].sort(([a], [b]) => a - b);
		return {
			at: sorted.map(([second]) => second),
			ys: sorted.map(([, ys]) => ys.reduce((sum, y) => sum + y, 0) / ys.length),
		};
	});
	const lineAt = (i: number, second: number) => {
		const { at, ys } = lines[i] as { at: number[]; ys: number[] };
		return beyond(at, ys, second);
	};
	return ([first = 0, second = 0]) => {
		let above = 0;
		while (above < firsts.length && (firsts[above] as number) < first) above++;
		if (above === firsts.length || firsts[above] === first)
			return lineAt(Math.min(above, firsts.length - 1), second);
		if (above === 0) return lineAt(0, second);
		const from = firsts[above - 1] as number;
		const share = (first - from) / ((firsts[above] as number) - from);
		return lineAt(above - 1, second) * (1 - share) + lineAt(above, second) * share;
	};
}

/** Linear between points; beyond the last along the last half, never falling. */
function beyond(xs: readonly number[], ys: readonly number[], x: number): number {
	const end = xs.at(-1) as number;
	const last = ys.at(-1) as number;
	if (x <= end || end === xs[0]) return interpolate(xs, ys, x);
	const middle = interpolate(xs, ys, end / 2);
	return last + Math.max(0, ((last - middle) / (end / 2)) * (x - end));
}
