/** The solar constant used with Spencer's series, W/m2. */
const SOLAR_CONSTANT_WM2 = 1366.1;

/**
 * Irradiance on a plane facing the sun outside the atmosphere, W/m2.
 * Spencer, Fourier series representation of the position of the sun, Search 2(5), 1971.
 *
 * @param doy day of the year, 1 to 366
 */
export function extraterrestrialWm2(doy: number): number {
	const b = (2 * Math.PI * (doy - 1)) / 365;
	return (
		SOLAR_CONSTANT_WM2 *
		(1.00011 +
			0.034221 * Math.cos(b) +
			0.00128 * Math.sin(b) +
			0.000719 * Math.cos(2 * b) +
			0.000077 * Math.sin(2 * b))
	);
}
