import type { TimeUnit } from '../../protocol/scenario/request-files.ts';

/** Arrivals of requests as files write them. */

const PER_SECOND: Readonly<Record<TimeUnit, number>> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 };

/** Seconds of a time in a unit; what is no time is NaN. */
export function secondsIn(time: number, unit: TimeUnit): number {
	return time >= 0 && time < Number.POSITIVE_INFINITY ? time / PER_SECOND[unit] : Number.NaN;
}

const INSTANT =
	/^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?)?(?:Z|([+-])(\d\d):?(\d\d))?$/;

/**
 * Seconds since 1970 of a date and time, UTC where it names no offset. Whole and part are apart, so that
 * the 100 ns of Azure's traces survive: a double of seconds since 1970 holds no more than 240 ns.
 */
export function parseInstant(text: string): { wholeS: number; partS: number } | null {
	const match = INSTANT.exec(text);
	if (match === null) return null;
	const [, year, month, day, hour, minute, second, part, sign, offsetHours, offsetMinutes] = match;
	const number = (digits: string | undefined): number => Number(digits ?? 0);
	const isTime = number(hour) < 24 && number(minute) < 60 && number(second) < 60;
	if (!isTime || number(offsetHours) > 14 || number(offsetMinutes) > 59) return null;
	const whole =
		Date.UTC(
			number(year),
			number(month) - 1,
			number(day),
			number(hour),
			number(minute),
			number(second),
		) / 1000;
	// A day that its month does not have would be one of the next month.
	const date = new Date(whole * 1000);
	if (date.getUTCMonth() !== number(month) - 1 || date.getUTCDate() !== number(day)) return null;
	const offsetS = number(offsetHours) * 3600 + number(offsetMinutes) * 60;
	return { wholeS: sign === '-' ? whole + offsetS : whole - offsetS, partS: number(part) };
}
