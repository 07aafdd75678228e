import { ConfigError } from '../../../protocol/errors.ts';
import { quoted } from '../../../protocol/plain-text.ts';
import type { TimeUnit } from '../../../protocol/scenario/feed-keys.ts';
import { hasOffset, parseInstantMs } from '../../signal/instant.ts';
import { zoneClock } from '../../signal/wall-clock.ts';
import type { FeedPoint } from '../feed.ts';
import type { ValueRule } from './values.ts';

/** What came, in our unit, and what of it was no good. */
export interface Readings {
	/** In order of time, each time once: of two for the same time the one that came later. */
	readonly points: readonly FeedPoint[];
	/** The value that came last, as it came; null: none. */
	readonly given: number | null;
	/** How many were no finite numbers, or of no time. */
	readonly refused: number;
	/** Why the first of them was. */
	readonly why: string | null;
}

/** A value and its time as a source gave them. */
export interface Reading {
	readonly time: unknown;
	readonly value: unknown;
}

/** How the times of a source are written. */
export interface TimeKeys {
	readonly timeUnit: TimeUnit | null;
	readonly timezone: string | null;
}

/** Reads times as a source writes them, one after the other; a text says why one is none. */
export type ReadTime = (time: unknown) => number | string;

/**
 * Reads times. Of a time that the clock on the wall shows twice, the first is taken, and the second once the first has been; one that
 * the clock skips is none.
 *
 * @throws ConfigError for a time zone that there is not
 */
export function timeReader({ timeUnit, timezone }: TimeKeys): ReadTime {
	const clock = timezone === null ? null : zoneClock(timezone);
	let lastMs = Number.NEGATIVE_INFINITY;
	return (time) => {
		if (timeUnit !== null) {
			const number = numberOf(time);
			if (number === null) return `the time ${shown(time)} is no number of ${timeUnit}`;
			return Math.round(number * (timeUnit === 's' ? 1000 : 1));
		}
		if (typeof time === 'number') return `the time ${time} is a number; say timeUnit: s or ms`;
		const ms = typeof time === 'string' ? parseInstantMs(time) : null;
		if (ms === null) return `the time ${shown(time)} is no ISO date-time`;
		if (hasOffset(time as string)) return ms;
		if (clock === null) return `the time ${shown(time)} has no offset; say its timezone`;
		const first = clock.instantMs(ms);
		if (clock.wallMs(first) !== ms) return `the clock skips the time ${shown(time)}`;
		const second = clock.instantMs(ms, true);
		lastMs = second !== first && lastMs >= first ? second : first;
		return lastMs;
	};
}

/** Null for what is no finite number; texts that are numbers are. */
export function numberOf(value: unknown): number | null {
	if (typeof value === 'number') return Number.isFinite(value) ? value : null;
	if (typeof value !== 'string' || !/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value))
		return null;
	const number = Number(value);
	return Number.isFinite(number) ? number : null;
}

/** Texts by which sources say that they have no value. */
const MISSING: ReadonlySet<string> = new Set(['', 'nan', 'na', 'n/a', 'null', 'none', '-']);

/** Says that there is no value, which is nothing wrong. */
export function isMissing(value: unknown): boolean {
	if (value === null || value === undefined) return true;
	return typeof value === 'string' && MISSING.has(value.trim().toLowerCase());
}

/**
 * Readings become points. What is not there is left out; what is no number is refused and counted.
 *
 * @param nowMs what is later is foretold
 */
export function readingsOf(
	readings: Iterable<Reading>,
	rule: ValueRule,
	readTime: ReadTime,
	nowMs: number,
): Readings {
	const byTime = new Map<number, FeedPoint>();
	let given: number | null = null;
	let refused = 0;
	let why: string | null = null;
	for (const { time, value } of readings) {
		if (isMissing(value)) continue;
		const number = numberOf(value);
		const fromMs = number === null ? `the value ${shown(value)} is no number` : readTime(time);
		if (number === null || typeof fromMs === 'string') {
			refused += 1;
			why ??= String(fromMs);
			continue;
		}
		given = number;
		byTime.delete(fromMs);
		byTime.set(fromMs, { fromMs, value: rule.convert(number), isForecast: fromMs > nowMs });
	}
	const points = [...byTime.values()].sort((a, b) => a.fromMs - b.fromMs);
	return { points, given, refused, why };
}

/** A value of somebody's, for messages. */
export function shown(value: unknown): string {
	return quoted(typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)));
}

/** @throws ConfigError for keys of times where values come without */
export function checkTimeKeys(name: string, time: string | null, keys: TimeKeys): void {
	if (time !== null || (keys.timeUnit === null && keys.timezone === null)) return;
	const key = keys.timeUnit === null ? 'timezone' : 'timeUnit';
	throw new ConfigError(`Cannot use ${name}: it has ${key} and no time; say where the time is`);
}
