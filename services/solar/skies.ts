import { clearDayKwhPerM2, clearDayWm2, solarOffsetMs } from '../../feeds/sky/clear-days.ts';
import { skyIrradiance } from '../../feeds/sky/site-sky.ts';
import { namedPrng, type Prng } from '../../kernel/actor/random.ts';
import { airAt } from './air-temperature.ts';
import { CELLS_PER_DAY, makeClouds } from './cloud-process.ts';
import type { SolarConfig } from './config.ts';
import { feedSky } from './feed-sky.ts';
import { fileSky } from './file-sky.ts';
import { powerSky } from './power-sky.ts';
import type { SkyPart, SkyReading, SkySource } from './sky-source.ts';

const US_PER_MS = 1000;

/** The sky that a configuration names. Files are read now. */
export function skySource(config: SolarConfig, random: (purpose: string) => Prng): SkySource {
	const { sky } = config;
	switch (sky.type) {
		case 'clear':
			return {
				givesPower: false,
				read: (_state, { sky: { clear }, middleMs }) => ({
					light: clear,
					air: airAt(config, middleMs),
					clearSkyIndex: 1,
					powerW: null,
				}),
			};
		case 'stochastic':
			return stochasticSky(config, sky, random);
		case 'trace':
			return powerSky(config, sky, (middleMs) => airAt(config, middleMs));
		case 'file':
			return fileSky(config, sky, (middleMs) => airAt(config, middleMs));
		case 'feed': {
			const { profile } = sky;
			const held = profile === null ? null : skySource({ ...config, sky: profile }, random);
			return feedSky(config, sky, held);
		}
	}
}

function stochasticSky(
	config: SolarConfig,
	sky: Extract<SolarConfig['sky'], { type: 'stochastic' }>,
	random: (purpose: string) => Prng,
): SkySource {
	const { longitude } = config;
	const { yearStream } = sky;
	const clouds = makeClouds({
		parameters: sky,
		random,
		// Named by the site and not by the plant: a good year is one for all its plants.
		years: yearStream === null ? null : (year) => namedPrng(`${yearStream}/${year}`),
		clearDay: (day) => clearDayWm2(day, CELLS_PER_DAY, config),
		clearDayKwhPerM2: (day) => clearDayKwhPerM2(day, config),
	});
	const solarUs = (config.startEpochMs + solarOffsetMs(longitude)) * US_PER_MS;
	const read = ({ fromUs, untilUs, middleMs, sky: clear }: SkyPart): SkyReading => {
		const clearSkyIndex = clouds.meanIndex(solarUs + fromUs, solarUs + untilUs);
		return {
			light: skyIrradiance(clear, clearSkyIndex),
			air: airAt(config, middleMs),
			clearSkyIndex,
			powerW: null,
		};
	};
	return { givesPower: false, read: (_state, part) => read(part) };
}
