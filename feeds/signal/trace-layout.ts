import { quoted } from '../../protocol/plain-text.ts';
import { type Note, note } from '../../protocol/remark.ts';
import { readUnit } from './column-units.ts';
import { isDate, NUMBER } from './file-times.ts';
import type { Reading } from './reading.ts';
import { cellsOf, delimiterOf } from './records.ts';

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

/** What a file has of the columns that a scenario names. */
interface Asked {
	readonly column: string | null;
	readonly reading: Reading;
	/** Line of the first record. */
	readonly firstLine: number;
}

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
	const valueAt = valueColumn(names, time.taken, asked);
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

/** Why a file cannot be read as it is. */
export class LayoutError extends Error {}

const MISSING: ReadonlySet<string> = new Set([
	...['', 'nan', 'na', 'n/a', '#n/a', '#n/v', 'null', 'none', '-', '--', '?'],
	...['missing', 'unavailable', 'unknown', 'no data', 'nodata'],
]);
/** What loggers write where there is no value. Nothing that is read here can be as low and be meant. */
const FILLER = /^-9999(9*)(\.0*)?$/;

/** Whether a cell says that there is no value. */
export function isMissing(cell: string): boolean {
	return FILLER.test(cell) || MISSING.has(cell.toLowerCase());
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

interface TimeColumns {
	readonly timeAt: number;
	readonly clockAt: number;
	/** All that are no values. */
	readonly taken: readonly number[];
	readonly notes: readonly Note[];
}

const NO_TIMES: TimeColumns = { timeAt: -1, clockAt: -1, taken: [], notes: [] };

function timeColumns(
	names: readonly string[],
	rows: readonly (readonly string[])[],
	askedFor: Asked,
): TimeColumns {
	const { reading } = askedFor;
	if (reading.interval !== null) return NO_TIMES;
	const asked = reading.columns?.time ?? null;
	if (typeof asked === 'object' && asked !== null) {
		const [timeAt, clockAt] = [indexOf(names, asked[0]), indexOf(names, asked[1])];
		return { timeAt, clockAt, taken: [timeAt, clockAt], notes: [] };
	}
	if (asked !== null) {
		const timeAt = indexOf(names, asked);
		return { timeAt, clockAt: -1, taken: [timeAt], notes: [] };
	}
	if (names.length === 1)
		throw new LayoutError(
			'it has one column, so no times or no values; of a file without times say interval: 1h, what lies between its rows',
		);
	return timesByContent(names, rows, askedFor);
}

const DAY_PARTS = /^(year|jahr|yyyy|month|monat|mm)$/i;
const CLOCK_NAME =
	/^(time|hour|hours|hr|he|hour.?(ending|beginning|of.?day)|time.?of.?day|uhrzeit|zeit|stunde|delivery.?hour|von|from|start.?time)$/i;
const CLOCK = /^\d{1,2}(:\d{2}){0,2}( ?[ap]m)?$/i;

/** Whether all cells of a column that have something have what is asked. */
function all(
	rows: readonly (readonly string[])[],
	at: number,
	is: (cell: string) => boolean,
): boolean {
	const cells = rows.map((row) => row[at] ?? '').filter((cell) => cell !== '');
	return cells.length > 0 && cells.every(is);
}

/** Names of what only counts rows. */
const COUNTER_NAME = /^(|index|id|row|no\.?|nr\.?|unnamed: 0)$/i;
const TIME_NAME = /time|date|datum|zeit|stamp|hour|minute|second|epoch|^(t|s|ms|min|h|ts|ds|utc)$/i;

/** Times are in the first column if they can be, else in the only other one that has dates, or numbers under a name of times. */
function timesByContent(
	names: readonly string[],
	below: readonly (readonly string[])[],
	{ column, reading }: Asked,
): TimeColumns {
	// A second row of units has no time.
	const isUnits = below.length > 1 && !(below[0] ?? []).some(isTimeText);
	const rows = isUnits ? below.slice(1) : below;
	const asked = reading.columns?.value ?? column;
	const isValue = (i: number) => asked !== null && (names[i] === asked || asked === i + 1);
	const isNumbers = (i: number) => all(rows, i, (cell) => NUMBER.test(cell));
	const others = names.flatMap((_, i) => (i > 0 && !isValue(i) ? [i] : []));
	const dated = others.filter((i) => all(rows, i, isDate));
	const named = others.filter((i) => isNumbers(i) && TIME_NAME.test(names[i] as string));
	const [name = ''] = names;
	if (isNumbers(0) && DAY_PARTS.test(name))
		throw new LayoutError(
			`its times stand in several columns, from ${quoted(name)} on; write them into one, or a day and a time of day and say columns: { time: [day, hour] }`,
		);
	const isElsewhere = isValue(0) || (isNumbers(0) && !TIME_NAME.test(name));
	if (!isElsewhere && (rows.length === 0 || all(rows, 0, isTimeText)))
		return withClock(0, names, rows);
	const found = dated.length > 0 ? dated : named;
	if (found.length === 0 || rows.length === 0) return withClock(0, names, rows);
	const [timeAt = 0] = found;
	if (found.length > 1)
		throw new LayoutError(
			`it has times in several columns, ${found.map((i) => quoted(names[i] as string)).join(', ')}; say columns: { time: ${names[timeAt]} }`,
		);
	const { taken, ...columns } = withClock(timeAt, names, rows);
	return {
		...columns,
		taken: COUNTER_NAME.test(name) ? [0, ...taken] : taken,
		notes: [note(`times are those of column ${quoted(names[timeAt] as string)}`)],
	};
}

/** A column of times, and that of the time of day where it has days only. */
function withClock(
	timeAt: number,
	names: readonly string[],
	rows: readonly (readonly string[])[],
): TimeColumns {
	const clockAt = all(rows, timeAt, isPlainDay)
		? names.findIndex(
				(name, i) =>
					i !== timeAt && CLOCK_NAME.test(name) && all(rows, i, (cell) => CLOCK.test(cell)),
			)
		: -1;
	return { timeAt, clockAt, taken: clockAt < 0 ? [timeAt] : [timeAt, clockAt], notes: [] };
}

function isTimeText(cell: string): boolean {
	return NUMBER.test(cell) || isDate(cell) || /^\+\d/.test(cell);
}

/** A date without a time of day. */
function isPlainDay(cell: string): boolean {
	return !cell.includes(':') && !NUMBER.test(cell) && isDate(cell) && !/\d[T ]\d/.test(cell);
}

/** Whether times of day are ends of hours. Hours 1 to 24 are; 0 to 23 are not. */
function isHourEnding(
	name: string,
	rows: readonly (readonly string[])[],
	{ clockAt }: Pick<TimeColumns, 'clockAt'>,
): boolean {
	if (/ending|^he$/i.test(name)) return true;
	const hours = rows.map((row) => row[clockAt] ?? '').filter((cell) => /^\d{1,2}$/.test(cell));
	if (hours.length === 0) return false;
	const [hasFirst, hasLast] = [hours.some((hour) => Number(hour) === 0), hours.includes('24')];
	if (hasFirst === hasLast)
		throw new LayoutError(
			hasFirst
				? `its column ${quoted(name)} has hours 0 and 24`
				: `its column ${quoted(name)} does not show whether its hours go from 0 to 23 or, as ends of hours, from 1 to 24; write them as 00:00 to 23:00`,
		);
	return hasLast;
}

/** 0, 1, 2, … under a name that says of what they are numbers, or none at all, is no time. */
function refuseCounter(name: string, rows: readonly (readonly string[])[], reading: Reading): void {
	if (reading.timeUnit !== null || !COUNTER_NAME.test(name)) return;
	if (rows.length < 2 || !rows.every((row, i) => Number(row[0]) === Number(rows[0]?.[0]) + i))
		return;
	throw new LayoutError(
		`its first column ${name === '' ? 'has no name and' : `is ${quoted(name)} and`} counts rows; say interval: 1h, what lies between them, or timeUnit: s if they are times`,
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

function indexOf(names: readonly string[], key: string | number): number {
	if (typeof key === 'number') {
		if (key <= names.length) return key - 1;
		throw new LayoutError(`it has ${names.length} columns, and no column ${key}`);
	}
	const index = names.indexOf(key);
	const listed = names.map((name) => quoted(name)).join(', ');
	if (index < 0) throw new LayoutError(`it has no column "${key}"; name one of ${listed}`);
	if (names.lastIndexOf(key) !== index)
		throw new LayoutError(
			`it has two columns "${key}"; give one of them another name, or say its position`,
		);
	return index;
}

function valueColumn(
	names: readonly string[],
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
		if (known.length === 1) return known[0] as number;
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
