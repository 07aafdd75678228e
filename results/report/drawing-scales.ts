import type { Figure } from './figure.ts';
import { px } from './svg-layers.ts';

/** Maps values of one axis to the drawing. */
export interface Scale {
	readonly low: number;
	readonly high: number;
	readonly log: boolean;
	at(value: number): number;
}

/** The path of a curve; `gaps` where it has no value. */
export function curvePath(
	xs: readonly (number | null)[],
	ys: readonly (number | null)[],
	draw: { x: Scale; y: Scale; stepped: boolean; gaps: boolean },
): string {
	let path = '';
	let pen = false;
	for (let i = 0; i < xs.length; i++) {
		const value = ys[i];
		if (typeof value !== 'number' || (draw.y.log && value <= 0)) {
			// On a common axis of two distributions, points of the other are no gaps.
			if (draw.gaps) pen = false;
			continue;
		}
		const left = px(draw.x.at(xs[i] as number));
		const top = px(draw.y.at(value));
		if (!pen) path += `M${left} ${top}`;
		else path += draw.stepped ? `H${left}V${top}` : `L${left} ${top}`;
		pen = true;
	}
	return path;
}

/** A little room beside the outermost points. */
export function widened([low, high]: [number, number], { xAxis }: Figure): [number, number] {
	if (xAxis?.log) return [low * 0.9, high * 1.1];
	const room = 0.02 * (high - low || 1);
	return [low - room, high + room];
}

/** Values in a range, along a line from one place to another. */
export function scale(
	[low, high]: readonly [number, number],
	log: boolean,
	to: [number, number],
): Scale {
	const bend = log ? Math.log10 : (value: number) => value;
	const [from, until] = [bend(low), bend(high)];
	const span = until - from || 1;
	return {
		low,
		high,
		log,
		at: (value) => to[0] + ((bend(value) - from) / span) * (to[1] - to[0]),
	};
}

/** A range with room above and below; a range that begins near 0 begins there. */
export function padded([low, high]: readonly [number, number], log: boolean): [number, number] {
	if (log) return [low * 0.8, high * 1.25];
	const pad = 0.06 * (high - low || Math.abs(high) || 1);
	return [low >= 0 && low < 3 * pad ? 0 : low - pad, high + pad];
}

/** The least and the greatest of all. */
export function extent(rows: readonly (readonly (number | null)[])[]): [number, number] {
	let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
	for (const row of rows)
		for (const value of row) {
			if (typeof value !== 'number') continue;
			low = Math.min(low, value);
			high = Math.max(high, value);
		}
	return low <= high ? [low, high] : [0, 1];
}

/** Within two ends. */
export function clamp(value: number, low: number, high: number): number {
	return Math.min(Math.max(value, low), high);
}
