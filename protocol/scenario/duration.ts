import * as z from 'zod';
import { ConfigError } from '../errors.ts';
import { DAY_US, HOUR_US, MINUTE_US, SECOND_US, type SimTime } from '../time.ts';

/** A span of time as people write it, such as `5min`; a bare number is seconds. */
export const Duration = z.union([z.string(), z.number()]).meta({ title: 'span of time' });

const UNITS: Readonly<Record<string, number>> = {
	us: 1,
	ms: 1000,
	s: SECOND_US,
	min: MINUTE_US,
	m: MINUTE_US,
	h: HOUR_US,
	d: DAY_US,
};

/** A span in whole microseconds; NaN for a text that is none. */
function durationUs(trimmed: string): number {
	if (/^\d+(\.\d+)?$/.test(trimmed)) return Math.round(Number(trimmed) * SECOND_US);
	const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)\s*(us|ms|s|min|m|h|d)/g)];
	const whole = parts.map(([part]) => part).join('');
	if (parts.length === 0 || whole !== trimmed.replace(/\s+(?=\d)/g, '')) return Number.NaN;
	return Math.round(
		parts.reduce(
			(sum, [, value, unit]) => sum + Number(value) * (UNITS[unit as string] as number),
			0,
		),
	);
}

/**
 * A span of time as people write it: `90s`, `5min`, `1.5h`, `2d`, `1h30min`; a bare number is seconds.
 *
 * @throws ConfigError naming `what`, the text and the ways to write it
 */
export function parseDuration(text: string | number, what: string): SimTime {
	const trimmed = String(text).trim();
	const us = durationUs(trimmed);
	if (Number.isSafeInteger(us) && us > 0) return us;
	throw new ConfigError(
		`Cannot use ${what} "${trimmed}": give a positive time such as 60s, 5min, 1h30min, 24h or 7d`,
	);
}

/**
 * The same for a time after the start of the run, which may be 0.
 *
 * @throws ConfigError likewise
 */
export function parseDurationFrom0(text: string | number, what: string): SimTime {
	return durationUs(String(text).trim()) === 0 ? 0 : parseDuration(text, what);
}
