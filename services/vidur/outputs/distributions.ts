import { join } from 'node:path';
import { ByteFile, writeCsv } from './byte-file.ts';
import { NUMBER_BYTES, putNumber, putText } from './number-bytes.ts';
import { rankOrder } from './rank-order.ts';
import type { Task } from './task.ts';

/** Values under the numbers or times that they belong to. */
export interface Points {
	readonly count: number;
	/** Writes the key of a point. */
	key(file: ByteFile, index: number): void;
	value(index: number): number;
}

/** Names of a file's column of keys and of the file, which is also that of its values. */
export interface Names {
	readonly key: string;
	readonly value: string;
}

/** The points of several files: the same keys, values of their own. */
export interface RankedPoints {
	readonly count: number;
	key(file: ByteFile, index: number): void;
	/** By the name of the file and of its values; the same function under two names has the same rows. */
	readonly values: ReadonlyMap<string, (index: number) => number>;
}

/**
 * Write `NAME.csv` for each name: the points by their value, with the part of them up to there (rank, the first of
 * equals first, over their count). The unnamed first column is their place in the order in which they came about.
 *
 * @param subsamples of more points than this every n-th is written; null: all
 */
export function rankTasks(
	folder: string,
	key: string,
	points: RankedPoints,
	subsamples: number | null,
): Task[] {
	const { count } = points;
	if (count === 0) return [];
	const stride = strideOf(count, subsamples);
	let ends: RankTexts | null = null;
	const namesOf = new Map<(index: number) => number, string[]>();
	for (const [name, numberOf] of points.values)
		namesOf.set(numberOf, [...(namesOf.get(numberOf) ?? []), name]);
	const path = (name: string) => join(folder, `${name}.csv`);
	const header = (name: string) => `,${key},${name},cdf\n`;
	return [...namesOf].map(([numberOf, [first = '', ...others]]) => () => {
		ends ??= rankTexts(count, stride);
		const file = new ByteFile(path(first)).text(header(first));
		writeRanked(file, points, { numberOf, stride, ends });
		file.close();
		for (const other of others)
			new ByteFile(path(other)).text(header(other)).rest(path(first), header(first).length).close();
	});
}

interface Ranking {
	readonly numberOf: (index: number) => number;
	readonly stride: number;
	readonly ends: RankTexts;
}

function writeRanked(file: ByteFile, points: RankedPoints, ranking: Ranking): void {
	const { count } = points;
	const { numberOf, stride, ends } = ranking;
	const values = new Float64Array(count);
	for (let i = 0; i < count; i++) values[i] = numberOf(i);
	const order = rankOrder(values);
	for (let rank = 0, row = 0; rank < count; rank += stride, row++) {
		const i = order[rank] as number;
		points.key(file.number(i).text(','), i);
		file
			.text(',')
			.real(values[i] as number)
			.part(ends.bytes, ends.from[row] as number, ends.from[row + 1] as number);
	}
}

/** The ends of the rows, `,0.25\n`, one after the other: all files have the same. */
interface RankTexts {
	readonly bytes: Uint8Array;
	readonly from: Uint32Array;
}

function rankTexts(count: number, stride: number): RankTexts {
	const rows = Math.ceil(count / stride);
	const bytes = new Uint8Array(rows * (NUMBER_BYTES - 4) + NUMBER_BYTES);
	const from = new Uint32Array(rows + 1);
	let at = 0;
	for (let row = 0; row < rows; row++) {
		from[row] = at;
		const part = (row * stride + 1) / count;
		at = putText(bytes, at, ',');
		at = putNumber(bytes, at, part);
		at = putText(bytes, at, part === 1 ? '.0\n' : '\n');
	}
	from[rows] = at;
	return { bytes, from };
}

function strideOf(count: number, subsamples: number | null): number {
	return subsamples === null || count <= subsamples ? 1 : Math.floor(count / subsamples);
}

const PERCENT = 100;

/** How often values came. */
export interface Tally {
	readonly count: number;
	/** The value at a place in rising order. */
	at(place: number): number;
}

/** The values themselves, put in order. */
export function tallyOf(values: Float64Array): Tally {
	const sorted = values.slice().sort();
	return { count: sorted.length, at: (place) => sorted[place] as number };
}

/**
 * `FILE.csv`: the values at 0, 1, .. 100 %. They are the very order statistics at floor(q * (count - 1)), where
 * Vidur has a sketch of them that is right to 0.1 %.
 */
export function writeQuantiles(folder: string, name: string, tally: Tally, file = name): void {
	const { count } = tally;
	if (count === 0) return;
	writeCsv(join(folder, `${file}.csv`), ['', 'cdf', name], PERCENT + 1, (out, percent) => {
		const q = percent / PERCENT;
		out
			.number(percent)
			.text(',')
			.real(q)
			.text(',')
			.real(tally.at(Math.floor(q * (count - 1))));
	});
}

/** `FILE.csv`: the points as they came, or how they add up; of more than `subsamples` every n-th. */
export function writeSteps(
	path: string,
	{ key, value }: Names,
	points: Points,
	{ isSummed, subsamples }: { readonly isSummed: boolean; readonly subsamples: number | null },
): void {
	const { count } = points;
	if (count === 0) return;
	const stride = strideOf(count, subsamples);
	let sum = 0;
	let added = 0;
	writeCsv(path, ['', key, value], Math.ceil(count / stride), (file, row) => {
		const i = row * stride;
		if (isSummed) while (added <= i) sum += points.value(added++);
		points.key(file.number(i).text(','), i);
		file.text(',').number(isSummed ? sum : points.value(i));
	});
}
