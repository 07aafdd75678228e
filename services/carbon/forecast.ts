import * as z from 'zod';
import type { Start } from '../../feeds/grid/reader.ts';
import { hourOf, makeLocalClock, wallMs } from '../../feeds/signal/local-clock.ts';
import { OtherwiseForecast } from '../../protocol/signals.ts';
import { HOUR_US } from '../../protocol/time.ts';

const HOUR_MS = HOUR_US / 1000;
const DAY_HOURS = 24;
const DAY_MS = DAY_HOURS * HOUR_MS;

const Expected = z.strictObject({ epochMs: z.int(), value: z.number() });

/** What an actor knows of its signal's future, and how many hours of it it reports. */
export const ForecastConfig = z.strictObject({
	hours: z.int().min(1).max(168),
	source: z.discriminatedUnion('type', [
		/** Forecasts as they were issued, in order of time; a point holds until the next, the last for `stepMs`. */
		z.strictObject({
			type: z.literal('issued'),
			made: z.array(z.strictObject({ madeAtMs: z.int(), points: z.array(Expected).min(1) })),
			stepMs: z.int().positive(),
			otherwise: OtherwiseForecast,
		}),
		/** Yesterday's same hour. */
		z.strictObject({ type: z.literal('persistence') }),
		/** Published each day at an hour of the local clock for the whole of the next day. */
		z.strictObject({ type: z.literal('day-ahead'), publishedHour: z.number().min(0).max(24) }),
		/** The signal itself: a tariff, or perfect foresight. */
		z.strictObject({ type: z.literal('future') }),
		/** What a feed that is followed foretells, and then what it gave a day before. */
		z.strictObject({ type: z.literal('feed') }),
	]),
});
export type ForecastConfig = z.infer<typeof ForecastConfig>;
/** One that follows from what is known before the run. */
export type KnownForecast = Omit<ForecastConfig, 'source'> & {
	readonly source: Exclude<ForecastConfig['source'], { type: 'feed' }>;
};
type Issued = Extract<ForecastConfig['source'], { type: 'issued' }>;

/** Whether it follows from what is known before the run, and from no feed. */
export function isKnownForecast(forecast: ForecastConfig): forecast is KnownForecast {
	return forecast.source.type !== 'feed';
}

/** The signal as it came to be. */
export interface Actual {
	/** The value at an instant within [firstMs, untilMs). */
	readonly at: (epochMs: number) => number;
	/** The mean over a span within it. */
	readonly mean: (fromMs: number, untilMs: number) => number;
	readonly firstMs: number;
	readonly untilMs: number;
}

/** Fills in what is expected of each hour, from the running hour of the clock on; NaN: nothing is. */
export type Forecaster = (nowMs: number, values: Float64Array) => void;

/**
 * Tells at any time what is known then, and nothing else: of the signal itself only hours that are over (and the
 * present value), unless it is published ahead or the scenario names the future itself.
 *
 * @param start of the run: no earlier time is asked for
 */
export function makeForecaster(
	{ source }: KnownForecast,
	actual: Actual,
	start: Start,
): Forecaster {
	const means = hourMeans(actual);
	const persist = persistence(means);
	switch (source.type) {
		case 'persistence':
			return (nowMs, values) => fill(values, nowMs, (hour) => persist(hour, nowMs), actual);
		case 'issued':
			return issuedForecaster(source, (hour, nowMs) =>
				source.otherwise === 'none' ? Number.NaN : orPresent(persist(hour, nowMs), nowMs, actual),
			);
		case 'future':
			return (nowMs, values) => {
				fill(values, nowMs, (hour) => orElse(means(hour), () => persist(hour, nowMs)), actual);
			};
		case 'day-ahead': {
			const knownUntilMs = publication(source.publishedHour, start);
			return (nowMs, values) => {
				const untilMs = knownUntilMs(nowMs);
				const known = (hour: number) =>
					(hour + 1) * HOUR_MS <= untilMs ? means(hour) : Number.NaN;
				fill(values, nowMs, (hour) => orElse(known(hour), () => persist(hour, nowMs)), actual);
			};
		}
	}
}

