import { cosDeg } from './angles.ts';
import { DARK, type Irradiance } from './irradiance.ts';

/** What the clear-sky model needs to know of the sky. */
export interface ClearSkyInput {
	/** Apparent zenith of the sun, degrees. */
	readonly zenithDeg: number;
	/** Pressure-corrected air mass. */
	readonly absoluteAirMass: number;
	/** Linke turbidity at air mass 2: 2 very clean, 3 clean, 5 hazy. */
	readonly linkeTurbidity: number;
	readonly altitudeM: number;
	/** Extraterrestrial irradiance, W/m2. */
	readonly extraterrestrialWm2: number;
}

/**
 * Irradiance under a cloudless sky; dark when the sun is down.
 * Ineichen and Perez, A new airmass independent formulation for the Linke turbidity coefficient, Solar
 * Energy 73, 2002, without the enhancement factor exp(0.01 AM^1.8), as in Perez et al., Solar Energy 73, 2002.
 */
export function ineichen(sky: ClearSkyInput): Irradiance {
	const c = cosDeg(sky.zenithDeg);
	if (c <= 0) return DARK;
	const { altitudeM, linkeTurbidity: tl, absoluteAirMass: am, extraterrestrialWm2: i0 } = sky;
	const cg1 = 5.09e-5 * altitudeM + 0.868;
	const cg2 = 3.92e-5 * altitudeM + 0.0387;
	const fh1 = Math.exp(-altitudeM / 8000);
	const fh2 = Math.exp(-altitudeM / 1250);
	const ghi = cg1 * i0 * c * Math.exp(-cg2 * am * (fh1 + fh2 * (tl - 1)));
	const beam = i0 * (0.664 + 0.163 / fh1) * Math.exp(-0.09 * am * (tl - 1));
	const beamLimit = (ghi * (1 - (0.1 - 0.2 * Math.exp(-tl)) / (0.1 + 0.882 / fh1))) / c;
	const dni = Math.max(0, Math.min(beam, beamLimit));
	return { ghi, dni, dhi: ghi - dni * c };
}

/**
 * Global horizontal irradiance under a cloudless sky from the zenith alone, W/m2.
 * Haurwitz, Insolation in relation to cloudiness and cloud density, Journal of Meteorology 2, 1945.
 */
export function haurwitzGhiWm2(zenithDeg: number): number {
	const c = cosDeg(zenithDeg);
	return c <= 0 ? 0 : 1098 * c * Math.exp(-0.059 / c);
}
