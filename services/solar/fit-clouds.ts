import { type CloudSample, type CloudSeries, SAMPLES_PER_DAY } from './cloud-samples.ts';
import { type CloudShape, quantileAt } from './cloud-shape.ts';
import type { CloudStatistics } from './cloud-statistics.ts';
import { hermiteVariances, mehlerCovariance } from './hermite.ts';

/** Steps between tabulated quantiles. The outermost are the 0.5 % and 99.5 % ones: no single outlier. */
const QUANTILE_STEPS = 20;
const OUTERMOST = 0.005;
/** The darkest index of other months than the series'; darker than the series' own darkest in clear Junes. */
const DARKEST = 0.1;
/** Lags at which the autocorrelation of the index is matched: 5, 15, 30 minutes, 1, 2 and 4 hours. */
const LAGS = [1, 3, 6, 12, 24, 48];
/** What a mismatch of the spread of daily means weighs beside the autocorrelation's. */
const DAILY_STD_WEIGHT = 10;
const CELLS_PER_HOUR = 12;
/** Four weeks know a correlation of days to 0.2, about as much as ten places differ: half own, half common. */
const OWN_PERSISTENCE = 0.5;

const DAY_SHARES = Array.from({ length: 20 }, (_, i) => round(i * 0.05));
const FAST_HOURS = [0.25, 0.35, 0.5, 0.7, 1, 1.4, 2, 2.8, 4, 5.6];

interface Persistence {
	/** At LAGS. */
	readonly autocorrelations: readonly number[];
	readonly dailyMean: number;
	readonly dailyStd: number;
	readonly dailyLag1: number;
}

/** What a series says of its place's clouds. */
export interface FittedClouds {
	readonly shape: CloudShape;
	readonly measured: CloudStatistics['measured'];
	readonly fitted: CloudStatistics['fitted'];
}

/** The statistics of a series and the process' shape that comes nearest to them; `dayPersistence` is its own. */
export function fitClouds(series: CloudSeries): FittedClouds {
	const { samples } = series;
	const measured = measurePersistence(series);
	const indexQuantiles = weightedQuantiles(samples);
	const variances = hermiteVariances((p) => quantileAt(indexQuantiles, p));
	const overlap = overlaps(dayShape(samples));
	const dayPersistence = round(Math.min(0.8, Math.max(0, measured.dailyLag1)));
	let best = { error: Number.POSITIVE_INFINITY, dayShare: 0, fastHours: 1, model: measured };
	for (const dayShare of DAY_SHARES)
		for (const fastHours of FAST_HOURS) {
			const model = modelPersistence({ dayShare, fastHours }, variances, overlap);
			const error = mismatch(measured, model);
			if (error < best.error)
				best = { error, dayShare, fastHours, model: { ...measured, ...model } };
		}
	const { dayShare, fastHours, model } = best;
	return {
		shape: { indexQuantiles, dayShare, fastHours, dayPersistence },
		measured: measuredStatistics(series, measured),
		fitted: {
			lag1Autocorrelation: round(model.autocorrelations[0] as number),
			dailyIndexStd: round(model.dailyStd),
		},
	};
}

/** The mean of several places' shapes; times are averaged by their logarithms. */
export function meanShape(all: readonly CloudShape[]): CloudShape {
	const mean = (pick: (shape: CloudShape) => number) =>
		all.reduce((sum, shape) => sum + pick(shape), 0) / all.length;
	return {
		indexQuantiles: Array.from({ length: QUANTILE_STEPS + 1 }, (_, i) =>
			round(mean((shape) => shape.indexQuantiles[i] as number)),
		),
		dayShare: round(mean((shape) => shape.dayShare)),
		fastHours: round(Math.exp(mean((shape) => Math.log(shape.fastHours)))),
		dayPersistence: round(mean((shape) => shape.dayPersistence)),
	};
}

/** A shape with half of its own and half of the common correlation of days. */
export function withSharedPersistence(shape: CloudShape, common: CloudShape): CloudShape {
	const dayPersistence =
		OWN_PERSISTENCE * shape.dayPersistence + (1 - OWN_PERSISTENCE) * common.dayPersistence;
	return { ...shape, dayPersistence: round(dayPersistence) };
}

function round(value: number): number {
	return Math.round(value * 1000) / 1000;
}

type ModelPersistence = Pick<Persistence, 'autocorrelations' | 'dailyStd'>;

function mismatch(measured: Persistence, model: ModelPersistence): number {
	let error = 0;
	measured.autocorrelations.forEach((value, i) => {
		error += (value - (model.autocorrelations[i] as number)) ** 2;
	});
	return error + DAILY_STD_WEIGHT * (model.dailyStd / measured.dailyStd - 1) ** 2;
}

