import { type FileHandle, open } from 'node:fs/promises';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { cellsOf } from '../../results/report/read-csv.ts';

/** Parts of tables whose rows are in the order of time, also while they grow: read from where they begin, in flat memory. */

const CHUNK_BYTES = 1 << 18;
/** A place in a file is found to within this. */
const SEEK_BYTES = 1 << 15;

/** A table that is open for reading. */
export interface OpenTable {
	readonly header: readonly string[];
	/** Its rows from about a time on, in their order; a row that is being written is left out. */
	rowsFrom(isBefore: (row: readonly string[]) => boolean): AsyncGenerator<readonly string[]>;
	/** Its last rows, at most so many. */
	lastRows(count: number): Promise<readonly (readonly string[])[]>;
}

/**
 * Opens a CSV file of a run folder for `work`.
 *
 * @returns what `work` returns; null if there is no such file, or it has no whole line yet
 * @throws ConfigError for a file that cannot be read, and what `work` throws
 */
export async function withTable<T>(
	path: string,
	work: (table: OpenTable) => Promise<T>,
): Promise<T | null> {
	let file: FileHandle;
	try {
		file = await open(path, 'r');
	} catch (error) {
		if ((error as { code?: string }).code === 'ENOENT') return null;
		throw new ConfigError(`Cannot read "${path}": ${messageOf(error)}`);
	}
	try {
		const first = (await readAt(file, 0, CHUNK_BYTES)).toString('utf8');
		const end = first.indexOf('\n');
		if (end === -1) return null;
		const header = cellsOf(trimmed(first.slice(0, end)));
		const begin = Buffer.byteLength(first.slice(0, end + 1));
		const place = { file, width: header.length, begin };
		return await work({
			header,
			rowsFrom: (isBefore) => rowsFrom(place, isBefore),
			lastRows: (count) => lastRows(place, count),
		});
	} finally {
		await file.close();
	}
}

interface Place {
	readonly file: FileHandle;
	readonly width: number;
	/** Where the first row begins. */
	readonly begin: number;
}

async function* rowsFrom(
	place: Place,
	isBefore: (row: readonly string[]) => boolean,
): AsyncGenerator<readonly string[]> {
	const { file, width } = place;
	let at = await seek(place, isBefore);
	let rest = Buffer.alloc(0);
	for (;;) {
		const chunk = await readAt(file, at, CHUNK_BYTES);
		if (chunk.length === 0) return;
		at += chunk.length;
		const whole = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
		const end = whole.lastIndexOf(0x0a) + 1;
		rest = Buffer.from(whole.subarray(end));
		yield* rowsOf(whole.subarray(0, end).toString('utf8'), width);
	}
}

function* rowsOf(text: string, width: number): Generator<readonly string[]> {
	for (const line of text.split('\n')) {
		if (line === '') continue;
		const row = cellsOf(trimmed(line));
		if (row.length === width) yield row;
	}
}

/** Where a row begins that is before the wanted ones, or the first of them: by halving the file. */
async function seek(place: Place, isBefore: (row: readonly string[]) => boolean): Promise<number> {
	const { file, begin, width } = place;
	let low = begin;
	let high = (await file.stat()).size;
	while (high - low > SEEK_BYTES) {
		const middle = Math.floor((low + high) / 2);
		const bytes = await readAt(file, middle, SEEK_BYTES);
		const start = bytes.indexOf(0x0a) + 1;
		const end = bytes.indexOf(0x0a, start);
		const row = end === -1 ? null : cellsOf(trimmed(bytes.toString('utf8', start, end)));
		if (start === 0 || row === null || row.length !== width) return low;
		if (isBefore(row)) low = middle + start;
		else high = middle;
	}
	return low;
}

async function lastRows(place: Place, count: number): Promise<readonly (readonly string[])[]> {
	const { file, width, begin } = place;
	const { size } = await file.stat();
	let from = size;
	let bytes = Buffer.alloc(0);
	while (from > begin) {
		const start = Math.max(begin, from - CHUNK_BYTES);
		bytes = Buffer.concat([await readAt(file, start, from - start), bytes]);
		from = start;
		const first = from === begin ? 0 : bytes.indexOf(0x0a) + 1;
		const end = bytes.lastIndexOf(0x0a) + 1;
		const text = bytes.toString('utf8', first, Math.max(first, end));
		const lines = text.split('\n').filter((line) => line !== '');
		if (lines.length >= count || from === begin)
			return [...rowsOf(lines.slice(-count).join('\n'), width)];
	}
	return [];
}

async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
	const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
	return buffer.subarray(0, bytesRead);
}

function trimmed(line: string): string {
	return line.endsWith('\r') ? line.slice(0, -1) : line;
}
