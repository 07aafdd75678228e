import { join } from 'node:path';
import { real, writeCsv } from './text-file.ts';

/** Values under the numbers or times that they belong to. */
export interface Points {
	readonly count: number;
	/** The text of the key, and the value. */
	key(index: number): string;
	value(index: number): number;
}

/** Names of a file's column of keys and of the file, which is also that of its values. */
export interface Names {
	readonly key: string;
	readonly value: string;
}

/**
 * `NAME.csv`: the points by their value, with the part of them up to there (rank, the first of equals first,
 * over their count). The unnamed first column is their place in the order in which they came about.
 */
export function writeRanks(folder: string, { key, value }: Names, points: Points): void {
	const { count } = points;
	if (count === 0) return;
	const values = Float64Array.from({ length: count }, (_, i) => points.value(i));
	const order = Uint32Array.from(values, (_, i) => i).sort(
		(a, b) => (values[a] as number) - (values[b] as number) || a - b,
	);
	writeCsv(join(folder, `${value}.csv`), ['', key, value, 'cdf'], count, (rank) => {
		const i = order[rank] as number;
		return [String(i), points.key(i), real(values[i] as number), real((rank + 1) / count)];
	});
}

const PERCENT = 100;

/**
 * `NAME.csv`: the values at 0, 1, .. 100 %. They are the very order statistics at floor(q * (count - 1)), where
 * Vidur has a sketch of them that is right to 0.1 %.
 */
export function writeQuantiles(folder: string, name: string, values: Float64Array): void {
	if (values.length === 0) return;
	const sorted = values.slice().sort();
	writeCsv(join(folder, `${name}.csv`), ['', 'cdf', name], PERCENT + 1, (percent) => {
		const q = percent / PERCENT;
		const value = sorted[Math.floor(q * (sorted.length - 1))] as number;
		return [String(percent), real(q), real(value)];
	});
}

/** `FILE.csv`: the points as they came, or how they add up. */
export function writeSteps(
	path: string,
	{ key, value }: Names,
	points: Points,
	isSummed: boolean,
): void {
	if (points.count === 0) return;
	let sum = 0;
	writeCsv(path, ['', key, value], points.count, (i) => {
		sum = isSummed ? sum + points.value(i) : points.value(i);
		return [String(i), points.key(i), String(sum)];
	});
}
