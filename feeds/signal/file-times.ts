import { parseDuration } from '../../protocol/scenario/duration.ts';
import type { DateOrder } from '../../protocol/signals.ts';
import { hasOffset, parseInstantMs, parseWrittenMs } from './instant.ts';

/** What a unit of time is, us. */
export const TIME_UNITS_US = {
	...{ ns: 1e-3, us: 1, ms: 1e3, s: 1e6, min: 60e6, h: 3600e6, d: 86_400e6 },
} as const;
export type TimeUnit = keyof typeof TIME_UNITS_US;

export const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * How the times of a file are written. elapsed: numbers from 0 on. epoch: numbers since 1970. compact: digits of a date such as
 * 202401312359. iso: ISO date-times. written: dates with the year at the end.
 */
export type TimeForm =
	| { readonly type: 'elapsed' | 'epoch'; readonly unit: TimeUnit }
	| { readonly type: 'compact' | 'iso' }
	| { readonly type: 'written'; readonly order: DateOrder };

/** No series of seconds from 0 on is as long: three years. */
const LEAST_EPOCH_S = 1e8;
const EPOCH_UNITS: readonly (readonly [unit: TimeUnit, perSecond: number])[] = [
	['s', 1],
	['ms', 1e3],
	['us', 1e6],
	['ns', 1e9],
];
const COMPACT = /^((?:19|20)\d{2})(\d{2})(\d{2})(?:(\d{2})(?:(\d{2})(\d{2})?)?)?$/;

/** The unit in which a number is since 1970, if it is a time between 1973 and 2286; null: it is none. */
function epochUnit(value: number): TimeUnit | null {
	const found = EPOCH_UNITS.find(
		([, perSecond]) => value >= LEAST_EPOCH_S * perSecond && value < 1e10 * perSecond,
	);
	return found?.[0] ?? null;
}

/**
 * How numbers that stand for times are to be read.
 *
 * @param texts the first of them
 * @param named the unit that the scenario says, or the column's name
 */
export function formOfNumbers(texts: readonly string[], named: TimeUnit | null): TimeForm {
	if (named === null && texts.every((text) => compactMs(text) !== null)) return { type: 'compact' };
	const values = texts.map(Number);
	const [unit] = values.map((value) => epochUnit(value));
	const isEpoch =
		unit != null &&
		(named === null || named === unit) &&
		values.every((value) => epochUnit(value) === unit);
	if (!isEpoch) return { type: 'elapsed', unit: named ?? 's' };
	return { type: 'epoch', unit };
}

/** Whether a text is a date, with or without a time of day. */
export function isDate(text: string): boolean {
	return parseInstantMs(text) !== null || parseWrittenMs(text, 'day-first') !== null || isUs(text);
}

function isUs(text: string): boolean {
	return parseWrittenMs(text, 'month-first') !== null;
}

/** The time of a row that has a date, ms since 1970, as an instant or by the clock on the wall; null for what is not written so. */
export function civilMs(text: string, form: TimeForm): number | null {
	switch (form.type) {
		case 'iso':
			return parseInstantMs(text);
		case 'epoch':
			return NUMBER.test(text) ? (Number(text) * TIME_UNITS_US[form.unit]) / 1000 : null;
		case 'compact':
			return compactMs(text);
		case 'written':
			return parseWrittenMs(text, form.order);
		default:
			return null;
	}
}

/** Whether such a time is an instant; else it is by the clock on the wall. */
export function isInstant(text: string, form: TimeForm): boolean {
	return form.type === 'epoch' || (form.type !== 'compact' && hasOffset(text));
}

function compactMs(text: string): number | null {
	const match = COMPACT.exec(text);
	if (match === null) return null;
	const [, year, month, day, hour = '00', minute = '00', second = '00'] = match;
	return parseInstantMs(`${year}-${month}-${day} ${hour}:${minute}:${second}`);
}

/** `+15m` in a file of changes: so long after the row before it, us; null for other texts. */
export function stepAfter(text: string): number | null {
	const match = /^\+(\d+(?:\.\d+)? *(?:s|sec|m|min|h|d))$/.exec(text);
	return match === null ? null : parseDuration((match[1] as string).replace('sec', 's'), 'time');
}

const NAMED_UNITS: Readonly<Record<string, TimeUnit>> = {
	...{ ns: 'ns', nanoseconds: 'ns', us: 'us', µs: 'us', microseconds: 'us' },
	...{ ms: 'ms', millis: 'ms', milliseconds: 'ms', s: 's', sec: 's', secs: 's', second: 's' },
	...{ seconds: 's', min: 'min', mins: 'min', minute: 'min', minutes: 'min', h: 'h', hr: 'h' },
	...{ hrs: 'h', hour: 'h', hours: 'h', d: 'd', day: 'd', days: 'd' },
};

/** The unit of time that a column's name ends with: `time_ms`, `Time (h)`, `hour`; null where it says none. */
export function timeUnitInName(name: string): TimeUnit | null {
	const word = /(?:^|[\s_([.-])([a-zµ]+)[)\]]?$/i.exec(name.trim())?.[1]?.toLowerCase() ?? '';
	return NAMED_UNITS[word] ?? null;
}

/** The IANA zone that a column's name says its times are in: `time (UTC)`, `Date (GMT+1)`; null where it says none. */
export function zoneInName(name: string): string | null {
	const match = /(?:^|[\s_([])(?:utc|gmt)(?:([+-])(\d{1,2})(?::?00)?)?[)\]]?$/i.exec(name.trim());
	if (match === null) return null;
	const [, sign, hours] = match;
	if (sign === undefined || Number(hours) === 0) return 'UTC';
	// Names of the data base count westward.
	return `Etc/GMT${sign === '+' ? '-' : '+'}${Number(hours)}`;
}
