import { getPosition } from 'suncalc';
import { pressurePa } from './air-mass.ts';
import { RADIANS } from './angles.ts';

/** Days from 1 March of the year 0 to 1970. */
const DAYS_TO_1970 = 719_468;
const DAYS_OF_400_YEARS = 146_097;

/** Where the sun stands, seen from a place on the ground. */
export interface SunPosition {
	/** Apparent (refracted) angle from the zenith, degrees; above 90 the sun is down. */
	readonly zenithDeg: number;
	/** Degrees clockwise from north. */
	readonly azimuthDeg: number;
	/** Angle from the zenith without refraction, degrees, where it is known. */
	readonly trueZenithDeg?: number;
}

/** The sun's upper edge is on the horizon: below this there is nothing to refract. */
const LOWEST_REFRACTED_DEG = -0.8333;

/**
 * The sun's position by suncalc 2 (Meeus, chapters 12, 16 and 25), within 0.02 degrees of NREL's SPA as pvlib
 * gives it, at every altitude and with the sun down too.
 *
 * @param epochMs milliseconds since 1970, UTC
 * @param refraction that of the site over that at sea level
 */
export function sunPosition(
	epochMs: number,
	latitude: number,
	longitude: number,
	refraction = 1,
): Required<SunPosition> {
	const { altitude, azimuth } = getPosition(new Date(epochMs), latitude, longitude);
	const trueDeg = altitude - suncalcRefractionDeg(altitude);
	const trueZenithDeg = 90 - trueDeg;
	let zenithDeg = 90 - altitude;
	if (trueDeg < LOWEST_REFRACTED_DEG) zenithDeg = trueZenithDeg;
	else if (trueDeg < 0 || refraction !== 1)
		zenithDeg = trueZenithDeg - refraction * refractionDeg(trueDeg);
	return { zenithDeg, azimuthDeg: azimuth, trueZenithDeg };
}

/** Where refraction is taken as at sea level: pressure is within 1.2 % of it, refraction within 0.006 degrees. */
const SEA_LEVEL_M = 100;

/** Refraction at an altitude over that at sea level: it goes with the density of the air (Meeus, chapter 16). */
export function refractionFactor(altitudeM: number): number {
	return Math.abs(altitudeM) < SEA_LEVEL_M ? 1 : pressurePa(altitudeM) / pressurePa(0);
}

/** Refraction at a true altitude (Meeus 16.4; Saemundsson, Sky and Telescope 72, 1986), degrees. */
function refractionDeg(trueDeg: number): number {
	return 1.02 / 60 / Math.tan((trueDeg + 10.26 / (trueDeg + 5.1)) * RADIANS);
}

/** What suncalc adds at true altitudes of 0 and less. */
const AT_HORIZON_DEG = refractionDeg(0);

/** The refraction that is in an apparent altitude of suncalc's, degrees. */
function suncalcRefractionDeg(apparentDeg: number): number {
	if (apparentDeg <= AT_HORIZON_DEG) return AT_HORIZON_DEG;
	let deg = refractionDeg(apparentDeg);
	// Each pass leaves less than an eighth of the error, far less with the sun higher: 1e-5 degrees at most.
	const passes = apparentDeg > 15 ? 1 : 4;
	for (let i = 0; i < passes; i++) deg = refractionDeg(apparentDeg - deg);
	return deg;
}

/** Day of the year in UTC, 1 to 366 (proleptic Gregorian calendar, counted from 1 March of its year). */
export function dayOfYear(epochMs: number): number {
	const days = Math.floor(epochMs / 86_400_000) + DAYS_TO_1970;
	const ofEra = days - Math.floor(days / DAYS_OF_400_YEARS) * DAYS_OF_400_YEARS;
	const year = Math.floor(
		(ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) /
			365,
	);
	const sinceMarch = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
	if (sinceMarch >= 306) return sinceMarch - 305;
	const isLeap = year % 4 === 0 && (year % 100 !== 0 || year === 0);
	return sinceMarch + (isLeap ? 61 : 60);
}