function orElse(value: number, other: () => number): number {
	return Number.isNaN(value) ? other() : value;
}

/** Where nothing is known of yesterday either, the present value is expected to last. */
function orPresent(value: number, nowMs: number, actual: Actual): number {
	return orElse(value, () => actual.at(nowMs));
}

function fill(
	values: Float64Array,
	nowMs: number,
	of: (hour: number) => number,
	actual: Actual,
): void {
	const first = Math.floor(nowMs / HOUR_MS);
	for (let k = 0; k < values.length; k++) values[k] = orPresent(of(first + k), nowMs, actual);
}

/** Mean of each hour since 1970, kept once it has been computed; NaN where the signal is not known throughout. */
function hourMeans({ mean: meanOf, firstMs, untilMs }: Actual): (hour: number) => number {
	const known = new Map<number, number>();
	return (hour) => {
		const fromMs = hour * HOUR_MS;
		if (fromMs < firstMs || fromMs + HOUR_MS > untilMs) return Number.NaN;
		let mean = known.get(hour);
		if (mean === undefined) {
			mean = meanOf(fromMs, fromMs + HOUR_MS);
			known.set(hour, mean);
		}
		return mean;
	};
}

/** The latest hour that is over and has the same time of day, by a clock that is not changed. */
function persistence(means: (hour: number) => number): (hour: number, nowMs: number) => number {
	return (hour, nowMs) => {
		const running = Math.floor(nowMs / HOUR_MS);
		const days = Math.max(1, Math.ceil((hour - running + 1) / DAY_HOURS));
		return means(hour - DAY_HOURS * days);
	};
}

function issuedForecaster(
	{ made, stepMs }: Issued,
	otherwise: (hour: number, nowMs: number) => number,
): Forecaster {
	// Only a memory: within an hour and a forecast nothing changes.
	let [index, hourOfMeans] = [Number.NaN, Number.NaN];
	let means = new Float64Array(0);
	return (nowMs, values) => {
		const latest = lastMade(made, nowMs);
		const first = Math.floor(nowMs / HOUR_MS);
		if (latest !== index || first !== hourOfMeans) {
			const points = made[latest]?.points ?? [];
			means = values.map((_, k) => expectedMean(points, (first + k) * HOUR_MS, stepMs));
			[index, hourOfMeans] = [latest, first];
		}
		for (let k = 0; k < values.length; k++)
			values[k] = orElse(means[k] as number, () => otherwise(first + k, nowMs));
	};
}

/** Index of the last one that was made by then; -1: none was. */
function lastMade(made: Issued['made'], nowMs: number): number {
	let [low, high] = [0, made.length];
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((made[middle] as Issued['made'][number]).madeAtMs <= nowMs) low = middle + 1;
		else high = middle;
	}
	return low - 1;
}

/** The mean over the part of an hour that a forecast covers; NaN if it covers none. */
function expectedMean(
	points: Issued['made'][number]['points'],
	fromMs: number,
	stepMs: number,
): number {
	const untilMs = fromMs + HOUR_MS;
	let [sum, covered] = [0, 0];
	for (let i = 0; i < points.length; i++) {
		const { epochMs, value } = points[i] as (typeof points)[number];
		if (epochMs >= untilMs) break;
		const endMs = points[i + 1]?.epochMs ?? epochMs + stepMs;
		const overlapMs = Math.min(untilMs, endMs) - Math.max(fromMs, epochMs);
		if (overlapMs <= 0) continue;
		sum += value * overlapMs;
		covered += overlapMs;
	}
	return sum / covered;
}

/** Until when prices are known: the end of this day, and once they are published the end of the next. */
function publication(publishedHour: number, start: Start): (nowMs: number) => number {
	const clock = makeLocalClock(start.startEpochMs, start.timezone);
	return (nowMs) => {
		const wall = wallMs(clock, (nowMs - clock.startEpochMs) * 1000);
		const today = Math.floor(wall / DAY_MS);
		const hour = hourOf(wall) + (wall % HOUR_MS) / HOUR_MS;
		const days = hour >= publishedHour ? 2 : 1;
		return nowMs + (today + days) * DAY_MS - wall;
	};
}
