import { cosDeg } from '../../feeds/sky/angles.ts';
import type { Irradiance } from '../../feeds/sky/irradiance.ts';
import type { SunPosition } from '../../feeds/sky/sun-position.ts';
import type { SolarConfig } from './config.ts';
import { perezSkyWm2 } from './perez.ts';
import {
	beamWm2,
	cosIncidence,
	groundWm2,
	hayDaviesSkyWm2,
	isotropicSkyWm2,
	type Orientation,
} from './transposition.ts';

/** How the light of the sky is carried over to the plane of the modules. */
export type Transposition = SolarConfig['transposition'];

/** The light and where it comes from. */
export interface LitSky {
	readonly light: Irradiance;
	readonly sun: SunPosition;
	/** Irradiance outside the atmosphere, W/m2. */
	readonly extraterrestrialWm2: number;
}

/** Light on the plane of the modules, W/m2. */
export interface PlaneLight {
	readonly beamWm2: number;
	readonly skyWm2: number;
	readonly groundWm2: number;
	/** Cosine of the angle between the beam and the modules' normal. */
	readonly cosAoi: number;
}

/** Light on a plane, by one of the transposition models. */
export function planeOfArray(
	{ light, sun, extraterrestrialWm2 }: LitSky,
	plane: Orientation,
	model: Transposition,
	albedo: number,
): PlaneLight {
	const cosAoi = cosIncidence(sun, plane);
	return {
		beamWm2: beamWm2(light.dni, cosAoi),
		skyWm2:
			model === 'hay-davies'
				? hayDaviesSkyWm2(light, extraterrestrialWm2, sun, plane)
				: model === 'perez'
					? perezSkyWm2(light, extraterrestrialWm2, sun, plane)
					: isotropicSkyWm2(light.dhi, plane.tiltDeg),
		groundWm2: groundWm2(light.ghi, albedo, plane.tiltDeg),
		cosAoi,
	};
}

/**
 * Light where hills or houses stand before the sun: without the beam when the sun is lower than they are.
 * Their shading of the diffuse light is left out.
 *
 * @param horizonDeg heights of the horizon at evenly spaced azimuths, clockwise from north, linear between
 */
export function behindHorizon(
	light: Irradiance,
	sun: SunPosition,
	horizonDeg: readonly number[],
): Irradiance {
	if (horizonDeg.length === 0) return light;
	const position = (((sun.azimuthDeg % 360) + 360) % 360) * (horizonDeg.length / 360);
	const below = Math.floor(position) % horizonDeg.length;
	const low = horizonDeg[below] as number;
	const high = horizonDeg[(below + 1) % horizonDeg.length] as number;
	const height = low + (position - Math.floor(position)) * (high - low);
	if (90 - sun.zenithDeg >= height) return light;
	const direct = light.dni * Math.max(0, cosDeg(sun.zenithDeg));
	return { ghi: Math.max(light.dhi, light.ghi - direct), dni: 0, dhi: light.dhi };
}
