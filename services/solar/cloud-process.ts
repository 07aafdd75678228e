import * as z from 'zod';
import type { Prng } from '../../kernel/actor/random.ts';
import { DAY_US, HOUR_US, MINUTE_US, type SimTime } from '../../protocol/time.ts';
import { CloudShape, dayMean, indexAt, levelFor } from './cloud-shape.ts';
import { drawnFactor } from './drawn-years.ts';

/** The weather changes on this grid of local solar time, whatever the actor's step. */
export const CELL_US = 5 * MINUTE_US;
export const CELLS_PER_DAY = DAY_US / CELL_US;
const CELLS_PER_HOUR = HOUR_US / CELL_US;
const DAY_MS = 86_400_000;
/** Days whose chance still shows in a day's: 0.8^20 is 1 %. */
const MEMORY_DAYS = 20;
const BISECTIONS = 40;
/** The most that days of a month may differ (standard deviations of the normal variable behind them). */
const SPREAD_MAX = 4;

/** What the clouds of a month must add up to. */
export const CloudMonth = z.strictObject({
	/** Mean of the days' global horizontal irradiation: the month's total is this times its days. */
	ghiKwhPerM2Day: z.number().positive().max(12),
	/** Standard deviation of the days' clear-sky index. */
	dailyIndexStd: z.number().nonnegative().max(0.6),
});
export type CloudMonth = z.infer<typeof CloudMonth>;

export const CloudParameters = z.strictObject({
	...CloudShape.shape,
	/** January first. */
	months: z.array(CloudMonth).length(12),
});
export type CloudParameters = z.infer<typeof CloudParameters>;

/** Clouds as a function of local solar time (microseconds since 1970). Any day can be asked for at any time. */
export interface Clouds {
	/** The mean clear-sky index over [fromUs, untilUs). */
	meanIndex(fromUs: SimTime, untilUs: SimTime): number;
}

/** What clouds are made of. */
export interface CloudSource {
	readonly parameters: CloudParameters;
	/** The random stream of a purpose. */
	random(purpose: string): Prng;
	/** The stream from which a year is drawn; null: every year is a typical one. */
	readonly years: ((year: number) => Prng) | null;
	/** Global horizontal irradiance under a cloudless sky in each cell of a day (days of solar time since 1970). */
	clearDay(day: number): Float64Array;
	/** The sum of such a day, kWh/m2. */
	clearDayKwhPerM2(day: number): number;
}

/**
 * Synthetic clouds in two steps. The days of a month: each has a normal number that remembers the days before
 * (first-order autoregression, from random streams named by the day); they are centred and scaled in the month
 * and turned into daily clear-sky indexes such that the month's total and the spread of its days are those of
 * `months`, or what is drawn for that month of that year. Within a day: a second autoregression, turned into the index of each five minutes by the quantiles of
 * the place, shifted such that the day has its index. So each month of a typical year has its known total, and a day
 * depends on nothing but the seed and the calendar. What is kept between calls only saves work.
 */
export function makeClouds(source: CloudSource): Clouds {
	const months = new Map<number, Float64Array>();
	const days = new Map<number, Float64Array>();
	const dayIndexes = (day: number): Float64Array => {
		const known = days.get(day);
		if (known !== undefined) return known;
		const first = firstOfMonth(day);
		const levels = months.get(first) ?? monthIndexes(source, first);
		if (months.size > 2) months.clear();
		months.set(first, levels);
		const cells = cellIndexes(source, day, levels[day - first] as number);
		if (days.size > 2) days.clear();
		days.set(day, cells);
		return cells;
	};
	return {
		meanIndex(fromUs, untilUs) {
			let sum = 0;
			let from = fromUs;
			while (from < untilUs) {
				const cell = Math.floor(from / CELL_US);
				const day = Math.floor(cell / CELLS_PER_DAY);
				const end = Math.min(untilUs, (cell + 1) * CELL_US);
				sum += (dayIndexes(day)[cell - day * CELLS_PER_DAY] as number) * (end - from);
				from = end;
			}
			return sum / (untilUs - fromUs);
		},
	};
}

function firstOfMonth(day: number): number {
	const date = new Date(day * DAY_MS);
	return Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) / DAY_MS;
}

