import { parse } from 'csv-parse/sync';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { quoted } from '../../protocol/plain-text.ts';
import { parseInstantMs } from './instant.ts';
import type { TraceOptions } from './trace.ts';

/** The lines of a text file, one after the other. */
export interface Lines {
	/** The next line that is not empty; null after the last. */
	next(): string | null;
	/** Number of the line that `next` gave last, from 1. */
	readonly line: number;
	/** How long they are together, bytes; about. */
	readonly bytes: number;
}

/** The lines of a text. */
export function textLines(text: string): Lines {
	const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
	let line = 0;
	return {
		bytes: text.length,
		next() {
			while (line < lines.length) {
				const found = (lines[line++] as string).trim();
				if (found !== '') return found;
			}
			return null;
		},
		get line() {
			return line;
		},
	};
}

export const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * The error of a trace that cannot be read, to be thrown.
 *
 * @param reason without a period
 */
export function broken(path: string, reason: string): ConfigError {
	return new ConfigError(`Cannot read trace "${path}": ${reason}`);
}

/**
 * The rows of a trace, one after the other: of each its time and the value of the column asked for, as they are written.
 * Columns are separated by commas, or by semicolons where the header has no comma; comments (`#`) may stand above it.
 *
 * @throws ConfigError for a file without a header, without rows or without the column, also later for a row that has more or
 * fewer columns
 */
export class TraceRows {
	/** The name of the column of values. */
	readonly column: string;
	/** Of the row that is held. */
	time = '';
	value = '';
	/** How many rows there may be, by the length of the first: a guess that spares room from growing. */
	expected = 0;
	readonly #lines: Lines;
	readonly #path: string;
	readonly #delimiter: string;
	readonly #columns: number;
	readonly #at: number;

	constructor(lines: Lines, { path, column }: Pick<TraceOptions, 'path' | 'column'>) {
		this.#lines = lines;
		this.#path = path;
		let header = lines.next();
		while (header?.startsWith('#') === true) header = lines.next();
		if (header === null) throw broken(path, 'it has no rows');
		this.#delimiter = !header.includes(',') && header.includes(';') ? ';' : ',';
		const names = this.#cellsOf(header).map((name) => name.trim());
		refuseNoHeader(names, { header, path, line: lines.line });
		this.#columns = names.length;
		this.#at = columnIndex(names, path, column);
		this.column = names[this.#at] as string;
	}

	/** Line of the row that is held. */
	get line(): number {
		return this.#lines.line;
	}

	/** Goes on to the next row; false after the last. */
	next(): boolean {
		const line = this.#lines.next();
		if (line === null) return false;
		if (this.expected === 0) this.expected = Math.ceil(this.#lines.bytes / (line.length + 1)) + 1;
		const count = line.includes('"') ? this.#takeQuoted(line) : this.#takePlain(line);
		if (count === this.#columns) return true;
		throw broken(
			this.#path,
			`line ${this.line} has ${count} columns, its header ${this.#columns}; separate columns by commas (or all by semicolons) and write numbers with a point`,
		);
	}

	/** Cuts out the two cells that count, and no others. Returns how many there are. */
	#takePlain(line: string): number {
		let [from, cell] = [0, 0];
		for (;;) {
			const end = line.indexOf(this.#delimiter, from);
			if (cell === 0 || cell === this.#at) {
				const text = line.slice(from, end === -1 ? line.length : end).trim();
				if (cell === 0) this.time = text;
				else this.value = text;
			}
			cell++;
			if (end === -1) return cell;
			from = end + 1;
		}
	}

	#takeQuoted(line: string): number {
		const cells = this.#cellsOf(line);
		this.time = (cells[0] ?? '').trim();
		this.value = (cells[this.#at] ?? '').trim();
		return cells.length;
	}

	/** A quoted cell may go on in the next line. */
	#cellsOf(line: string): string[] {
		let record = line;
		while ((record.match(/"/g)?.length ?? 0) % 2 === 1) {
			const more = this.#lines.next();
			if (more === null)
				throw broken(this.#path, `line ${this.line} has a quote that does not end`);
			record += `\n${more}`;
		}
		try {
			return parse(record, { delimiter: this.#delimiter })[0] ?? [];
		} catch (error) {
			throw broken(this.#path, `line ${this.line}: ${messageOf(error).replace(/\.$/, '')}`);
		}
	}
}

/** A first line that is a row already would be lost as a header. */
function refuseNoHeader(
	[time = '', value = '']: readonly string[],
	{ header, path, line }: { readonly header: string; readonly path: string; readonly line: number },
): void {
	const isTime = NUMBER.test(time) || parseInstantMs(time) !== null;
	if (!isTime || (value !== '' && !NUMBER.test(value))) return;
	throw broken(
		path,
		`it has no header: line ${line} is the row ${quoted(header.slice(0, 60))}; write a line with names of the columns above it, such as "time,value"`,
	);
}

function columnIndex(names: readonly string[], path: string, column: string | null): number {
	const known = names.slice(1);
	const listed = known.map((name) => quoted(name)).join(', ');
	if (known.length === 0) throw broken(path, 'it has a time column but no column of values');
	if (column === null) {
		if (known.length === 1) return 1;
		throw broken(path, `it has several columns; name one of ${listed}`);
	}
	const index = known.indexOf(column) + 1;
	if (index === 0) throw broken(path, `it has no column "${column}"; name one of ${listed}`);
	if (known.lastIndexOf(column) + 1 !== index)
		throw broken(path, `it has two columns "${column}"; give one of them another name`);
	return index;
}
