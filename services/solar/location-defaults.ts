import type { CloudParameters } from './cloud-process.ts';
import type { SolarConfig } from './config.ts';
import type { Location } from './location.ts';
import { INVERTER_EFFICIENCY } from './pvwatts.ts';

/**
 * Losses of the plants in the series that the cloud statistics come from: none, its clear days are met by
 * an ideal plant with PVWatts' inverter. PVWatts' own default is 14.0757 (see weather-data/README.md).
 */
const SERIES_LOSSES_PERCENT = 0;
/** PVWatts v8, standard module. */
const TEMPERATURE_COEFFICIENT_PER_K = -0.0037;
/** PVWatts' ground without snow. */
const ALBEDO = 0.2;

/** The chain of models unless a scenario says otherwise; with Perez it would be pvlib's "PVWatts". */
export const STANDARD_CHAIN = {
	tracker: null,
	clearSky: 'ineichen',
	transposition: 'hay-davies',
	incidence: { type: 'physical', coatingIndex: null },
	temperature: { type: 'sapm', rack: 'open-rack-glass-glass' },
	lowLightFraction: 0,
	inverterEfficiency: INVERTER_EFFICIENCY,
} as const satisfies Partial<SolarConfig>;

/** What of a run a solar actor's defaults depend on. */
export type SolarRun = Pick<SolarConfig, 'stepUs' | 'startEpochMs' | 'peakPowerW'>;

/**
 * A solar actor's configuration at a location under the given clouds. The air is that of the location's months.
 * Spread it and replace what differs (`lossesPercent: 14.0757` for PVWatts' estimate).
 */
export function solarConfigAt(
	location: Location,
	clouds: CloudParameters,
	run: SolarRun,
): SolarConfig {
	const { airMeanC, airDailyAmplitudeC, windMs } = location.climate;
	return {
		...STANDARD_CHAIN,
		horizonDeg: [],
		...run,
		latitude: location.latitude,
		longitude: location.longitude,
		altitudeM: location.altitudeM,
		tiltDeg: location.tiltDeg,
		azimuthDeg: location.azimuthDeg,
		inverterPowerW: null,
		lossesPercent: SERIES_LOSSES_PERCENT,
		temperatureCoefficientPerK: TEMPERATURE_COEFFICIENT_PER_K,
		linkeTurbidity: location.linkeTurbidity,
		airTemperature: {
			meanC: airMeanC,
			dailyAmplitudeC: airDailyAmplitudeC,
		},
		windMs,
		albedo: ALBEDO,
		sky: {
			type: 'stochastic',
			...clouds,
			yearStream: null,
		},
	};
}
