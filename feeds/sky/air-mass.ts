import { cosDeg } from './angles.ts';

const STANDARD_PRESSURE_PA = 101_325;

/**
 * Relative air mass: the path through the atmosphere in units of the vertical one. For zeniths up to 90
 * degrees; Infinity when the sun is down.
 * Kasten and Young, Revised optical air mass tables and approximation formula, Applied Optics 28, 1989.
 */
export function relativeAirMass(zenithDeg: number): number {
	if (zenithDeg > 90) return Number.POSITIVE_INFINITY;
	return 1 / (cosDeg(zenithDeg) + 0.50572 * (6.07995 + 90 - zenithDeg) ** -1.6364);
}

/** Air pressure at an altitude in the standard atmosphere, Pa (Portland State Aerospace Society, 2004). */
export function pressurePa(altitudeM: number): number {
	return 100 * ((44_331.514 - altitudeM) / 11_880.516) ** (1 / 0.1902632);
}

/** Air mass corrected for pressure. */
export function absoluteAirMass(relative: number, pressure: number): number {
	return (relative * pressure) / STANDARD_PRESSURE_PA;
}
