import { absoluteAirMass, pressurePa, relativeAirMass } from './air-mass.ts';
import { RADIANS } from './angles.ts';
import { sapmCellC } from './cell-temperature.ts';
import { ineichen } from './clear-sky.ts';
import { cloudyIrradiance } from './cloudy-sky.ts';
import { extraterrestrialWm2 } from './extraterrestrial.ts';
import { incidenceModifier } from './incidence-modifier.ts';
import { DARK, type Irradiance } from './irradiance.ts';
import { INVERTER_EFFICIENCY, inverterAcW, pvwattsDcW } from './pvwatts.ts';
import { dayOfYear, type SunPosition, sunPosition } from './sun-position.ts';
import {
	beamWm2,
	cosIncidence,
	groundWm2,
	hayDaviesSkyWm2,
	type Orientation,
} from './transposition.ts';

/** A place on the ground. */
export interface Site {
	/** Degrees, north +. */
	readonly latitude: number;
	/** Degrees, east +. */
	readonly longitude: number;
	readonly altitudeM: number;
	readonly linkeTurbidity: number;
}

/** Modules, wiring and inverter. */
export interface PvSystem extends Orientation {
	/** DC nameplate at 1000 W/m2 and 25 degC, W. */
	readonly peakPowerW: number;
	/** Rated AC power, W; null means an inverter as large as the nameplate. */
	readonly inverterPowerW: number | null;
	/** Share of DC power lost before the inverter, percent. */
	readonly lossesPercent: number;
	readonly temperatureCoefficientPerK: number;
	/** Share of light that the ground reflects. */
	readonly albedo: number;
}

/** Air around the modules. */
export interface Air {
	readonly airC: number;
	readonly windMs: number;
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
	const sun = sunPosition(epochMs, site.latitude, site.longitude);
	return clearSkyOf(sun, extraterrestrialWm2(dayOfYear(epochMs)), site);
}

/** The cloudless sky for a given sun. */
export function clearSkyOf(sun: SunPosition, outsideWm2: number, site: Site): ClearSky {
	if (sun.zenithDeg >= 90) return { sun, extraterrestrialWm2: outsideWm2, clear: DARK };
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
 * Power and cell temperature of a PV system: Hay-Davies transposition, physical incidence modifier on the
 * direct part, SAPM cell temperature (open rack, glass-glass), PVWatts DC, losses and inverter.
 */
export function pvOutput(light: Irradiance, sky: ClearSky, system: PvSystem, air: Air): PvOutput {
	if (light.ghi <= 0) return { poaWm2: 0, effectiveWm2: 0, cellC: air.airC, dcW: 0, acW: 0 };
	const cosAoi = cosIncidence(sky.sun, system);
	const beam = beamWm2(light.dni, cosAoi);
	const diffuse =
		hayDaviesSkyWm2(light, sky.extraterrestrialWm2, sky.sun, system) +
		groundWm2(light.ghi, system.albedo, system.tiltDeg);
	const poaWm2 = beam + diffuse;
	const passed = beam > 0 ? beam * incidenceModifier(Math.acos(cosAoi) / RADIANS) : 0;
	const effectiveWm2 = passed + diffuse;
	const cellC = sapmCellC(poaWm2, air.airC, air.windMs);
	const { peakPowerW, temperatureCoefficientPerK } = system;
	const dcW =
		pvwattsDcW(effectiveWm2, cellC, peakPowerW, temperatureCoefficientPerK) *
		(1 - system.lossesPercent / 100);
	const ratedAcW = system.inverterPowerW ?? peakPowerW;
	return {
		poaWm2,
		effectiveWm2,
		cellC,
		dcW,
		acW: inverterAcW(dcW, ratedAcW / INVERTER_EFFICIENCY),
	};
}