function weightedQuantiles(samples: readonly CloudSample[]): number[] {
	const sorted = [...samples].sort((a, b) => a.index - b.index);
	const total = sum(sorted, (sample) => sample.weight);
	const quantiles: number[] = [];
	let below = 0;
	let at = 0;
	for (let step = 0; step <= QUANTILE_STEPS; step++) {
		const probability = Math.min(1 - OUTERMOST, Math.max(OUTERMOST, step / QUANTILE_STEPS));
		while (at < sorted.length - 1) {
			const next = below + (sorted[at] as CloudSample).weight;
			if (next >= probability * total) break;
			below = next;
			at++;
		}
		quantiles.push(round((sorted[at] as CloudSample).index));
	}
	quantiles[0] = Math.min(DARKEST, quantiles[0] as number);
	return quantiles;
}

function measurePersistence({ samples, days }: CloudSeries): Persistence {
	const { mean, variance } = moments(samples);
	const byCell = new Map(samples.map((sample) => [sample.cell, sample]));
	const autocorrelations = LAGS.map((lag) => {
		let [covariance, weights] = [0, 0];
		for (const sample of samples) {
			const earlier = byCell.get(sample.cell - lag);
			if (earlier === undefined) continue;
			const weight = Math.sqrt(sample.weight * earlier.weight);
			covariance += weight * (sample.index - mean) * (earlier.index - mean);
			weights += weight;
		}
		return covariance / weights / variance;
	});
	const daily = days.map(({ day }) => moments(samples.filter((s) => s.day === day)).mean);
	const dailyMean = sum(daily, (value) => value) / daily.length;
	const dailyVariance = sum(daily, (value) => (value - dailyMean) ** 2) / (daily.length - 1);
	const lag1 = sum(
		daily.slice(1),
		(value, i) => (value - dailyMean) * ((daily[i] as number) - dailyMean),
	);
	return {
		autocorrelations,
		dailyMean,
		dailyStd: Math.sqrt(dailyVariance),
		dailyLag1: lag1 / (daily.length - 1) / dailyVariance,
	};
}

/** Share of each five-minute cell of the local solar day in the clear-sky energy. */
function dayShape(samples: readonly CloudSample[]): Float64Array {
	const shape = new Float64Array(SAMPLES_PER_DAY);
	const total = sum(samples, (sample) => sample.weight);
	for (const { slot, weight } of samples) shape[slot] = (shape[slot] as number) + weight / total;
	return shape;
}

function modelPersistence(
	{ dayShare, fastHours }: Pick<CloudShape, 'dayShare' | 'fastHours'>,
	variances: readonly number[],
	overlap: Float64Array,
): ModelPersistence {
	const covariance = (lag: number) =>
		mehlerCovariance(
			variances,
			dayShare + (1 - dayShare) * Math.exp(-lag / CELLS_PER_HOUR / fastHours),
		);
	const variance = covariance(0);
	let dailyVariance = 0;
	overlap.forEach((part, lag) => {
		if (part > 0) dailyVariance += (lag === 0 ? 1 : 2) * part * covariance(lag);
	});
	return {
		autocorrelations: LAGS.map((lag) => covariance(lag) / variance),
		dailyStd: Math.sqrt(dailyVariance),
	};
}

/** Sum over the day of the shape times the shape `lag` cells later, for each lag. */
function overlaps(shape: Float64Array): Float64Array {
	return shape.map((_, lag) => {
		let total = 0;
		for (let i = lag; i < shape.length; i++)
			total += (shape[i] as number) * (shape[i - lag] as number);
		return total;
	});
}

function measuredStatistics(
	{ samples, days }: CloudSeries,
	persistence: Persistence,
): CloudStatistics['measured'] {
	const { mean, variance } = moments(samples);
	const energy = days.map((day) => day.energyKwhPerKw);
	const energyMean = sum(energy, (value) => value) / energy.length;
	const energyVariance = sum(energy, (value) => (value - energyMean) ** 2) / (energy.length - 1);
	return {
		days: days.length,
		samples: samples.length,
		indexMean: round(mean),
		indexStd: round(Math.sqrt(variance)),
		lag1Autocorrelation: round(persistence.autocorrelations[0] as number),
		dailyMeanKwhPerKw: round(energyMean),
		dailyStdKwhPerKw: round(Math.sqrt(energyVariance)),
		dailyIndexMean: round(persistence.dailyMean),
		dailyIndexStd: round(persistence.dailyStd),
		dailyLag1Autocorrelation: round(persistence.dailyLag1),
	};
}

function moments(samples: readonly CloudSample[]): { mean: number; variance: number } {
	const total = sum(samples, (sample) => sample.weight);
	const mean = sum(samples, (sample) => sample.weight * sample.index) / total;
	const variance = sum(samples, (sample) => sample.weight * (sample.index - mean) ** 2) / total;
	return { mean, variance };
}

function sum<T>(values: readonly T[], pick: (value: T, i: number) => number): number {
	let total = 0;
	for (let i = 0; i < values.length; i++) total += pick(values[i] as T, i);
	return total;
}
