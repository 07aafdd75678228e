import { quoted } from '../../protocol/plain-text.ts';
import { hasOffset, parseInstantMs, parseWrittenMs, shownOrder } from '../signal/instant.ts';
import { columnOf, type Row, unreadable } from './table.ts';

const PARTS = [
	['Year', 'Yr', 'YYYY'],
	['Month', 'Mo', 'MM'],
	['Day', 'DD'],
	['Hour', 'Hr', 'HH'],
	['Minute', 'Min'],
] as const;

/** Whether a table's first columns may say the time. */
export function beginsWithTime(names: readonly string[]): boolean {
	const [first = 'none'] = names;
	return /^(|time.*|date.*|timestamp.*|index|utc.*|valid_time|local.?time.*|year|yr|yyyy)$/i.test(
		first,
	);
}

/** The times of a table, which stand in one column, in a date and a time, or in year, month, day, hour and perhaps minute. */
export interface TableTimes {
	/** Positions of their columns. */
	readonly at: readonly number[];
	/** Of each row, as ISO date-times where they are known to be such. */
	readonly texts: readonly string[];
}

/** Throws a ConfigError where it is not known whether the day or the month comes first. */
export function tableTimes(
	names: readonly string[],
	rows: readonly Row[],
	path: string,
): TableTimes {
	const parts = PARTS.map((of) => columnOf(names, ...of));
	if (!parts.slice(0, 4).includes(-1)) {
		const two = (text: string | undefined) => (text ?? '0').padStart(2, '0');
		const texts = rows.map(({ cells }) => {
			const [year, month, day, hour, minute] = parts.map((at) => cells[at]);
			return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}`;
		});
		return { at: parts.filter((at) => at >= 0), texts };
	}
	const isSplit =
		/^date\b/i.test(names[0] ?? '') &&
		/^(time|hour)\b/i.test(names[1] ?? '') &&
		!(rows[0]?.cells[0] ?? '').includes(':');
	const at = isSplit ? [0, 1] : [0];
	const written = rows.map(({ cells }) => at.map((index) => cells[index] ?? '').join(' '));
	return { at, texts: isoTexts(written, path) };
}

/** Dates with the year at the end as ISO dates; others stay. */
function isoTexts(written: readonly string[], path: string): readonly string[] {
	const first = written[0] ?? '';
	if (parseInstantMs(first) !== null || shownOrder(first) === null) return written;
	const order = written.map(shownOrder).find((one) => one !== 'either' && one !== null);
	if (order === undefined)
		throw unreadable(
			path,
			`its dates such as ${quoted(first)} may have the day or the month first; write them as 2024-06-20`,
		);
	return written.map((text) => {
		const ms = parseWrittenMs(text, order);
		if (ms === null) return text;
		const iso = new Date(ms).toISOString();
		return hasOffset(text) ? iso : iso.slice(0, -1);
	});
}
