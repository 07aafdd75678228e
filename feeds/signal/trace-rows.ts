import { ConfigError } from '../../protocol/errors.ts';
import { LayoutError } from './column-names.ts';
import type { Lines } from './lines.ts';
import type { Reading } from './reading.ts';
import { AS_WRITTEN } from './reading.ts';
import { cellsOf, nextRecord, RecordError } from './records.ts';
import type { TraceOptions } from './trace.ts';
import { type Layout, layoutOf, SAMPLE_RECORDS } from './trace-layout.ts';

/**
 * The error of a trace that cannot be read, to be thrown.
 *
 * @param reason without a period
 */
export function broken(path: string, reason: string): ConfigError {
	return new ConfigError(`Cannot read trace "${path}": ${reason}`);
}

const HASH = 35;

/** What of a trace's options says where its texts are. */
export type RowOptions = Pick<TraceOptions, 'path' | 'column' | 'reading'>;

/**
 * The rows of a trace, one after the other: of each its time and the value of the column asked for, as they are written.
 * What separates columns, where the times are and whether there is a row of units shows in the first rows.
 *
 * @throws ConfigError for a file without a header, without rows or without the column, also later for a row that has more or
 * fewer columns
 */
export class TraceRows {
	readonly layout: Layout;
	/** The name of the column of values. */
	readonly column: string;
	/** Of the row that is held; a day and a time of day that are apart are joined. */
	time = '';
	value = '';
	/** How many rows there may be, by the length of the first: a guess that spares room from growing. */
	expected = 0;
	readonly #lines: Lines;
	readonly #path: string;
	/** What the layout says, for the loop over rows. */
	readonly #delimiter: string;
	readonly #columns: number;
	readonly #at: number;
	readonly #timeAt: number;
	readonly #clockAt: number;
	#clock = '';

	/** @param open begins to read the file: once for the first rows, and then for all */
	constructor(open: () => Lines, options: RowOptions) {
		this.#path = options.path;
		this.#lines = open();
		this.layout = this.#survey(open(), options);
		const { delimiter, names, valueAt, timeAt, clockAt, skipped } = this.layout;
		this.column = names[valueAt] as string;
		[this.#delimiter, this.#columns] = [delimiter, names.length];
		[this.#at, this.#timeAt, this.#clockAt] = [valueAt, timeAt, clockAt];
		for (let i = 0; i < skipped; i++) this.#next();
	}

	/** Line of the row that is held. */
	get line(): number {
		return this.#lines.line;
	}

	/** Goes on to the next row; false after the last. */
	next(): boolean {
		const line = this.#next();
		if (line === null) return false;
		if (this.expected === 0) this.expected = Math.ceil(this.#lines.bytes / (line.length + 1)) + 1;
		this.time = '';
		const count = line.includes('"') ? this.#takeQuoted(line) : this.#takePlain(line);
		if (this.#clockAt >= 0) this.time = this.#joined();
		if (count === this.#columns) return true;
		throw broken(
			this.#path,
			`line ${this.line} has ${count} columns, its header ${this.#columns}; separate columns by commas (or all by semicolons) and write numbers with a point`,
		);
	}

	/** @returns the layout that the first rows show */
	#survey(lines: Lines, { column, reading }: RowOptions): Layout {
		const records: string[] = [];
		let firstLine = 1;
		return this.#named(() => {
			while (records.length < SAMPLE_RECORDS) {
				const record = nextRecord(lines);
				if (record === null) break;
				if (records.length === 0) firstLine = lines.line;
				records.push(record);
			}
			if (records.length === 0) throw new LayoutError('it has no rows');
			return layoutOf(records, { column, reading: reading ?? AS_WRITTEN, firstLine });
		});
	}

	#next(): string | null {
		const line = this.#lines.next();
		// Most lines are a record as they are.
		if (line === null || !(line.charCodeAt(0) === HASH || line.includes('"'))) return line;
		return this.#named(() => nextRecord(startingWith(line, this.#lines)));
	}

	#named<T>(read: () => T): T {
		try {
			return read();
		} catch (error) {
			if (!(error instanceof RecordError || error instanceof LayoutError)) throw error;
			throw broken(this.#path, error.message);
		}
	}

	/** Cuts out the cells that count, and no others. Returns how many there are. */
	#takePlain(line: string): number {
		const [delimiter, timeAt, at, clockAt] = [
			this.#delimiter,
			this.#timeAt,
			this.#at,
			this.#clockAt,
		];
		let [from, cell] = [0, 0];
		for (;;) {
			const end = line.indexOf(delimiter, from);
			if (cell === timeAt || cell === at || cell === clockAt)
				this.#take(cell, line.slice(from, end === -1 ? line.length : end).trim());
			cell++;
			if (end === -1) return cell;
			from = end + 1;
		}
	}

	#take(cell: number, text: string): void {
		if (cell === this.#timeAt) this.time = text;
		else if (cell === this.#at) this.value = text;
		else this.#clock = text;
	}

	#takeQuoted(line: string): number {
		const cells = this.#named(() => cellsOf(line, this.#delimiter, this.line));
		for (const at of [this.#timeAt, this.#at, this.#clockAt])
			if (at >= 0) this.#take(at, cells[at] ?? '');
		return cells.length;
	}

	/** A day and a time of day; of an hour that is named by its end the beginning. */
	#joined(): string {
		const clock = this.#clock;
		const match = /^(\d{1,2})(?::(\d{2})(?::\d{2})?)?$/.exec(clock);
		if (!this.layout.isHourEnding || match === null)
			return `${this.time} ${/^\d{1,2}$/.test(clock) ? `${clock}:00` : clock}`;
		const [, hour, minute = '00'] = match;
		return `${this.time} ${Number(hour) - 1}:${minute}`;
	}
}

/** Lines again with one that was taken already. */
function startingWith(line: string, lines: Lines): Lines {
	let isTaken = false;
	return {
		bytes: lines.bytes,
		next() {
			if (isTaken) return lines.next();
			isTaken = true;
			return line;
		},
		get line() {
			return lines.line;
		},
	};
}

/** What a scenario says of how the file is written. */
export function readingOf({ reading }: RowOptions): Reading {
	return reading ?? AS_WRITTEN;
}
