import { join } from 'node:path';
import { ByteFile, writeCsv } from './byte-file.ts';
import { NUMBER_BYTES, putNumber } from './number-bytes.ts';
import { type RankSpace, rankOrder, rankSpace } from './rank-order.ts';
import { createSpace, type Piece, putText, type Space } from './space.ts';
import type { Task } from './task.ts';

/** Most bytes of a whole number with its comma, and of a number of at most 1 with the signs about it. */
const INTEGER_BYTES = 12;
const PART_BYTES = 28;

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
	/** The number that a point belongs to. */
	key(index: number): number;
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
	// All files have the same beginnings and ends of rows.
	let shared: SharedRanks | null = null;
	const namesOf = new Map<(index: number) => number, string[]>();
	for (const [name, numberOf] of points.values)
		namesOf.set(numberOf, [...(namesOf.get(numberOf) ?? []), name]);
	const path = (name: string) => join(folder, `${name}.csv`);
	const header = (name: string) => `,${key},${name},cdf\n`;
	return [...namesOf].map(([numberOf, [first = '', ...others]]) => () => {
		shared ??= {
			stride,
			keys: keyTexts(points),
			ends: rankTexts(count, stride),
			values: new Float64Array(count),
			space: rankSpace(count),
		};
		const file = new ByteFile(path(first)).text(header(first));
		writeRanked(file, numberOf, shared);
		file.close();
		for (const other of others)
			new ByteFile(path(other)).text(header(other)).rest(path(first), header(first).length).close();
	});
}

/** What the files of one set of points are written with, one after the other. */
interface SharedRanks {
	readonly stride: number;
	readonly keys: Texts;
	readonly ends: Texts;
	readonly values: Float64Array;
	readonly space: RankSpace;
}

function writeRanked(
	file: ByteFile,
	numberOf: (index: number) => number,
	{ stride, keys, ends, values, space }: SharedRanks,
): void {
	const { length } = values;
	for (let i = 0; i < length; i++) values[i] = numberOf(i);
	const order = rankOrder(values, space);
	for (let rank = 0, row = 0; rank < length; rank += stride, row++) {
		const i = order[rank] as number;
		file
			.piece(keys.at(i))
			.real(values[i] as number)
			.piece(ends.at(row));
	}
}

/** Texts that every file has, one after the other. */
class Texts {
	readonly #from: Uint32Array;
	readonly #space: Space;

	/** @param put writes a text at a place of the space and returns where it ends: at most `bytes` further on */
	constructor(
		count: number,
		bytes: number,
		put: (space: Space, at: number, index: number) => number,
	) {
		this.#from = new Uint32Array(count + 1);
		this.#space = createSpace(count * bytes + NUMBER_BYTES);
		let at = 0;
		for (let i = 0; i < count; i++) {
			this.#from[i] = at;
			at = put(this.#space, at, i);
		}
		this.#from[count] = at;
	}

	at(index: number): Piece {
		const [from, to] = [this.#from[index] as number, this.#from[index + 1] as number];
		return { space: this.#space, from, to };
	}
}

/** The beginnings of rows, `7,12,`. */
function keyTexts({ count, key }: RankedPoints): Texts {
	return new Texts(count, 2 * INTEGER_BYTES, (space, at, i) => {
		const comma = putText(space, putNumber(space, at, i), ',');
		return putText(space, putNumber(space, comma, key(i)), ',');
	});
}

/** The ends of rows, `,0.25\n`. */
function rankTexts(count: number, stride: number): Texts {
	return new Texts(Math.ceil(count / stride), PART_BYTES, (space, at, row) => {
		const part = (row * stride + 1) / count;
		const end = putNumber(space, putText(space, at, ','), part);
		return putText(space, end, part === 1 ? '.0\n' : '\n');
	});
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

/** The values themselves, which are put in order. */
export function tallyOf(values: Float64Array): Tally {
	const sorted = values.sort();
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
			.comma()
			.real(q)
			.comma()
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
		points.key(file.number(i).comma(), i);
		file.comma().number(isSummed ? sum : points.value(i));
	});
}
