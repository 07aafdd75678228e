import { quoted } from '../../../protocol/plain-text.ts';
import type { Note } from '../../../protocol/remark.ts';
import { CellNumbers } from '../../signal/cell-numbers.ts';
import { isMissing } from '../../signal/column-names.ts';
import { parseInstantMs } from '../../signal/instant.ts';
import type { Lines } from '../../signal/lines.ts';
import { textLines } from '../../signal/lines.ts';
import type { Reading } from '../../signal/reading.ts';
import { cellsOf, delimiterOf, nextRecord } from '../../signal/records.ts';
import { unusedNote } from '../../signal/unused-columns.ts';
import type { FilePoint } from './grid-file.ts';

export type Row = readonly string[];

/** Why a file of a known format is of no use as it is. */
export class UnfitFile extends Error {}

/** Whatever separates cells, records that show it. */
const SHOWN_RECORDS = 5;

/**
 * A CSV file: names of columns and rows of cells, trimmed. It knows which of its columns were read, and reads numbers as the file
 * writes them.
 */
export class Table {
	readonly header: Row;
	readonly rows: readonly Row[];
	/** A row of units below the names; null: there is none. */
	readonly units: Row | null;
	/** Where each row stands in the file. */
	readonly #lines: ReadonlyMap<Row, number>;
	readonly #numbers: CellNumbers;
	readonly #used = new Set<number>();

	/** @throws UnfitFile for a file without rows */
	constructor(text: string, decimal: Reading['decimal']) {
		const { records, lines } = recordsOf(textLines(text));
		const delimiter = delimiterOf(records.slice(0, SHOWN_RECORDS));
		const [header, ...rows] = records.map((record, i) =>
			cellsOf(record, delimiter, lines[i] as number),
		);
		if (header === undefined || rows.length === 0) throw new UnfitFile('it has no rows');
		const hasUnits = rows.length > 1 && isUnitRow(rows[0] as Row, rows[1] as Row);
		this.header = header;
		this.units = hasUnits ? (rows[0] as Row) : null;
		this.rows = hasUnits ? rows.slice(1) : rows;
		const first = hasUnits ? 2 : 1;
		this.#lines = new Map(this.rows.map((row, i) => [row, lines[first + i] as number]));
		this.#numbers = new CellNumbers(decimal, delimiter);
	}

	/** The first column of such a name; -1: there is none. */
	find(pattern: RegExp): number {
		return this.header.findIndex((name) => pattern.test(name));
	}

	/** Name and, where it has its own row, unit of a column. */
	title(at: number): string {
		const unit = this.units?.[at] ?? '';
		return unit === '' ? (this.header[at] ?? '') : `${this.header[at] ?? ''} (${bare(unit)})`;
	}

	text(row: Row, at: number): string {
		this.#used.add(at);
		return row[at] ?? '';
	}

	/** Milliseconds since 1970; NaN for what is no time. */
	instant(row: Row, at: number): number {
		return parseInstantMs(this.text(row, at)) ?? Number.NaN;
	}

	/** NaN for an empty cell, Infinity (refused later, with its time) for what is no number. */
	number(row: Row, at: number): number {
		const text = this.text(row, at);
		const value = this.#numbers.read(text, { line: this.#lines.get(row) ?? 0 });
		if (value > -9998) return value;
		return isMissing(text) || /^n\/e$/i.test(text)
			? Number.NaN
			: Number.isNaN(value)
				? Number.POSITIVE_INFINITY
				: value;
	}

	points(time: number, value: number, factor: number): FilePoint[] {
		return this.rows.map((row) => ({
			epochMs: this.instant(row, time),
			value: this.number(row, value) * factor,
		}));
	}

	/** What the values of a column are, in the order in which they come. */
	values(at: number): string[] {
		return [...new Set(this.rows.map((row) => this.text(row, at)))];
	}

	/**
	 * What is to be said of the reading, once all is read.
	 *
	 * @throws UnfitFile for numbers that contradict each other
	 */
	notes(): Note[] {
		const problem = this.#numbers.problem();
		if (problem !== null) throw new UnfitFile(problem);
		const unused = this.header.filter((name, i) => name !== '' && !this.#used.has(i));
		return [...this.#numbers.notes(), ...(unused.length === 0 ? [] : [unusedNote(unused)])];
	}
}

function recordsOf(lines: Lines): { records: string[]; lines: number[] } {
	const [records, at]: [string[], number[]] = [[], []];
	for (let record = nextRecord(lines); record !== null; record = nextRecord(lines)) {
		records.push(record);
		at.push(lines.line);
	}
	return { records, lines: at };
}

/** Units have no digits to begin with, and no time; what is below them has. */
function isUnitRow(row: Row, below: Row): boolean {
	const isText = row.every((cell) => !/^[+-]?[\d.]/.test(cell));
	return isText && row.some((cell) => cell !== '') && below.some((cell) => /^[+-]?\d/.test(cell));
}

function bare(unit: string): string {
	return /\(([^()]*)\)/.exec(unit)?.[1] ?? unit.replace(/^\[(.*)\]$/, '$1');
}

/**
 * The rows of one of the things of which a file has several, such as places.
 *
 * @param wanted the one that the scenario names; null: none
 * @throws UnfitFile that lists them where none of them is named
 */
export function rowsOf(
	table: Table,
	{
		at,
		what,
		wanted,
	}: { readonly at: number; readonly what: string; readonly wanted: string | null },
): { readonly rows: readonly Row[]; readonly name: string | null } {
	if (at < 0) return { rows: table.rows, name: null };
	const names = table.values(at);
	const name = names.length === 1 ? (names[0] as string) : oneOf(names, what, wanted);
	return { rows: table.rows.filter((row) => table.text(row, at) === name), name };
}

/** Of several names the one that is wanted. Throws an UnfitFile that lists them. */
export function oneOf(names: readonly string[], what: string, wanted: string | null): string {
	const found = wanted === null ? undefined : names.find((name) => same(name, wanted));
	if (found !== undefined) return found;
	const listed = names.slice(0, 5).map((name) => quoted(name));
	throw new UnfitFile(
		`it has several ${what} (${listed.join(', ')}${names.length > 5 ? ', …' : ''}); say ${what === 'columns of values' ? 'column' : 'region'}: one of them`,
	);
}

function same(a: string, b: string): boolean {
	const simple = (text: string) =>
		text
			.replace(/^[A-Z]{3}\|/, '')
			.toLowerCase()
			.replace(/[\s_-]+/g, '-');
	return simple(a) === simple(b);
}
