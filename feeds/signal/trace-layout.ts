import { quoted } from '../../protocol/plain-text.ts';
import type { Note } from '../../protocol/remark.ts';
import { type Asked, indexOf, isMissing, isTimeText, LayoutError } from './column-names.ts';
import { readUnit } from './column-units.ts';
import { isDate, NUMBER } from './file-times.ts';
import { cellsOf, delimiterOf } from './records.ts';
import { isHourEnding, refuseCounter, timeColumns } from './time-columns.ts';

/** Where in the rows of a trace's file which text is. */
export interface Layout {
	readonly delimiter: string;
	/** Names of the columns; of a file without a header `column 1` and so on. */
	readonly names: readonly string[];
	/** Of the times, or of the days where the time of day is apart; -1: rows have none. */
	readonly timeAt: number;
	/** Of the time of day, where it is apart; -1: it is not. */
	readonly clockAt: number;
	readonly valueAt: number;
	/** Whether the time of day is the end of an hour: 1 to 24, or a name that says so. */
	readonly isHourEnding: boolean;
	/** Records before the first row: of names, and of units. */
	readonly skipped: number;
	/** What a second row of units says of the values; null: there is none. */
	readonly unit: string | null;
	readonly notes: readonly Note[];
}

/** Enough for every hour of a day to be there. */
export const SAMPLE_RECORDS = 60;

/** @throws LayoutError that says what is missing, or not clear, and what would do */
export function layoutOf(records: readonly string[], asked: Asked): Layout {
	const { reading } = asked;
	const delimiter = delimiterOf(records);
	const cells = records.map((record, i) => cellsOf(record, delimiter, i + 1));
	const first = cells[0] as string[];
	const hasHeader = headerIn(first, records[0] as string, asked);
	const names = hasHeader ? first : first.map((_, i) => `column ${i + 1}`);
	const below = hasHeader ? cells.slice(1) : cells;
	const time = timeColumns(names, below, asked);
	const valueAt = valueColumn(names, below, time.taken, asked);
	const units = hasHeader ? unitRow(below[0], { ...time, valueAt }) : null;
	const rows = units === null ? below : below.slice(1);
	const notes = [...time.notes];
	if (reading.interval === null && time.timeAt === 0 && time.clockAt < 0)
		refuseCounter(names[0] as string, rows, reading);
	return {
		...{ delimiter, names, valueAt, notes },
		...{ timeAt: time.timeAt, clockAt: time.clockAt },
		isHourEnding: time.clockAt >= 0 && isHourEnding(names[time.clockAt] as string, rows, time),
		skipped: (hasHeader ? 1 : 0) + (units === null ? 0 : 1),
		unit: units,
	};
}

/** A first line that is a row already would be lost as a header. */
function headerIn(first: readonly string[], line: string, { reading, firstLine }: Asked): boolean {
	const [cell = '', value = ''] = first;
	const isNumber = (text: string) => NUMBER.test(text) || /^[+-]?\d+,\d+$/.test(text);
	if (reading.interval !== null && first.length === 1) return !isNumber(cell);
	const { time = null, value: at = null } = reading.columns ?? {};
	const [day] = typeof time === 'object' && time !== null ? time : [time];
	if (typeof day === 'number') return !isTimeText(first[day - 1] ?? '');
	// Names are no date; a number may be one, over others that are names too.
	if (!isDate(cell) && !(NUMBER.test(cell) && (value === '' || isNumber(value)))) return true;
	if (typeof at === 'number') return false;
	throw new LayoutError(
		`it has no header: line ${firstLine} is the row ${quoted(line.slice(0, 60))}; write a line with names of the columns above it, such as "time,value", or say columns: { time: 1, value: 2 }`,
	);
}

/** The unit of the values in a row between header and values: one without a time and a number. */
function unitRow(
	row: readonly string[] | undefined,
	{ timeAt, valueAt }: Pick<Layout, 'timeAt' | 'valueAt'>,
): string | null {
	const cell = row?.[valueAt] ?? '';
	if (cell === '' || NUMBER.test(cell) || isMissing(cell)) return null;
	if (timeAt >= 0 && isTimeText(row?.[timeAt] ?? '')) return null;
	const bare = cell.replace(/^[([](.*)[)\]]$/, '$1');
	return readUnit(bare) === null ? null : bare;
}

function valueColumn(
	names: readonly string[],
	below: readonly (readonly string[])[],
	taken: readonly number[],
	{ column, reading }: Asked,
): number {
	const asked = reading.columns?.value ?? column;
	if (column !== null && reading.columns?.value != null && column !== reading.columns.value)
		throw new LayoutError(
			`column: ${column} and columns.value: ${reading.columns.value} are not the same; drop one`,
		);
	const known = names.flatMap((_, i) => (taken.includes(i) ? [] : [i]));
	const listed = known.map((i) => quoted(names[i] as string)).join(', ');
	if (known.length === 0) throw new LayoutError('it has a time column but no column of values');
	if (asked === null) {
		// Texts are no values; of several that are, nothing says which is meant.
		const numeric = known.filter((i) => hasNumbers(below, i));
		if (known.length === 1 || numeric.length === 1) return (numeric[0] ?? known[0]) as number;
		throw new LayoutError(`it has several columns; name one of ${listed}`);
	}
	if (typeof asked === 'number') return indexOf(names, asked);
	const found = known.filter((i) => names[i] === asked);
	if (found.length === 0 && names.includes(asked))
		throw new LayoutError(
			`it has no times beside column "${asked}"; say columns: { time: … }, or of a file without times interval: 1h, what lies between its rows`,
		);
	if (found.length === 0)
		throw new LayoutError(`it has no column "${asked}"; name one of ${listed}`);
	if (found.length > 1)
		throw new LayoutError(
			`it has two columns "${asked}"; give one of them another name, or say columns.value by its position`,
		);
	return found[0] as number;
}

/** Whether a column has numbers, and nothing else but what stands for none, and perhaps its unit above them. */
function hasNumbers(below: readonly (readonly string[])[], at: number): boolean {
	const cells = below.map((row) => row[at] ?? '').filter((cell) => !isMissing(cell));
	const isNumber = (cell: string) =>
		/^[+\-\u2212]?[\d.,' \u00a0]*\d$|^[+-]?[\d.]+e[+-]?\d+$/i.test(cell);
	const [first = '', ...others] = cells;
	return (
		(isNumber(first) || readUnit(first) !== null) && cells.length > 0 && others.every(isNumber)
	);
}
