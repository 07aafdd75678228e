import type { DateOrder } from '../../protocol/signals.ts';

const ISO_INSTANT =
	/^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:(?:[T ] *)(\d{1,2})(?::(\d{2})(?::(\d{2})([.,]\d+)?)?)?(?: *([AaPp])\.?[Mm]\.?)?)? *(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$/;
/** `31.01.2024 13:00`, `1/31/2024 1:00 PM`: which of the first two is the day is not said. */
const DAY_OR_MONTH_FIRST =
	/^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|(?<=\.)\d{2})(?:,? +(\d{1,2})(?::(\d{2})(?::(\d{2})([.,]\d+)?)?)?(?: *([AaPp])\.?[Mm]\.?)?)? *(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$/;

/** A date and time as most files write it, to the minute or second: `2022-06-08 00:05:00`, `2022-06-08T00:05Z`. */
const USUAL_LENGTHS = [16, 19];
const [DIGIT_0, DIGIT_9, DASH, COLON, SPACE, LETTER_T] = [48, 57, 45, 58, 32, 84];

/** The day of the last text, which that of the next row mostly is: only a memory. */
let [dayText, dayMs] = ['', Number.NaN];

/**
 * An ISO date or date-time as milliseconds since 1970 (UTC); null when the text is none. Without an offset
 * it is UTC. `T` and a space are both fine between date and time, so are slashes in the date, `+00`, ` UTC` and 24:00. Leap
 * seconds are refused.
 */
export function parseInstantMs(text: string): number | null {
	return usualInstantMs(text) ?? anyInstantMs(text);
}

/** The same for dates with the year at the end; null for others. */
export function parseWrittenMs(text: string, order: DateOrder): number | null {
	const match = DAY_OR_MONTH_FIRST.exec(text.trim());
	if (match === null) return null;
	const [, first, , second, year, ...time] = match;
	const [day, month] = order === 'day-first' ? [first, second] : [second, first];
	return instantOf([year?.length === 2 ? `20${year}` : year, month, day], time);
}

/** The order that a date with the year at the end shows by a number above 12; null: it shows none, or is none. */
export function shownOrder(text: string): DateOrder | 'either' | null {
	const match = DAY_OR_MONTH_FIRST.exec(text.trim());
	if (match === null) return null;
	const [first, separator, second] = [Number(match[1]), match[2], Number(match[3])];
	// Nobody who writes dates with points has the month first.
	if (first > 12 || separator === '.') return 'day-first';
	return second > 12 ? 'month-first' : 'either';
}

/** Whether a date-time says how far from UTC it is. */
export function hasOffset(text: string): boolean {
	const trimmed = text.trim();
	if (!/[Z+C-]|GMT/.test(trimmed.slice(8))) return false;
	const match = ISO_INSTANT.exec(withMonthNumber(trimmed)) ?? DAY_OR_MONTH_FIRST.exec(trimmed);
	return match?.at(-1) !== undefined;
}

/** The same without a regular expression, for files of millions of rows; null for what is not as usual. */
function usualInstantMs(text: string): number | null {
	const length = text.endsWith('Z') ? text.length - 1 : text.length;
	if (!USUAL_LENGTHS.includes(length)) return null;
	const between = text.charCodeAt(10);
	if (between !== SPACE && between !== LETTER_T) return null;
	if (text.charCodeAt(13) !== COLON || (length === 19 && text.charCodeAt(16) !== COLON))
		return null;
	const day = usualDayMs(text);
	const [hour, minute] = [twoDigits(text, 11), twoDigits(text, 14)];
	const second = length === 19 ? twoDigits(text, 17) : 0;
	if (Number.isNaN(day) || !(hour <= 23 && minute <= 59 && second <= 59)) return null;
	return day + ((hour * 60 + minute) * 60 + second) * 1000;
}

/** NaN for what is not as usual. */
function usualDayMs(text: string): number {
	if (text.startsWith(dayText) && dayText !== '') return dayMs;
	if (text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH) return Number.NaN;
	const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
	const [month, date] = [twoDigits(text, 5), twoDigits(text, 8)];
	const ms = Date.UTC(year, month - 1, date);
	const found = new Date(ms);
	const isDate = found.getUTCMonth() === month - 1 && found.getUTCDate() === date;
	// Years before 100 are years of the 20th century to Date.UTC.
	if (!isDate || year < 100) return Number.NaN;
	[dayText, dayMs] = [text.slice(0, 10), ms];
	return ms;
}

function twoDigits(text: string, at: number): number {
	const [tens, ones] = [text.charCodeAt(at), text.charCodeAt(at + 1)];
	const isNumber = tens >= DIGIT_0 && tens <= DIGIT_9 && ones >= DIGIT_0 && ones <= DIGIT_9;
	return isNumber ? (tens - DIGIT_0) * 10 + (ones - DIGIT_0) : Number.NaN;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** `08-Jun-2023`, `8 June 2023`, `Jun 8, 2023`, what may follow left as it is. */
const NAMED_MONTH =
	/^(?:(\d{1,2})[- .]+([A-Za-z]{3})[a-z]*\.?|([A-Za-z]{3})[a-z]*\.? (\d{1,2}),?)[- ,]+(\d{4})(?=$|[ T,])[,T]?/;

/** A date with the name of a month as an ISO date; other texts as they are. */
function withMonthNumber(text: string): string {
	const match = NAMED_MONTH.exec(text);
	if (match === null) return text;
	const [whole, day, after, before, dayAfter, year] = match;
	const month = MONTHS.indexOf((after ?? before ?? '').toLowerCase()) + 1;
	const date = `${year}-${String(month).padStart(2, '0')}-${(day ?? dayAfter ?? '').padStart(2, '0')}`;
	return month === 0 ? text : `${date} ${text.slice(whole.length)}`.trim();
}

function anyInstantMs(text: string): number | null {
	const match = ISO_INSTANT.exec(withMonthNumber(text.trim()));
	if (match === null) return null;
	const [, year, , month, day, ...time] = match;
	return instantOf([year, month, day], time);
}

type Text = string | undefined;

/** @param time hour, minute, second, fraction, `a` or `p`, offset */
function instantOf(date: readonly Text[], time: readonly Text[]): number | null {
	const [year, month, day] = date.map(Number) as [number, number, number];
	const startMs = Date.UTC(year, month - 1, day);
	const found = new Date(startMs);
	if (found.getUTCMonth() !== month - 1 || found.getUTCDate() !== day) return null;
	const [hour, minute, second, fraction, half, offset] = time;
	const [h, m, s] = [hourOf(hour, half), Number(minute ?? 0), Number(second ?? 0)];
	// The end of a day is the beginning of the next one.
	const isEnd = h === 24 && m === 0 && s === 0 && fraction === undefined;
	if (!((h <= 23 || isEnd) && m <= 59 && s <= 59)) return null;
	const timeMs = ((h * 60 + m) * 60 + s + Number(fraction?.replace(',', '.') ?? 0)) * 1000;
	return startMs + timeMs - offsetMs(offset ?? 'Z');
}

/** The hour of a day; of a clock with halves 12 AM is midnight. NaN for one that it does not have. */
function hourOf(hour: Text, half: Text): number {
	const written = Number(hour ?? 0);
	if (half === undefined) return written;
	if (written < 1 || written > 12) return Number.NaN;
	return (written % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
}

function offsetMs(offset: string): number {
	if (/^[A-Z]/.test(offset)) return 0;
	const sign = offset.startsWith('-') ? -1 : 1;
	const digits = offset.slice(1).replace(':', '');
	return sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000;
}
