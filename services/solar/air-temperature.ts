const HOUR_MS = 3_600_000;
/** The air is warmest about three hours after solar noon. */
const WARMEST_SOLAR_HOUR = 15;

/** A day's air temperature. */
export interface AirTemperature {
	readonly meanC: number;
	/** Half of what lies between the coldest and the warmest hour. */
	readonly dailyAmplitudeC: number;
}

/** Air temperature at an instant, degC: a cosine over the day, warmest at 15:00 mean solar time. */
export function airTemperatureC(air: AirTemperature, epochMs: number, longitude: number): number {
	const solarHour = epochMs / HOUR_MS + longitude / 15;
	const phase = (2 * Math.PI * (solarHour - WARMEST_SOLAR_HOUR)) / 24;
	return air.meanC + air.dailyAmplitudeC * Math.cos(phase);
}
