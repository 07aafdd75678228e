import { cosDeg, RADIANS, sinDeg } from '../../feeds/sky/angles.ts';
import type { Irradiance } from '../../feeds/sky/irradiance.ts';
import type { SunPosition } from '../../feeds/sky/sun-position.ts';

/** Which way a module faces. */
export interface Orientation {
	/** Degrees from horizontal. */
	readonly tiltDeg: number;
	/** Degrees clockwise from north. */
	readonly azimuthDeg: number;
}

/** A lower sun than this is taken to stand here when the beam is projected (89 degrees). */
const MIN_COS_ZENITH = 0.01745;

/**
 * Cosine of the angle between the sun's beam and the module's normal; negative behind it.
 * Duffie and Beckman, Solar Engineering of Thermal Processes, equation 1.6.3.
 */
export function cosIncidence(sun: SunPosition, module: Orientation): number {
	const { tiltDeg } = module;
	const projection =
		cosDeg(tiltDeg) * cosDeg(sun.zenithDeg) +
		sinDeg(tiltDeg) * sinDeg(sun.zenithDeg) * cosDeg(sun.azimuthDeg - module.azimuthDeg);
	return Math.min(1, Math.max(-1, projection));
}

/** Angle between the sun's beam and the module's normal, degrees. */
export function incidenceDeg(sun: SunPosition, module: Orientation): number {
	return Math.acos(cosIncidence(sun, module)) / RADIANS;
}

/** Direct light on the module, W/m2. */
export function beamWm2(dni: number, cosAoi: number): number {
	return dni * Math.max(0, cosAoi);
}

/** Light reflected by the ground onto the module, W/m2; the ground reflects evenly in all directions. */
export function groundWm2(ghi: number, albedo: number, tiltDeg: number): number {
	return (ghi * albedo * (1 - cosDeg(tiltDeg))) / 2;
}

/** Diffuse light on the module from an evenly bright sky, W/m2 (Liu and Jordan 1963). */
export function isotropicSkyWm2(dhi: number, tiltDeg: number): number {
	return (dhi * (1 + cosDeg(tiltDeg))) / 2;
}

/**
 * Diffuse light on the module when part of it comes from around the sun, W/m2.
 * Hay and Davies, Calculation of the solar radiation incident on an inclined surface, 1980.
 */
export function hayDaviesSkyWm2(
	light: Irradiance,
	extraterrestrialWm2: number,
	sun: SunPosition,
	module: Orientation,
): number {
	const anisotropy = light.dni / extraterrestrialWm2;
	const projection =
		Math.max(0, cosIncidence(sun, module)) / Math.max(cosDeg(sun.zenithDeg), MIN_COS_ZENITH);
	const isotropic = (1 + cosDeg(module.tiltDeg)) / 2;
	return light.dhi * (anisotropy * projection + (1 - anisotropy) * isotropic);
}