/** Clear-sky index of each day of the month that begins on day `first`. */
function monthIndexes(source: CloudSource, first: number): Float64Array {
	const { parameters, random } = source;
	const date = new Date(first * DAY_MS);
	const month = date.getUTCMonth();
	const count = Date.UTC(date.getUTCFullYear(), month + 1) / DAY_MS - first;
	const { ghiKwhPerM2Day, dailyIndexStd } = parameters.months[month] as CloudMonth;
	const clearKwh = Float64Array.from({ length: count }, (_, i) =>
		source.clearDayKwhPerM2(first + i),
	);
	const total = clearKwh.reduce((sum, kwh) => sum + kwh, 0);
	if (total === 0) return new Float64Array(count).fill(1);
	const typical = (ghiKwhPerM2Day * count) / total;
	const statistics = { days: count, indexMean: typical, indexStd: dailyIndexStd };
	const { years } = source;
	const mean =
		years === null
			? typical
			: typical *
				drawnFactor(
					years,
					{ year: date.getUTCFullYear(), month },
					{ ...statistics, dayPersistence: parameters.dayPersistence },
				);
	const normals = standardised(dayNormals(parameters, random, first, count));
	const indexes = (spread: number) => {
		const level = shiftFor(mean, (shift) => {
			let sum = 0;
			for (let i = 0; i < count; i++)
				sum +=
					(clearKwh[i] as number) * dayMean(parameters, shift + spread * (normals[i] as number));
			return sum / total;
		});
		return normals.map((normal) => dayMean(parameters, level + spread * normal));
	};
	let [low, high] = [0, SPREAD_MAX];
	for (let i = 0; i < BISECTIONS / 2; i++) {
		const middle = (low + high) / 2;
		if (standardDeviation(indexes(middle)) < dailyIndexStd) low = middle;
		else high = middle;
	}
	return indexes((low + high) / 2);
}

function dayNormals(
	{ dayPersistence }: CloudParameters,
	random: CloudSource['random'],
	first: number,
	count: number,
): Float64Array {
	const normals = new Float64Array(count);
	let value = 0;
	for (let i = -MEMORY_DAYS; i < count; i++) {
		value = dayPersistence * value + random(`clouds/${first + i}`).normal();
		if (i >= 0) normals[i] = value;
	}
	return normals;
}

function cellIndexes({ parameters, random, clearDay }: CloudSource, day: number, mean: number) {
	const clear = clearDay(day);
	const prng = random(`clouds/${day}`);
	prng.normal();
	const keep = Math.exp(-1 / (parameters.fastHours * CELLS_PER_HOUR));
	const noise = Math.sqrt(1 - keep * keep);
	const spread = Math.sqrt(1 - parameters.dayShare);
	const fast = new Float64Array(CELLS_PER_DAY);
	let value = prng.normal();
	for (let i = 0; i < CELLS_PER_DAY; i++) {
		fast[i] = spread * value;
		value = keep * value + noise * prng.normal();
	}
	const total = clear.reduce((sum, wm2) => sum + wm2, 0);
	const level =
		total === 0
			? levelFor(parameters, mean)
			: shiftFor(mean, (shift) => {
					let sum = 0;
					for (let i = 0; i < CELLS_PER_DAY; i++) {
						const wm2 = clear[i] as number;
						if (wm2 > 0) sum += wm2 * indexAt(parameters, shift + (fast[i] as number));
					}
					return sum / total;
				});
	return fast.map((deviation) => indexAt(parameters, level + deviation));
}

/** Where a rising function has the value `target`; an end of its range if it has it nowhere. */
function shiftFor(target: number, rising: (shift: number) => number): number {
	let [low, high] = [-12, 12];
	for (let i = 0; i < BISECTIONS; i++) {
		const middle = (low + high) / 2;
		if (rising(middle) < target) low = middle;
		else high = middle;
	}
	return (low + high) / 2;
}

function standardised(values: Float64Array): Float64Array {
	const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
	const deviation = standardDeviation(values);
	return values.map((value) => (value - mean) / deviation);
}

function standardDeviation(values: Float64Array): number {
	const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
	const sum = values.reduce((total, value) => total + (value - mean) ** 2, 0);
	return Math.sqrt(sum / (values.length - 1));
}
