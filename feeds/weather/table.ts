import { parse } from 'csv-parse/sync';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { quoted } from '../../protocol/plain-text.ts';

export interface Row {
	readonly line: number;
	readonly cells: readonly string[];
}

/** The rows of a CSV text from line `fromLine` on (1 is the first). Throws a ConfigError naming the file. */
export function csvRows(text: string, path: string, fromLine = 1): Row[] {
	try {
		const records = parse(text, {
			bom: true,
			info: true,
			from_line: fromLine,
			skip_empty_lines: true,
			relax_column_count: true,
			relax_quotes: true,
			trim: true,
		}) as unknown as { info: { lines: number }; record: string[] }[];
		return records.map(({ info, record }) => ({ line: info.lines, cells: record }));
	} catch (error) {
		throw unreadable(path, messageOf(error).replace(/\.$/, ''));
	}
}

/**
 * The error of a weather file that cannot be read, to be thrown.
 *
 * @param reason without a period
 */
export function unreadable(path: string, reason: string): ConfigError {
	return new ConfigError(`Cannot read weather "${path}": ${reason}`);
}

/** Where in `header` the first of `names` is, whatever the case; -1 for none. */
export function columnOf(header: readonly string[], ...names: readonly string[]): number {
	const plain = header.map((name) => name.trim().toLowerCase());
	for (const name of names) {
		const at = plain.indexOf(name.toLowerCase());
		if (at >= 0) return at;
	}
	return -1;
}

/** A cell as a number; NaN for an empty one and for what stands for none. Throws for anything else. */
export function cellNumber(row: Row, at: number, path: string): number {
	const text = row.cells[at] ?? '';
	if (text === '' || /^(nan|na|n\/a|null|none|-)$/i.test(text)) return Number.NaN;
	const value = Number(text);
	if (Number.isFinite(value)) return value;
	throw unreadable(path, `line ${row.line} has the value ${quoted(text)}, not a number`);
}

/** Column `at` of all rows, with what `isMissing` says as NaN; undefined when there is no such column. */
export function column(
	rows: readonly Row[],
	at: number,
	path: string,
	isMissing: (value: number) => boolean,
): Float64Array | undefined {
	if (at < 0) return undefined;
	return Float64Array.from(rows, (row) => {
		const value = cellNumber(row, at, path);
		return isMissing(value) ? Number.NaN : value;
	});
}

/** Fillers that no format means as values. */
export function isFiller(value: number): boolean {
	return value <= -99;
}

/** The values that there are: columns that a file lacks are left out. */
export function present<T>(columns: Readonly<Record<string, T | undefined>>): Record<string, T> {
	return Object.fromEntries(
		Object.entries(columns).filter((entry): entry is [string, T] => entry[1] !== undefined),
	);
}

/** The line of the file that each row stands in, for messages. */
export function linesOf(rows: readonly Row[]): Int32Array {
	return Int32Array.from(rows, ({ line }) => line);
}
