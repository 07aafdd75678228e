import type { Scale } from '../report/drawing-scales.ts';

/** Sizes of papers, in points, and their colours. */
export const TEXT = 8;
export const SMALL = 7;
export const LINE = 0.8;
export const GRID = 0.4;
export const DASH = [3, 2] as const;
export const ROW = 10;
export const INK = '#1c2128';
export const SOFT = '#57606a';
export const EDGE = '#d5dae0';

/** Where a figure draws its data. */
export interface Area {
	readonly left: number;
	readonly right: number;
	readonly top: number;
	readonly bottom: number;
	readonly x: Scale;
	readonly y: Scale;
}

/** The path of a rectangle. */
export function box(left: number, top: number, right: number, bottom: number): string {
	return `M${left} ${top}H${right}V${bottom}H${left}Z`;
}

/** The path of a circle. */
export function dot(x: number, y: number, radius: number): string {
	return `M${x - radius} ${y}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0Z`;
}
