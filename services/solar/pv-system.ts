import { dailyFromMonthly } from '../../feeds/signal/monthly.ts';
import { absoluteAirMass, pressurePa, relativeAirMass } from '../../feeds/sky/air-mass.ts';
import { RADIANS } from '../../feeds/sky/angles.ts';
import { haurwitzGhiWm2, ineichen } from '../../feeds/sky/clear-sky.ts';
import { cloudyIrradiance } from '../../feeds/sky/cloudy-sky.ts';
import { erbs } from '../../feeds/sky/erbs.ts';
import { extraterrestrialWm2 } from '../../feeds/sky/extraterrestrial.ts';
import { DARK, type Irradiance } from '../../feeds/sky/irradiance.ts';
import {
	dayOfYear,
	refractionFactor,
	type SunPosition,
	sunPosition,
} from '../../feeds/sky/sun-position.ts';
import { cellTemperatureC, type TemperatureModel } from './cell-temperature.ts';
import { type IncidenceModel, incidenceModifierOf } from './incidence-modifier.ts';
import { behindHorizon, planeOfArray, type Transposition } from './plane-of-array.ts';
import { inverterAcW, lowLightLossW, pvwattsDcW } from './pvwatts.ts';
import { type Tracker, trackedOrientation } from './tracker.ts';
import type { Orientation } from './transposition.ts';

/** Which model says how bright a cloudless sky is. */
export type ClearSkyModel = 'ineichen' | 'haurwitz';

/** A place on the ground. */
export interface Site {
	/** Degrees, north +. */
	readonly latitude: number;
	/** Degrees, east +. */
	readonly longitude: number;
	readonly altitudeM: number;
	/** Ineichen and Perez' unless said. */
	readonly clearSky?: ClearSkyModel;
	/** Of the year, or of each month, January first. */
	readonly linkeTurbidity: number | readonly number[];
}

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

/** The cloudless sky at one instant. */
export interface ClearSky {
	readonly sun: SunPosition;
	/** Irradiance outside the atmosphere, W/m2. */
	readonly extraterrestrialWm2: number;
	readonly clear: Irradiance;
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

/** The cloudless sky over a site at an instant (milliseconds since 1970, UTC). */
export function clearSkyAt(epochMs: number, site: Site): ClearSky {
	const sun = sunAt(epochMs, site);
	const outsideWm2 = extraterrestrialWm2(dayOfYear(epochMs));
	if (sun.zenithDeg >= 90) return { sun, extraterrestrialWm2: outsideWm2, clear: DARK };
	const { linkeTurbidity } = site;
	return clearSkyOf(sun, outsideWm2, {
		...site,
		linkeTurbidity:
			typeof linkeTurbidity === 'number'
				? linkeTurbidity
				: dailyFromMonthly(linkeTurbidity, epochMs),
	});
}

/** The sun over a site, refracted by the air that lies above it. */
export function sunAt(epochMs: number, site: Site): SunPosition {
	const { latitude, longitude, altitudeM } = site;
	return sunPosition(epochMs, latitude, longitude, refractionFactor(altitudeM));
}

/** What the cloudless sky depends on, beside the sun, on a day. */
export type SkySite = Pick<Site, 'altitudeM' | 'clearSky'> & { readonly linkeTurbidity: number };

/** The cloudless sky for a given sun. */
export function clearSkyOf(sun: SunPosition, outsideWm2: number, site: SkySite): ClearSky {
	if (sun.zenithDeg >= 90) return { sun, extraterrestrialWm2: outsideWm2, clear: DARK };
	if (site.clearSky === 'haurwitz') {
		const { zenithDeg, trueZenithDeg = zenithDeg } = sun;
		const clear = erbs(haurwitzGhiWm2(zenithDeg), trueZenithDeg, outsideWm2);
		return { sun, extraterrestrialWm2: outsideWm2, clear };
	}
	const clear = ineichen({
		zenithDeg: sun.zenithDeg,
		absoluteAirMass: absoluteAirMass(relativeAirMass(sun.zenithDeg), pressurePa(site.altitudeM)),
		linkeTurbidity: site.linkeTurbidity,
		altitudeM: site.altitudeM,
		extraterrestrialWm2: outsideWm2,
	});
	return { sun, extraterrestrialWm2: outsideWm2, clear };
}

/** Light under clouds: the sky's irradiance at a clear-sky index (1 is cloudless). */
export function skyIrradiance(sky: ClearSky, clearSkyIndex: number): Irradiance {
	return cloudyIrradiance(sky.clear, clearSkyIndex, sky);
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
