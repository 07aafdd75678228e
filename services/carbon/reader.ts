import { ConfigError } from '../../protocol/errors.ts';
import type { SimTime } from '../../protocol/time.ts';
import { loadTrace } from '../signal/load.ts';
import {
	hourOf,
	isWeekend,
	type LocalClock,
	makeLocalClock,
	monthOf,
	QUARTER_MS,
	wallMs,
} from '../signal/local-clock.ts';
import { type Trace, type TraceOptions, traceAt } from '../signal/trace.ts';
import type { DayProfile, SeriesPoint } from './config.ts';

/** The value of a grid signal at one instant. Pure: the same time always gives the same value. */
export type Reader = (timeUs: SimTime) => number;

/** When and where time 0 is. */
export interface Start {
	readonly startEpochMs: number;
	readonly timezone: string;
}

/** Reads a trace file now, to be sampled at any time of the run. */
export function traceReader(options: TraceOptions): Reader {
	const trace = loadTrace(options);
	return (timeUs) => traceAt(trace, timeUs);
}

/**
 * A series of civil instants; the last value is held for ever.
 *
 * @throws ConfigError when the first point comes after the run's start
 */
export function seriesReader(points: readonly SeriesPoint[], { startEpochMs }: Start): Reader {
	const first = points[0];
	if (first === undefined || first.epochMs > startEpochMs)
		throw new ConfigError(
			`Cannot start at ${isoInstant(startEpochMs)} with a series: ` +
				`${first === undefined ? 'it is empty' : `its first point is at ${isoInstant(first.epochMs)}`}; ` +
				'start later or use a series that begins earlier',
		);
	const trace: Trace = {
		name: 'series',
		fill: 'ffill',
		timesUs: Float64Array.from(points, (point) => (point.epochMs - startEpochMs) * 1000),
		values: Float64Array.from(points, (point) => point.value),
	};
	return (timeUs) => traceAt(trace, timeUs);
}

/** A day profile, read by the wall clock of the time zone. */
export function profileReader(profile: DayProfile, start: Start): Reader {
	const clock = makeLocalClock(start.startEpochMs, start.timezone);
	let quarter = Number.NaN;
	let value = 0;
	// Only a memory: steps are mostly shorter than the quarter of an hour in which the value cannot change.
	return (timeUs) => {
		const now = Math.floor((start.startEpochMs * 1000 + timeUs) / (QUARTER_MS * 1000));
		if (now !== quarter) {
			quarter = now;
			value = profileAt(profile, clock, timeUs);
		}
		return value;
	};
}

function profileAt(profile: DayProfile, clock: LocalClock, timeUs: SimTime): number {
	const wall = wallMs(clock, timeUs);
	const { weekday, weekend, monthlyFactor } = profile;
	const day = weekend !== null && isWeekend(wall) ? weekend : weekday;
	return (day[hourOf(wall)] as number) * (monthlyFactor[monthOf(wall)] as number);
}

/** `2023-06-08T07:00:00.000Z`, for messages. */
export function isoInstant(epochMs: number): string {
	return new Date(epochMs).toISOString();
}
