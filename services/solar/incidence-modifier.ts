import { RADIANS } from '../../feeds/sky/angles.ts';

/** Refractive index of glass, its extinction per metre, its thickness in metres. */
const GLASS_INDEX = 1.526;
const GLASS_EXTINCTION_PER_M = 4;
const GLASS_THICKNESS_M = 0.002;

/** Glass alone, lit straight on. */
const PLAIN_NORMAL = transmittance(1, null);

/** Which model says how much light passes the glass. */
export type IncidenceModel =
	| { readonly type: 'physical'; readonly coatingIndex: number | null }
	| { readonly type: 'ashrae'; readonly b: number }
	| { readonly type: 'none' };

/** Light that passes the glass at an angle of incidence, relative to that at normal incidence. */
export function incidenceModifierOf(model: IncidenceModel, aoiDeg: number): number {
	switch (model.type) {
		case 'physical':
			return incidenceModifier(aoiDeg, model.coatingIndex);
		case 'ashrae':
			return ashraeModifier(aoiDeg, model.b);
		case 'none':
			return Math.abs(aoiDeg) >= 90 ? 0 : 1;
	}
}

/**
 * Souka and Safwat, Determination of the optimum orientations for the double-exposure flat-plate collector
 * and its reflections, Solar Energy 10, 1966; ASHRAE standard 93-77. `b` is usually 0.05.
 */
function ashraeModifier(aoiDeg: number, b: number): number {
	if (Math.abs(aoiDeg) >= 90) return 0;
	return Math.max(0, 1 - b * (1 / Math.cos(aoiDeg * RADIANS) - 1));
}

/**
 * Light that passes the module's glass at an angle of incidence, relative to that at normal incidence: 1 at
 * 0 degrees, 0 from 90. De Soto, Klein and Beckman, Improvement and validation of a model for photovoltaic
 * array performance, Solar Energy 80, 2006; Fresnel's equations, Snell's and Bouguer's laws.
 *
 * @param coatingIndex refractive index of an anti-reflective coating (1.29 is usual), null without
 */
export function incidenceModifier(aoiDeg: number, coatingIndex: number | null = null): number {
	if (Math.abs(aoiDeg) >= 90) return 0;
	const normal = coatingIndex === null ? PLAIN_NORMAL : transmittance(1, coatingIndex);
	return transmittance(Math.cos(aoiDeg * RADIANS), coatingIndex) / normal;
}

/** Transmittance of coating and glass, both polarisations averaged. */
function transmittance(cosIncident: number, coatingIndex: number | null): number {
	const coating = coatingIndex ?? GLASS_INDEX;
	const cosCoating = refractedCos(cosIncident, coating);
	const cosGlass = refractedCos(cosIncident, GLASS_INDEX);
	const perpendicular = passed(
		reflectance(cosIncident, coating * cosCoating),
		reflectance(coating * cosCoating, GLASS_INDEX * cosGlass),
	);
	const parallel = passed(
		reflectance(cosCoating, coating * cosIncident),
		reflectance(coating * cosGlass, GLASS_INDEX * cosCoating),
	);
	const absorbed = Math.exp((-GLASS_EXTINCTION_PER_M * GLASS_THICKNESS_M) / cosGlass);
	return ((parallel + perpendicular) / 2) * absorbed;
}

/** Cosine of the angle in a medium of light that comes from air; parallel layers do not change it (Snell). */
function refractedCos(cosInAir: number, index: number): number {
	return Math.sqrt(1 - (1 - cosInAir * cosInAir) / (index * index));
}

/** Fresnel's reflectance, from the products of index and cosine that belong to a polarisation. */
function reflectance(a: number, b: number): number {
	return ((a - b) / (a + b)) ** 2;
}

/** What gets through two surfaces, with the light that goes to and fro between: 1 + r + r^2 + ... */
function passed(first: number, second: number): number {
	return ((1 - first) * (1 - second)) / (1 - first * second);
}
