import type { SimTime } from '../../protocol/time.ts';
import type { Prng } from '../actor/random.ts';
import { airTemperatureC } from './air-temperature.ts';
import { clearDayKwhPerM2, clearDayWm2, solarOffsetMs } from './clear-days.ts';
import { atSeason } from './climate.ts';
import { CELLS_PER_DAY, makeClouds } from './cloud-process.ts';
import type { SolarConfig } from './config.ts';
import { fileSky } from './file-sky.ts';
import type { Irradiance } from './irradiance.ts';
import { powerSky } from './power-sky.ts';
import { type Air, type ClearSky, skyIrradiance } from './pv-system.ts';

const US_PER_MS = 1000;

/** A step of the actor, with the cloudless sky in its middle. */
export interface SkyStep {
	readonly fromUs: SimTime;
	readonly untilUs: SimTime;
	readonly middleMs: number;
	readonly sky: ClearSky;
}

/** What the sky does in a step: mean irradiance, air and wind at 10 m; the AC power if that is what is known. */
export interface SkyReading {
	readonly light: Irradiance;
	readonly air: Air;
	/** The clear-sky index behind it. */
	readonly index: number;
	readonly powerW: number | null;
}

/** A function of the step alone: any step may be asked for at any time. */
export type SkyModel = (step: SkyStep) => SkyReading;

/** The sky that a configuration asks for. Files are read now. */
export function skyModel(config: SolarConfig, random: (purpose: string) => Prng): SkyModel {
	const { sky } = config;
	switch (sky.type) {
		case 'clear':
			return ({ sky: { clear }, middleMs }) => ({
				light: clear,
				air: airOf(config, middleMs),
				index: 1,
				powerW: null,
			});
		case 'stochastic':
			return stochasticSky(config, sky, random);
		case 'trace':
			return powerSky(config, sky, (middleMs) => airOf(config, middleMs));
		case 'file':
			return fileSky(config, sky, (middleMs) => airOf(config, middleMs));
	}
}

function airOf({ airTemperature, windMs, longitude }: SolarConfig, epochMs: number): Air {
	return { airC: airTemperatureC(airTemperature, epochMs, longitude), windMs };
}

function stochasticSky(
	config: SolarConfig,
	sky: Extract<SolarConfig['sky'], { type: 'stochastic' }>,
	random: (purpose: string) => Prng,
): SkyModel {
	const { longitude } = config;
	const clouds = makeClouds({
		parameters: sky,
		random,
		clearDay: (day) => clearDayWm2(day, CELLS_PER_DAY, config),
		clearDayKwhPerM2: (day) => clearDayKwhPerM2(day, config),
	});
	const solarUs = (config.startEpochMs + solarOffsetMs(longitude)) * US_PER_MS;
	return ({ fromUs, untilUs, middleMs, sky: clear }) => {
		const index = clouds.meanIndex(solarUs + fromUs, solarUs + untilUs);
		const air = {
			meanC: atSeason(sky.airMeanC, middleMs),
			dailyAmplitudeC: atSeason(sky.airDailyAmplitudeC, middleMs),
		};
		return {
			light: skyIrradiance(clear, index),
			air: {
				airC: airTemperatureC(air, middleMs, longitude),
				windMs: atSeason(sky.windMs, middleMs),
			},
			index,
			powerW: null,
		};
	};
}
