import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openBelow } from '../../kernel/files/open-below.ts';
import type { SimTime } from '../../protocol/time.ts';
import { unwritten } from './commits.ts';
import type { SavedSketch } from './request-sketch.ts';

/** What a run has beside its tables, and writes at its end: summed up to the end of a window. */
export interface EndSums {
	readonly sketches: readonly SavedSketch[];
	/** Of each replica, in the order of the configuration. */
	readonly operationsS: readonly (readonly number[])[];
}

/** Of the last two windows, by turns: sites of a run are never further apart. */
export const SUMS = ['commits-0.sums', 'commits-1.sums'] as const;

/** Writes the sums of each window beside the log of windows, as 64-bit floats. */
export class SumsFiles {
	readonly #paths: readonly string[];
	readonly #files: readonly number[];
	/** The end of the window whose sums each file has; NaN for none. */
	readonly #untilUs: SimTime[];

	/** @throws ConfigError if one cannot be opened */
	constructor({ root, folder, isResumed }: { root: string; folder: string; isResumed: boolean }) {
		this.#paths = SUMS.map((name) => join(folder, name));
		this.#untilUs = this.#paths.map((path) =>
			isResumed ? (floatsOf(path)?.[0] ?? Number.NaN) : Number.NaN,
		);
		const files: number[] = [];
		this.#files = files;
		try {
			for (const path of this.#paths)
				files.push(openBelow(root, path, isResumed ? 'continue' : 'create'));
		} catch (error) {
			this.close();
			throw error;
		}
	}

	/** May be called again with the same. @throws NotYetError while there is no room for them; SimulationError */
	write(untilUs: SimTime, sums: EndSums): void {
		const bytes = new Uint8Array(encoded(untilUs, sums).buffer);
		const turn = this.#turnOf(untilUs);
		const [file, path] = [this.#files[turn] as number, this.#paths[turn]];
		this.#untilUs[turn] = untilUs;
		try {
			for (let done = 0; done < bytes.length; )
				done += writeSync(file, bytes, done, bytes.length - done, done);
		} catch (error) {
			throw unwritten(path as string, error);
		}
	}

	/** The file of a window that runs again, or that of the older window. */
	#turnOf(untilUs: SimTime): number {
		const again = this.#untilUs.indexOf(untilUs);
		if (again !== -1) return again;
		const [first = Number.NaN, second = Number.NaN] = this.#untilUs;
		return first <= second || Number.isNaN(first) ? 0 : 1;
	}

	close(): void {
		for (const file of this.#files) closeSync(file);
	}
}

/** The sums of the window that ended at `untilUs`; null if they are not there. */
export function readSums(folder: string, untilUs: SimTime): EndSums | null {
	for (const name of SUMS) {
		const values = floatsOf(join(folder, name));
		const sums = values === null || values[0] !== untilUs ? null : decoded(values);
		if (sums !== null) return sums;
	}
	return null;
}

function encoded(untilUs: SimTime, { sketches, operationsS }: EndSums): Float64Array {
	const values: number[] = [untilUs, 0, sketches.length];
	for (const { count, sum, min, max, values: bins, weights } of sketches) {
		values.push(count, sum, min, max, bins.length);
		for (const bin of bins) values.push(bin);
		for (const weight of weights) values.push(weight);
	}
	values.push(operationsS.length);
	for (const sums of operationsS) values.push(sums.length, ...sums);
	values[1] = values.length;
	return Float64Array.from(values);
}

/** Null for what was cut short. */
function decoded(values: Float64Array): EndSums | null {
	let at = 1;
	const next = (): number => values[at++] ?? Number.NaN;
	const several = (count: number): number[] => {
		const some = [...values.subarray(at, at + count)];
		at += count;
		return some;
	};
	const length = next();
	if (!(length <= values.length)) return null;
	const sketches: SavedSketch[] = [];
	for (let left = next(); left > 0; left--) {
		const [count, sum, min, max, bins] = [next(), next(), next(), next(), next()];
		sketches.push({ count, sum, min, max, values: several(bins), weights: several(bins) });
	}
	const operationsS: number[][] = [];
	for (let left = next(); left > 0; left--) operationsS.push(several(next()));
	return at === length ? { sketches, operationsS } : null;
}

function floatsOf(path: string): Float64Array | null {
	let file: number;
	try {
		const how = constants.O_RDONLY | constants.O_NONBLOCK | (constants.O_NOFOLLOW ?? 0);
		file = openSync(path, how);
	} catch {
		return null;
	}
	try {
		const found = fstatSync(file);
		if (!found.isFile()) return null;
		const floats = new Float64Array(Math.floor(found.size / 8));
		readSync(file, new Uint8Array(floats.buffer), 0, floats.byteLength, 0);
		return floats;
	} finally {
		closeSync(file);
	}
}
