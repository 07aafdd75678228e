import { ConfigError } from '../../protocol/errors.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { SolarConfig } from '../../services/solar/config.ts';
import { monthlyTurbidity } from '../../services/solar/locations.ts';
import { totalLossesPercent } from '../../services/solar/pvwatts.ts';
import type { WindConfig } from '../../services/wind/config.ts';
import { inCalendar } from './in-calendar.ts';
import type { Frame } from './plan.ts';
import { traceUnit, WIND } from './trace-units.ts';

type Solar = Scenario['solar'][number];
type Wind = Scenario['wind'][number];

/**
 * How a plant makes power of light: what the scenario says, and the location's defaults where it is silent.
 *
 * @throws ConfigError for a tracker with a fixed tilt or azimuth
 */
export function withChain(solar: Solar, defaults: SolarConfig, frame: Frame): SolarConfig {
	const { lossesPercent, incidence, temperature } = solar;
	return {
		...defaults,
		inverterPowerW: solar.inverterPowerW,
		inverterEfficiency: solar.inverterEfficiency,
		tiltDeg: solar.tiltDeg ?? defaults.tiltDeg,
		azimuthDeg: solar.azimuthDeg ?? defaults.azimuthDeg,
		tracker: trackerOf(solar),
		horizonDeg: solar.horizonDeg,
		clearSky: solar.clearSky,
		linkeTurbidity: turbidityOf(solar, defaults, frame),
		transposition: solar.transposition,
		albedo: solar.albedo,
		incidence,
		temperature,
		temperatureCoefficientPerK: solar.temperatureCoefficientPerK,
		lowLightFraction: solar.lowLightFraction,
		lossesPercent:
			typeof lossesPercent === 'object'
				? totalLossesPercent(lossesPercent)
				: (lossesPercent ?? defaults.lossesPercent),
	};
}

/** Stochastic clouds were fitted with the location's own; elsewhere a clear sky has that of the month. */
function turbidityOf(
	{ linkeTurbidity, sky }: Solar,
	defaults: SolarConfig,
	{ location }: Frame,
): SolarConfig['linkeTurbidity'] {
	const isUnfitted = location.statistics === 'latitude' && sky.type === 'clear';
	const asked = linkeTurbidity ?? (isUnfitted ? 'monthly' : defaults.linkeTurbidity);
	return asked === 'monthly' ? monthlyTurbidity(location) : asked;
}

function trackerOf({ name, mounting, tiltDeg, azimuthDeg }: Solar): SolarConfig['tracker'] {
	if (mounting.type === 'fixed') return null;
	if (tiltDeg !== undefined || azimuthDeg !== undefined)
		throw new ConfigError(
			`Cannot turn plant "${name}" after the sun: it has a fixed ${tiltDeg === undefined ? 'azimuthDeg' : 'tiltDeg'}; ` +
				'leave it out, or give mounting.axisTiltDeg and mounting.axisAzimuthDeg',
		);
	const { type: _, ...tracker } = mounting;
	return tracker;
}

function traceSpeed(speed: Extract<Wind['speed'], { type: 'trace' }>, frame: Frame) {
	const { unit: _unit, ...trace } = speed;
	const { scale } = traceUnit(speed, WIND);
	return inCalendar({ ...trace, scale }, frame);
}

/** A wind turbine at the run's location; its wind has the location's monthly means unless the scenario has others. */
export function windConfig(wind: Wind, frame: Frame): WindConfig {
	const { stepUs, startEpochMs, location } = frame;
	const { name: _, speed, ...turbine } = wind;
	return {
		...turbine,
		stepUs,
		startEpochMs,
		longitude: location.longitude,
		altitudeM: location.altitudeM,
		airMeanC: [...location.climate.airMeanC],
		source:
			speed.type === 'stochastic'
				? { ...speed, meanMs: speed.meanMs ?? [...location.climate.windMs] }
				: speed.type === 'trace'
					? traceSpeed(speed, frame)
					: speed,
	};
}
