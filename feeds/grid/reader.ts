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
import { type Trace, type TraceOptions, traceAt, traceMean } from '../signal/trace.ts';
import type { DayProfile, SeriesPoint } from './grid-values.ts';

/** A grid signal over time. Pure: the same time always gives the same value. */
export interface Reader {
	/** Its value at an instant. */
	at(timeUs: SimTime): number;
	/** Its mean over [fromUs, untilUs), exact, and to the bit where it does not change. */
	mean(fromUs: SimTime, untilUs: SimTime): number;
}

const QUARTER_US = QUARTER_MS * 1000;

/** When and where time 0 is. */
export interface Start {
	readonly startEpochMs: number;
	readonly timezone: string;
}

/** A signal that never changes. */
export function constantReader(value: number): Reader {
	return { at: () => value, mean: () => value };
}

/** Reads a trace file now, to be sampled at any time of the run. */
export function traceReader(options: TraceOptions): Reader {
	return readerOf(loadTrace(options));
}

/** A signal of samples. */
export function readerOf(trace: Trace): Reader {
	return {
		at: (timeUs) => traceAt(trace, timeUs),
		mean: (fromUs, untilUs) => traceMean(trace, fromUs, untilUs),
	};
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
	return readerOf({
		name: 'series',
		fill: 'ffill',
		timesUs: Float64Array.from(points, (point) => (point.epochMs - startEpochMs) * 1000),
		values: Float64Array.from(points, (point) => point.value),
	});
}

/** A day profile, read by the wall clock of its time zone, or of the run's where it has none. */
export function profileReader(profile: DayProfile, start: Start): Reader {
	const clock = makeLocalClock(start.startEpochMs, profile.timezone ?? start.timezone);
	let quarter = Number.NaN;
	let value = 0;
	// Only a memory: steps are mostly shorter than the quarter of an hour in which the value cannot change.
	const at = (timeUs: SimTime): number => {
		const now = quarterOf(timeUs);
		if (now !== quarter) {
			quarter = now;
			value = profileAt(profile, clock, timeUs);
		}
		return value;
	};
	const quarterOf = (timeUs: SimTime) =>
		Math.floor((start.startEpochMs * 1000 + timeUs) / QUARTER_US);
	const mean = (fromUs: SimTime, untilUs: SimTime): number => {
		const first = at(fromUs);
		let more = 0;
		for (let from = fromUs; from < untilUs; ) {
			const end = (quarterOf(from) + 1) * QUARTER_US - start.startEpochMs * 1000;
			const until = Math.min(untilUs, end);
			more += (at(from) - first) * (until - from);
			from = until;
		}
		return more === 0 ? first : first + more / (untilUs - fromUs);
	};
	return { at, mean };
}

function profileAt(profile: DayProfile, clock: LocalClock, timeUs: SimTime): number {
	const wall = wallMs(clock, timeUs);
	const { monthlyFactor, seasons, holidays } = profile;
	const month = monthOf(wall);
	const { weekday, weekend } = seasons?.find(({ months }) => months.includes(month + 1)) ?? profile;
	const isOff = weekend !== null && (isWeekend(wall) || isHoliday(holidays, wall));
	const day = isOff ? weekend : weekday;
	return (day[hourOf(wall)] as number) * (monthlyFactor[month] as number);
}

function isHoliday(holidays: readonly string[] | undefined, wall: number): boolean {
	if (holidays === undefined) return false;
	const date = new Date(wall).toISOString().slice(0, 10);
	return holidays.includes(date) || holidays.includes(date.slice(5));
}

/** `2023-06-08T07:00:00.000Z`, for messages. */
export function isoInstant(epochMs: number): string {
	return new Date(epochMs).toISOString();
}
