import { relativeAirMass } from '../../feeds/sky/air-mass.ts';
import { cosDeg, RADIANS, sinDeg } from '../../feeds/sky/angles.ts';
import type { Irradiance } from '../../feeds/sky/irradiance.ts';
import type { SunPosition } from '../../feeds/sky/sun-position.ts';
import { cosIncidence, type Orientation } from './transposition.ts';

/** Upper limits of the sky clearness bins; the last bin has none. */
const CLEARNESS_LIMITS = [1.065, 1.23, 1.5, 1.95, 2.8, 4.5, 6.2];

/** f11 f12 f13 f21 f22 f23 of each bin, the "all sites composite 1990" set. */
const COEFFICIENTS = [
	[-0.008, 0.588, -0.062, -0.06, 0.072, -0.022],
	[0.13, 0.683, -0.151, -0.019, 0.066, -0.029],
	[0.33, 0.487, -0.221, 0.055, -0.064, -0.026],
	[0.568, 0.187, -0.295, 0.109, -0.152, -0.014],
	[0.873, -0.392, -0.362, 0.226, -0.462, 0.001],
	[1.132, -1.237, -0.412, 0.288, -0.823, 0.056],
	[1.06, -1.6, -0.359, 0.264, -1.127, 0.131],
	[0.678, -0.327, -0.25, 0.156, -1.377, 0.251],
] as const;

/**
 * Diffuse light on the module with a brighter ring around the sun and a brighter horizon, W/m2; 0 when the
 * sun is down. Perez, Ineichen, Seals, Michalsky and Stewart, Modeling daylight availability and irradiance
 * components from direct and global irradiance, Solar Energy 44, 1990.
 */
export function perezSkyWm2(
	light: Irradiance,
	extraterrestrialWm2: number,
	sun: SunPosition,
	module: Orientation,
): number {
	if (sun.zenithDeg > 90 || light.dhi <= 0) return 0;
	const zenith = sun.zenithDeg * RADIANS;
	const brightness = (light.dhi * relativeAirMass(sun.zenithDeg)) / extraterrestrialWm2;
	const [f11, f12, f13, f21, f22, f23] = coefficients(light, zenith);
	const circumsolar = Math.max(0, f11 + f12 * brightness + f13 * zenith);
	const horizon = f21 + f22 * brightness + f23 * zenith;
	const projection =
		Math.max(0, cosIncidence(sun, module)) / Math.max(cosDeg(sun.zenithDeg), cosDeg(85));
	const sky =
		((1 - circumsolar) * (1 + cosDeg(module.tiltDeg))) / 2 +
		circumsolar * projection +
		horizon * sinDeg(module.tiltDeg);
	return Math.max(0, light.dhi * sky);
}

function coefficients(light: Irradiance, zenith: number): (typeof COEFFICIENTS)[number] {
	const cubed = 1.041 * zenith ** 3;
	const clearness = ((light.dhi + light.dni) / light.dhi + cubed) / (1 + cubed);
	const bin = CLEARNESS_LIMITS.findIndex((limit) => clearness < limit);
	return COEFFICIENTS[bin === -1 ? CLEARNESS_LIMITS.length : bin] as (typeof COEFFICIENTS)[number];
}
