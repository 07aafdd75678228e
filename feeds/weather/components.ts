import { cosDeg } from '../sky/angles.ts';
import { erbs } from '../sky/erbs.ts';
import { extraterrestrialWm2 } from '../sky/extraterrestrial.ts';
import { dayOfYear, sunPosition } from '../sky/sun-position.ts';
import type { WeatherSeries } from './series.ts';

/** The least cosine of the zenith by which anything is divided (zenith 86.3 degrees). */
const MIN_COS_ZENITH = 0.065;
/** Instants of an interval at which the sun is asked; intervals of a few minutes take their middle. */
const SUNS_MAX = 6;
const SUN_EVERY_MS = 600_000;

/** What of a series its light is computed from. */
export type Intervals = Pick<WeatherSeries, 'firstMs' | 'stepMs' | 'count' | 'columns'>;

export interface Site {
	readonly latitude: number;
	readonly longitude: number;
}

/** Global, direct and diffuse irradiance of every interval, W/m2; NaN where nothing is known. */
export interface Light {
	readonly ghi: Float64Array;
	readonly dni: Float64Array;
	readonly dhi: Float64Array;
	/** What was derived from what; null when all was in the file. */
	readonly derived: string | null;
}

/**
 * All three components of irradiance from those that the file has: diffuse and direct from global by Erbs, global
 * from direct and diffuse, or the third of two by `ghi = dhi + dni cos(zenith)`. The zenith is the mean of the
 * interval. Null for a file that has too little.
 */
export function completeLight(series: Intervals, site: Site): Light | null {
	const { ghi, dni, dhi } = series.columns;
	if (ghi !== undefined && dni !== undefined && dhi !== undefined)
		return { ghi: positive(ghi), dni: positive(dni), dhi: positive(dhi), derived: null };
	const cosines = (ghi ?? dni) === undefined ? new Float64Array() : meanCosines(series, site);
	if (ghi !== undefined && dhi !== undefined)
		return {
			ghi: positive(ghi),
			dhi: positive(dhi),
			dni: ghi.map((value, i) => direct(value - (dhi[i] as number), cosines[i] as number)),
			derived: 'direct from global and diffuse',
		};
	if (dni !== undefined && dhi !== undefined)
		return {
			ghi: dhi.map((value, i) => Math.max(0, value + (dni[i] as number) * (cosines[i] as number))),
			dni: positive(dni),
			dhi: positive(dhi),
			derived: 'global from direct and diffuse',
		};
	if (ghi !== undefined && dni !== undefined)
		return {
			ghi: positive(ghi),
			dni: positive(dni),
			dhi: ghi.map((value, i) => Math.max(0, value - (dni[i] as number) * (cosines[i] as number))),
			derived: 'diffuse from global and direct',
		};
	return ghi === undefined ? null : byErbs(series, ghi, cosines);
}

function byErbs(series: Intervals, ghi: Float64Array, cosines: Float64Array): Light {
	const dni = new Float64Array(ghi.length);
	const dhi = new Float64Array(ghi.length);
	ghi.forEach((value, i) => {
		const middleMs = series.firstMs + (i + 0.5) * series.stepMs;
		const zenithDeg = Math.acos(Math.min(1, cosines[i] as number)) * (180 / Math.PI);
		const parts = erbs(Math.max(0, value), zenithDeg, extraterrestrialWm2(dayOfYear(middleMs)));
		dni[i] = parts.dni;
		dhi[i] = parts.dhi;
	});
	return { ghi: positive(ghi), dni, dhi, derived: 'direct and diffuse from global (Erbs)' };
}

/** Cosine of the true zenith, mean over each interval, nights as 0. */
function meanCosines({ firstMs, stepMs, count }: Intervals, site: Site): Float64Array {
	const suns = Math.min(SUNS_MAX, Math.max(1, Math.round(stepMs / SUN_EVERY_MS)));
	return Float64Array.from({ length: count }, (_, i) => {
		let sum = 0;
		for (let k = 0; k < suns; k++) {
			const atMs = firstMs + (i + (k + 0.5) / suns) * stepMs;
			sum += Math.max(0, cosDeg(sunPosition(atMs, site.latitude, site.longitude).zenithDeg));
		}
		return sum / suns;
	});
}

function direct(horizontalWm2: number, cosine: number): number {
	if (Number.isNaN(horizontalWm2)) return Number.NaN;
	return cosine < MIN_COS_ZENITH ? 0 : Math.max(0, horizontalWm2 / cosine);
}

function positive(values: Float64Array): Float64Array {
	return values.map((value) => Math.max(0, value));
}
