import { parse } from 'csv-parse/sync';
import { messageOf } from '../../../protocol/errors.ts';
import { quoted } from '../../../protocol/plain-text.ts';
import type { FeedQuantity } from '../../../protocol/signals.ts';
import { unitInName } from '../../signal/column-units.ts';
import { garbled } from './answer.ts';
import { isMissing, numberOf, type Reading, type ReadTime } from './readings.ts';
import { type ValueKeys, type ValueRule, valueRule } from './values.ts';

/** How the lines of a CSV are read, by its header. */
export interface CsvLayout {
	readonly header: string;
	readonly delimiter: string;
	readonly cells: number;
	readonly column: number;
	readonly rule: ValueRule;
}

/** What a scenario says of the values of a CSV. */
export interface CsvKeys extends ValueKeys {
	readonly column: string | null;
}

/**
 * Reads a header: its first column is the time, that asked for holds the values; the unit that its name has is theirs, unless the scenario
 * says the same or none is named.
 *
 * @throws FeedError for a header without that column, ConfigError for a unit that cannot be
 */
export function csvLayout(
	header: string,
	keys: CsvKeys,
	name: string,
	quantity: FeedQuantity,
): CsvLayout {
	const delimiter = header.includes(';') ? ';' : ',';
	const cells = cellsOf(header.replace(/^\uFEFF/, ''), delimiter);
	if (cells === null || cells.length < 2)
		throw garbled(name, `its header ${quoted(header)} has no column beside the time`);
	const columns = cells.slice(1);
	const at = keys.column === null ? (columns.length === 1 ? 0 : -1) : columns.indexOf(keys.column);
	if (at < 0) {
		const list = columns.map((column) => quoted(column)).join(', ');
		const reason =
			keys.column === null ? 'it has several columns' : `it has no column ${quoted(keys.column)}`;
		throw garbled(name, `${reason}; it has ${list}`);
	}
	const unit = columnUnit(columns[at] as string, keys.unit, name);
	const rule = valueRule(name, quantity, { ...keys, unit });
	return { header, delimiter, cells: cells.length, column: at + 1, rule };
}

/** The unit of a column: the scenario's, else that in its name. */
function columnUnit(column: string, unit: string | null, name: string): string | null {
	const named = unitInName(column);
	if (unit !== null || named === null) return unit;
	if (named.type === 'unclear')
		throw garbled(
			name,
			`of column ${quoted(column)}, ${quoted(named.text)} ${named.why}; say its unit`,
		);
	return named.unit.text;
}

/** Why a line is no row, or its reading. */
export function csvReading(line: string, layout: CsvLayout): Reading | string {
	const cells = cellsOf(line, layout.delimiter);
	if (cells === null) return `the line ${quoted(line)} is no row`;
	if (cells.length !== layout.cells)
		return `the line ${quoted(line)} has ${cells.length} cells and the header ${layout.cells}`;
	return { time: cells[0], value: cells[layout.column] };
}

/** Whether a first line is a row and no header: files that are put aside go on without one. */
export function isRow(line: string, layout: CsvLayout, readTime: ReadTime): boolean {
	const reading = csvReading(line, layout);
	if (typeof reading === 'string') return false;
	const isValue = isMissing(reading.value) || numberOf(reading.value) !== null;
	return isValue && typeof readTime(reading.time) === 'number';
}

function cellsOf(line: string, delimiter: string): string[] | null {
	try {
		const rows = parse(line, { delimiter, trim: true, relax_quotes: false }) as string[][];
		return rows.length === 1 ? (rows[0] ?? null) : null;
	} catch (error) {
		// A quote that is not closed, such as of a text over several lines.
		return messageOf(error) === '' ? [] : null;
	}
}
