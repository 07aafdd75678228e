import { RADIANS } from '../../feeds/sky/angles.ts';
import type { Irradiance } from '../../feeds/sky/irradiance.ts';
import type { ClearSky } from '../../feeds/sky/site-sky.ts';
import { cellTemperatureC, type TemperatureModel } from './cell-temperature.ts';
import { type IncidenceModel, incidenceModifierOf } from './incidence-modifier.ts';
import { behindHorizon, planeOfArray, type Transposition } from './plane-of-array.ts';
import { inverterAcW, lowLightLossW, pvwattsDcW } from './pvwatts.ts';
import { type Tracker, trackedOrientation } from './tracker.ts';
import type { Orientation } from './transposition.ts';

/** Modules, wiring and inverter. */
export interface PvSystem extends Orientation {
	/** Turns the modules; null where tilt and azimuth are fixed. */
	readonly tracker: Tracker | null;
	/** Heights of the horizon at evenly spaced azimuths, clockwise from north, degrees; [] for none. */
	readonly horizonDeg: readonly number[];
	readonly transposition: Transposition;
	readonly incidence: IncidenceModel;
	readonly temperature: TemperatureModel;
	/** DC nameplate at 1000 W/m2 and 25 degC, W. */
	readonly peakPowerW: number;
	/** Rated AC power, W; null means an inverter as large as the nameplate. */
	readonly inverterPowerW: number | null;
	/** Of the inverter at its rated power, AC over DC. */
	readonly inverterEfficiency: number;
	/** Share of DC power lost before the inverter, percent. */
	readonly lossesPercent: number;
	readonly temperatureCoefficientPerK: number;
	/** Share of the power that the modules lose in dim light, at 200 W/m2. */
	readonly lowLightFraction: number;
	/** Share of light that the ground reflects. */
	readonly albedo: number;
}

/** Air around the modules. */
export interface Air {
	readonly airC: number;
	/** At 10 m. */
	readonly windMs: number;
	/** Share of light that the ground reflects now (snow), where the weather says; null: the system's. */
	readonly albedo?: number | null;
}

/** What a PV system makes of the light. */
export interface PvOutput {
	/** All light on the plane of the modules, W/m2. */
	readonly poaWm2: number;
	/** The part of it that passes the glass, W/m2. */
	readonly effectiveWm2: number;
	readonly cellC: number;
	/** DC power after losses, W. */
	readonly dcW: number;
	/** AC power, W. */
	readonly acW: number;
}

/**
 * Power and cell temperature of a PV system: horizon, transposition to the plane in which the modules stand,
 * incidence modifier on the direct part, cell temperature, PVWatts' DC power, losses and inverter.
 */
export function pvOutput(light: Irradiance, sky: ClearSky, system: PvSystem, air: Air): PvOutput {
	if (light.ghi <= 0) return { poaWm2: 0, effectiveWm2: 0, cellC: air.airC, dcW: 0, acW: 0 };
	const plane = system.tracker === null ? system : trackedOrientation(sky.sun, system.tracker);
	const { sun, extraterrestrialWm2: outsideWm2 } = sky;
	const seen = behindHorizon(light, sun, system.horizonDeg);
	const { beamWm2, skyWm2, groundWm2, cosAoi } = planeOfArray(
		{ light: seen, sun, extraterrestrialWm2: outsideWm2 },
		plane,
		system.transposition,
		air.albedo ?? system.albedo,
	);
	const diffuse = skyWm2 + groundWm2;
	const poaWm2 = beamWm2 + diffuse;
	const passed =
		beamWm2 > 0 ? beamWm2 * incidenceModifierOf(system.incidence, Math.acos(cosAoi) / RADIANS) : 0;
	const effectiveWm2 = passed + diffuse;
	const cellC = cellTemperatureC(system.temperature, poaWm2, air.airC, air.windMs);
	const { peakPowerW, temperatureCoefficientPerK, inverterEfficiency } = system;
	const grossW = pvwattsDcW(effectiveWm2, cellC, peakPowerW, temperatureCoefficientPerK);
	const dimW = lowLightLossW(effectiveWm2, peakPowerW, system.lowLightFraction);
	const dcW = Math.max(0, grossW - dimW) * (1 - system.lossesPercent / 100);
	const ratedAcW = system.inverterPowerW ?? peakPowerW;
	const acW = inverterAcW(dcW, ratedAcW / inverterEfficiency, inverterEfficiency);
	return { poaWm2, effectiveWm2, cellC, dcW, acW };
}
