import { quoted } from '../../protocol/plain-text.ts';
import { type Note, note } from '../../protocol/remark.ts';
import { type Asked, indexOf, isTimeText, LayoutError } from './column-names.ts';
import { isDate, NUMBER } from './file-times.ts';
import type { Reading } from './reading.ts';

/** Which columns have the times of rows. */
export interface TimeColumns {
	readonly timeAt: number;
	readonly clockAt: number;
	/** All that are no values. */
	readonly taken: readonly number[];
	readonly notes: readonly Note[];
}

const NO_TIMES: TimeColumns = { timeAt: -1, clockAt: -1, taken: [], notes: [] };

/** Where the times are: as the scenario says, else as the first rows show. Throws a LayoutError where that is not clear. */
export function timeColumns(
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

/** A date without a time of day. */
function isPlainDay(cell: string): boolean {
	return !cell.includes(':') && !NUMBER.test(cell) && isDate(cell) && !/\d[T ]\d/.test(cell);
}

/** Whether times of day are ends of hours. Hours 1 to 24 are; 0 to 23 are not. */
export function isHourEnding(
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
export function refuseCounter(
	name: string,
	rows: readonly (readonly string[])[],
	reading: Reading,
): void {
	if (reading.timeUnit !== null || !COUNTER_NAME.test(name)) return;
	if (rows.length < 2 || !rows.every((row, i) => Number(row[0]) === Number(rows[0]?.[0]) + i))
		return;
	throw new LayoutError(
		`its first column ${name === '' ? 'has no name and' : `is ${quoted(name)} and`} counts rows; say interval: 1h, what lies between them, or timeUnit: s if they are times`,
	);
}
