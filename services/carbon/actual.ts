import { profileReader, type Reader, readerOf } from '../../feeds/grid/reader.ts';
import type { KnownConfig } from './config.ts';
import type { Actual } from './forecast.ts';

/** Forecasts look back on this much at most. */
const BACK_MS = 8 * 86_400_000;

/**
 * A source as it came to be, for forecasts that look back on it: series and profiles also before the run's start,
 * traces from the start on.
 *
 * @param reader the signal by simulated time
 */
export function actualOf(config: KnownConfig, reader: Reader): Actual {
	const { source, startEpochMs, timezone } = config;
	const always = {
		firstMs: Number.NEGATIVE_INFINITY,
		untilMs: Number.POSITIVE_INFINITY,
	};
	switch (source.type) {
		case 'constant':
			return { ...always, ...inCalendar(reader, startEpochMs) };
		case 'profile': {
			// A clock that begins earlier than the run's: summer time may have begun the day before it.
			const earlier = startEpochMs - BACK_MS;
			const readEarlier = profileReader(source, { startEpochMs: earlier, timezone });
			return { ...always, ...inCalendar(readEarlier, earlier) };
		}
		case 'series': {
			const { points, untilMs } = source;
			const firstMs = points[0]?.epochMs ?? startEpochMs;
			const series = readerOf({
				name: 'series',
				fill: 'ffill',
				timesUs: Float64Array.from(points, ({ epochMs }) => (epochMs - firstMs) * 1000),
				values: Float64Array.from(points, ({ value }) => value),
			});
			return {
				firstMs,
				untilMs: untilMs ?? Number.POSITIVE_INFINITY,
				...inCalendar(series, firstMs),
			};
		}
		case 'trace': {
			const { civil } = source;
			const endMs = civil === undefined ? startEpochMs : startEpochMs + civil.untilUs / 1000;
			return { firstMs: startEpochMs, untilMs: endMs, ...inCalendar(reader, startEpochMs) };
		}
	}
}

/** The same by instants of the calendar. */
function inCalendar(reader: Reader, zeroMs: number): Pick<Actual, 'at' | 'mean'> {
	return {
		at: (epochMs) => reader.at((epochMs - zeroMs) * 1000),
		mean: (fromMs, untilMs) => reader.mean((fromMs - zeroMs) * 1000, (untilMs - zeroMs) * 1000),
	};
}
