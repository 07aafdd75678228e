import { atSeason } from '../../feeds/signal/monthly.ts';
import type { SolarConfig } from './config.ts';
import type { Air } from './pv-system.ts';

const HOUR_MS = 3_600_000;
/** The air is warmest about three hours after solar noon. */
const WARMEST_SOLAR_HOUR = 15;

/** A figure for all times, or of each month, January first, which then changes through the days between. */
export type Seasonal = number | readonly number[];

/** A day's air temperature. */
export interface AirTemperature {
	readonly meanC: Seasonal;
	/** Half of what lies between the coldest and the warmest hour. */
	readonly dailyAmplitudeC: Seasonal;
}

/** Air temperature at an instant, degC: a cosine over the day, warmest at 15:00 mean solar time. */
export function airTemperatureC(air: AirTemperature, epochMs: number, longitude: number): number {
	const solarHour = epochMs / HOUR_MS + longitude / 15;
	const phase = (2 * Math.PI * (solarHour - WARMEST_SOLAR_HOUR)) / 24;
	return seasonal(air.meanC, epochMs) + seasonal(air.dailyAmplitudeC, epochMs) * Math.cos(phase);
}

/** The air at an instant where no weather says it: under every sky and for the cooling of a facility the same. */
export function airAt(
	{
		airTemperature,
		windMs,
		longitude,
	}: Pick<SolarConfig, 'airTemperature' | 'windMs' | 'longitude'>,
	epochMs: number,
): Air {
	return {
		airC: airTemperatureC(airTemperature, epochMs, longitude),
		windMs: seasonal(windMs, epochMs),
	};
}

function seasonal(value: Seasonal, epochMs: number): number {
	return typeof value === 'number' ? value : atSeason(value, epochMs);
}
