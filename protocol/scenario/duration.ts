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

/**
 * A span of time as people write it: `90s`, `5min`, `1.5h`, `2d`, `1h30min`; a bare number is seconds.
 *
 * @throws ConfigError naming `what`, the text and the ways to write it
 */
export function parseDuration(text: string | number, what: string): SimTime {
	const trimmed = String(text).trim();
	const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)\s*(us|ms|s|min|m|h|d)/g)];
	let us = Number.NaN;
	if (/^\d+(\.\d+)?$/.test(trimmed)) us = Number(trimmed) * SECOND_US;
	else if (
		parts.length > 0 &&
		parts.map(([whole]) => whole).join('') === trimmed.replace(/\s+(?=\d)/g, '')
	) {
		us = parts.reduce(
			(sum, [, value, unit]) => sum + Number(value) * (UNITS[unit as string] as number),
			0,
		);
	}
	const rounded = Math.round(us);
	if (!Number.isSafeInteger(rounded) || rounded <= 0) {
		throw new ConfigError(
			`Cannot use ${what} "${trimmed}": give a positive time such as 60s, 5min, 1h30min, 24h or 7d`,
		);
	}
	return rounded;
}
