import { cosDeg } from './angles.ts';
import type { Irradiance } from './irradiance.ts';

/** Below this the clearness index is not trusted: it would divide by nearly nothing. */
const MIN_COS_ZENITH = 0.065;
/** No direct light is derived when the sun stands lower than this. */
const MAX_ZENITH_DEG = 87;

/**
 * Splits global irradiance into direct and diffuse.
 * Erbs, Klein and Duffie, Estimation of the diffuse radiation fraction, Solar Energy 28, 1982.
 *
 * @param ghi global horizontal irradiance, W/m2
 * @param extraterrestrialWm2 irradiance outside the atmosphere, W/m2
 */
export function erbs(ghi: number, zenithDeg: number, extraterrestrialWm2: number): Irradiance {
	const c = cosDeg(zenithDeg);
	const kt = clearnessIndex(ghi, zenithDeg, extraterrestrialWm2);
	const dhi = ghi * diffuseFraction(kt);
	const dni = (ghi - dhi) / c;
	return zenithDeg > MAX_ZENITH_DEG || dni < 0 ? { ghi, dni: 0, dhi: ghi } : { ghi, dni, dhi };
}

/** Global irradiance as a fraction of that outside the atmosphere, 0 to 1. */
export function clearnessIndex(
	ghi: number,
	zenithDeg: number,
	extraterrestrialWm2: number,
): number {
	const horizontal = extraterrestrialWm2 * Math.max(cosDeg(zenithDeg), MIN_COS_ZENITH);
	return Math.min(1, Math.max(0, ghi / horizontal));
}

function diffuseFraction(kt: number): number {
	if (kt <= 0.22) return 1 - 0.09 * kt;
	if (kt > 0.8) return 0.165;
	return 0.9511 - 0.1604 * kt + 4.388 * kt ** 2 - 16.638 * kt ** 3 + 12.336 * kt ** 4;
}
