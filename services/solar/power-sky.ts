import { loadTrace } from '../../feeds/signal/load.ts';
import { traceAt, traceMean } from '../../feeds/signal/trace.ts';
import { skyIrradiance } from '../../feeds/sky/site-sky.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { SolarConfig } from './config.ts';
import { powerLimits } from './power-limits.ts';
import { type Air, pvOutput } from './pv-system.ts';
import type { SkyPart, SkyReading, SkySource } from './sky-source.ts';

/** Weather behind a given power is only guessed; no more than this is explained by cloud edges. */
const INDEX_MAX = 1.3;

/** A sky of which only the power that a plant made under it is known, from a trace. */
export function powerSky(
	config: SolarConfig,
	sky: Extract<SolarConfig['sky'], { type: 'trace' }>,
	airAt: (epochMs: number) => Air,
): SkySource {
	const { type: _type, unit, sampling, ...options } = sky;
	const trace = loadTrace(options);
	const limits = powerLimits(config.peakPowerW, unit);
	const wrong = trace.values.find((value) => value < limits.least || value > limits.most);
	if (wrong !== undefined)
		throw new ConfigError(
			`Cannot use ${trace.name} as solar power: it has the value ${wrong}, outside of ${limits.least} to ${limits.most}`,
		);
	const factor = unit === 'fraction' ? config.peakPowerW : 1;
	return {
		givesPower: true,
		read(_state, part) {
			const value =
				sampling === 'start'
					? traceAt(trace, part.fromUs)
					: traceMean(trace, part.fromUs, part.untilUs);
			return givenPower(value * factor, part, config, airAt(part.middleMs));
		},
	};
}

/** The weather that goes with a given power, taking power as proportional to the clear-sky index. */
export function givenPower(
	powerW: number,
	{ sky }: SkyPart,
	config: SolarConfig,
	air: Air,
): SkyReading {
	const clearW = pvOutput(sky.clear, sky, config, air).acW;
	const clearSkyIndex = clearW > 0 ? Math.max(0, Math.min(INDEX_MAX, powerW / clearW)) : 0;
	return { light: skyIrradiance(sky, clearSkyIndex), air, clearSkyIndex, powerW };
}
