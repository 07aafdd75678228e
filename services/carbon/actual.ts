import type { CarbonConfig, PriceConfig } from './config.ts';
import type { Actual } from './forecast.ts';
import { profileReader, type Reader } from './reader.ts';

/** Forecasts look back on this much at most. */
const BACK_MS = 8 * 86_400_000;

/**
 * A source as it came to be, for forecasts that look back on it: series and profiles also before the run's start,
 * traces from the start on.
 *
 * @param read the signal by simulated time
 */
export function actualOf(config: CarbonConfig | PriceConfig, read: Reader): Actual {
	const { source, startEpochMs, timezone } = config;
	const inRun = (epochMs: number) => read((epochMs - startEpochMs) * 1000);
	const always = {
		firstMs: Number.NEGATIVE_INFINITY,
		untilMs: Number.POSITIVE_INFINITY,
	};
	switch (source.type) {
		case 'constant':
			return { ...always, at: inRun };
		case 'profile': {
			// A clock that begins earlier than the run's: summer time may have begun the day before it.
			const earlier = startEpochMs - BACK_MS;
			const readEarlier = profileReader(source, { startEpochMs: earlier, timezone });
			return { ...always, at: (epochMs) => readEarlier((epochMs - earlier) * 1000) };
		}
		case 'series': {
			const { points, untilMs } = source;
			const firstMs = points[0]?.epochMs ?? startEpochMs;
			return { firstMs, untilMs: untilMs ?? Number.POSITIVE_INFINITY, at: at(points) };
		}
		case 'trace': {
			const { civil } = source;
			const endMs = civil === undefined ? startEpochMs : startEpochMs + civil.untilUs / 1000;
			return { firstMs: startEpochMs, untilMs: endMs, at: inRun };
		}
	}
}

/** The value that holds at an instant. */
function at(points: readonly { readonly epochMs: number; readonly value: number }[]) {
	return (epochMs: number): number => {
		let [low, high] = [0, points.length];
		while (low < high) {
			const middle = (low + high) >>> 1;
			if ((points[middle]?.epochMs ?? 0) <= epochMs) low = middle + 1;
			else high = middle;
		}
		return points[low - 1]?.value ?? Number.NaN;
	};
}
