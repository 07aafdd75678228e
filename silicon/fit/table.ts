import { parse } from 'csv-parse/sync';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { quoted } from '../../protocol/plain-text.ts';

/** A CSV file whose cells are read by column name; every complaint names file, line and column. */
export interface Table {
	readonly file: string;
	readonly rows: readonly (readonly string[])[];
	readonly has: (column: string) => boolean;
	/** @throws ConfigError when the column is missing or the cell is no finite number */
	readonly number: (row: number, column: string) => number;
	/** The cell as it stands, '' when the column is missing. */
	readonly text: (row: number, column: string) => string;
}

/** @throws ConfigError when `text` is no CSV with a header and at least one row */
export function readTable(text: string, file: string): Table {
	let lines: string[][];
	try {
		lines = parse(text, { relax_column_count: true, skip_empty_lines: true }) as string[][];
	} catch (error) {
		throw new ConfigError(`Cannot read "${file}": ${messageOf(error).split('\n')[0]}`);
	}
	const [header, ...rows] = lines;
	if (header === undefined || rows.length === 0)
		throw new ConfigError(`Cannot read "${file}": it has no rows below its header`);
	const columns = new Map(header.map((name, i) => [name.trim(), i]));
	const textAt = (row: number, column: string) => rows[row]?.[columns.get(column) ?? -1] ?? '';
	return {
		file,
		rows,
		has: (column) => columns.has(column),
		text: textAt,
		number(row, column) {
			if (!columns.has(column))
				throw new ConfigError(`Cannot read "${file}" line 1: it has no column "${column}"`);
			const cell = textAt(row, column).trim();
			const value = Number(cell);
			if (cell !== '' && Number.isFinite(value)) return value;
			throw new ConfigError(
				`Cannot read "${file}" line ${row + 2} column "${column}": ${quoted(cell)} is not a number`,
			);
		},
	};
}
