import { IANAZone } from 'luxon';
import { ConfigError, SimulationError } from '../../protocol/errors.ts';
import type { SimTime } from '../../protocol/time.ts';
import { unknownZone } from './zone-name.ts';

/** Turns simulated time into wall time with two array look-ups. Made once, before the run; plain data. */
export interface LocalClock {
	readonly startEpochMs: number;
	readonly timezone: string;
	/** When each offset begins, ms since 1970; the first is at or before the start. Increasing. */
	readonly sinceEpochMs: readonly number[];
	/** Wall time minus UTC, ms. */
	readonly offsetMs: readonly number[];
	/** The clock is not made for later times. */
	readonly untilEpochMs: number;
}

const MINUTE_MS = 60_000;
/** Offsets are multiples of it and change at multiples of it (all that the IANA data base has since 1972). */
export const QUARTER_MS = 15 * MINUTE_MS;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 366 * DAY_MS;
/** No run is longer, and zones have no rules that far ahead anyway. */
const SPAN_MS = 10 * YEAR_MS;
/** Two changes of a zone's offset are at least four weeks apart (Morocco around Ramadan), so no change is missed. */
const SCAN_MS = 14 * DAY_MS;

/** Clocks made by this process: what does many runs asks for the same ones. */
const made = new Map<string, LocalClock>();
const MADE_MAX = 64;

/**
 * The wall clock of a zone for 10 years from `startEpochMs` on.
 *
 * @throws ConfigError for a time zone that is not in the IANA data base
 */
export function makeLocalClock(startEpochMs: number, timezone: string): LocalClock {
	const key = `${startEpochMs} ${timezone}`;
	const known = made.get(key) ?? newClock(startEpochMs, timezone);
	if (made.size >= MADE_MAX) made.clear();
	made.set(key, known);
	return known;
}

function newClock(startEpochMs: number, timezone: string): LocalClock {
	const zone = IANAZone.create(timezone);
	if (!zone.isValid) throw new ConfigError(unknownZone(timezone));
	const sinceEpochMs = [startEpochMs];
	const offsets = [zone.offset(startEpochMs)];
	const untilEpochMs = startEpochMs + SPAN_MS;
	for (let atMs = startEpochMs; atMs < untilEpochMs; atMs += SCAN_MS) {
		const offset = zone.offset(atMs + SCAN_MS);
		if (offset === offsets.at(-1)) continue;
		sinceEpochMs.push(findChange(zone, atMs, atMs + SCAN_MS));
		offsets.push(offset);
	}
	const offsetMs = offsets.map((minutes) => minutes * MINUTE_MS);
	return { startEpochMs, timezone, sinceEpochMs, offsetMs, untilEpochMs };
}

/** The first instant with the later offset. */
function findChange(zone: IANAZone, beforeMs: number, afterMs: number): number {
	const later = zone.offset(afterMs);
	let low = Math.floor(beforeMs / QUARTER_MS);
	let high = Math.ceil(afterMs / QUARTER_MS);
	while (high - low > 1) {
		const middle = Math.floor((low + high) / 2);
		if (zone.offset(middle * QUARTER_MS) === later) high = middle;
		else low = middle;
	}
	return high * QUARTER_MS;
}

/**
 * Wall time as milliseconds since 1970-01-01 00:00 of the wall clock.
 *
 * @throws SimulationError past the 10 years
 */
export function wallMs(clock: LocalClock, timeUs: SimTime): number {
	const epochMs = clock.startEpochMs + Math.floor(timeUs / 1000);
	if (epochMs >= clock.untilEpochMs)
		throw new SimulationError(
			`Cannot tell the time in "${clock.timezone}" more than 10 years after the run's start`,
			{ timeUs },
		);
	let i = clock.sinceEpochMs.length - 1;
	while (i > 0 && (clock.sinceEpochMs[i] as number) > epochMs) i--;
	return epochMs + (clock.offsetMs[i] as number);
}

/** Hour of the day, 0 to 23. */
export function hourOf(wall: number): number {
	return Math.floor(wall / HOUR_MS) - 24 * Math.floor(wall / DAY_MS);
}

/** Day of the week, 0 (Sunday) to 6 (1970-01-01 was a Thursday). */
export function weekdayOf(wall: number): number {
	const day = Math.floor(wall / DAY_MS) + 4;
	return day - 7 * Math.floor(day / 7);
}

/** Whether it is Saturday or Sunday. */
export function isWeekend(wall: number): boolean {
	const weekday = weekdayOf(wall);
	return weekday === 0 || weekday === 6;
}

/** Month, 0 (January) to 11. */
export function monthOf(wall: number): number {
	return new Date(wall).getUTCMonth();
}
