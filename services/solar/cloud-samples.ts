import type { Trace } from '../../feeds/signal/trace.ts';
import { type ClearSky, clearSkyAt, skyIrradiance } from '../../feeds/sky/site-sky.ts';
import { DAY_US, HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import { airAt } from './air-temperature.ts';
import type { SolarConfig } from './config.ts';
import { type Air, pvOutput } from './pv-system.ts';

const US_PER_MS = 1000;
const SAMPLE_US = 5 * MINUTE_US;
/** Samples in a day, and cells of the cloud process: both are five minutes long. */
export const SAMPLES_PER_DAY = DAY_US / SAMPLE_US;
/** A lower sun, or less clear-sky power than this part of the peak, does not distinguish clouds from haze. */
const MAX_ZENITH_DEG = 80;
const MIN_CLEAR_PART = 0.03;
const MAX_INDEX = 1.3;
const BISECTIONS = 24;

/** Five minutes of a series, with the sun up. */
export interface CloudSample {
	/** Number of five-minute cell since the series' first, and of the local solar day since 1970. */
	readonly cell: number;
	readonly day: number;
	/** Cell within the local solar day. */
	readonly slot: number;
	/** The clear-sky index at which the plant would give the power measured. */
	readonly index: number;
	/** Its weight: the clear-sky power as a part of the peak. */
	readonly weight: number;
}

/** A measured day. */
export interface MeasuredDay {
	readonly day: number;
	readonly energyKwhPerKw: number;
}

/** A series of PV power, seen through the model of a plant. */
export interface CloudSeries {
	readonly samples: readonly CloudSample[];
	/** The full local solar days. */
	readonly days: readonly MeasuredDay[];
}

/**
 * Reads the clouds out of a series of PV power (fraction of peak, five-minute means, each ending at its
 * time): the clear-sky index at which the plant described by `plant` would give each value.
 */
export function cloudSeries(series: Trace, plant: SolarConfig): CloudSeries {
	const samples: CloudSample[] = [];
	const energy = new Map<number, { count: number; sum: number }>();
	series.timesUs.forEach((timeUs, cell) => {
		const middleUs = timeUs - SAMPLE_US / 2;
		const middleMs = plant.startEpochMs + middleUs / US_PER_MS;
		const solarUs = middleMs * US_PER_MS + (plant.longitude / 15) * HOUR_US;
		const day = Math.floor(solarUs / DAY_US);
		const power = series.values[cell] as number;
		const so = energy.get(day) ?? { count: 0, sum: 0 };
		energy.set(day, { count: so.count + 1, sum: so.sum + power });
		const sample = indexAndWeight(power, middleMs, plant);
		if (sample === null) return;
		samples.push({ cell, day, slot: Math.floor((solarUs - day * DAY_US) / SAMPLE_US), ...sample });
	});
	const days = [...energy]
		.filter(([, { count }]) => count === SAMPLES_PER_DAY)
		.map(([day, { sum }]) => ({ day, energyKwhPerKw: (sum * SAMPLE_US) / HOUR_US }));
	return { samples, days };
}

function indexAndWeight(
	power: number,
	middleMs: number,
	plant: SolarConfig,
): { index: number; weight: number } | null {
	const sky = clearSkyAt(middleMs, plant);
	if (sky.sun.zenithDeg > MAX_ZENITH_DEG) return null;
	const air = airAt(plant, middleMs);
	const part = (index: number) => plantPart(sky, index, plant, air);
	const weight = part(1);
	if (weight < MIN_CLEAR_PART) return null;
	let [low, high] = [0, MAX_INDEX];
	for (let i = 0; i < BISECTIONS; i++) {
		const middle = (low + high) / 2;
		if (part(middle) < power) low = middle;
		else high = middle;
	}
	return { index: (low + high) / 2, weight };
}

function plantPart(sky: ClearSky, index: number, plant: SolarConfig, air: Air): number {
	return pvOutput(skyIrradiance(sky, index), sky, plant, air).acW / plant.peakPowerW;
}
