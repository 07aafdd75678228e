/** Density for which power curves hold (IEC 61400-12-1), kg/m3. */
export const STANDARD_DENSITY_KG_M3 = 1.225;
/** Gas constant of dry air, J/(kg K). */
const GAS_CONSTANT = 287.05;
const ZERO_C_K = 273.15;

/**
 * Density of dry air, kg/m3: pressure of the standard atmosphere (ISO 2533) at the height above the sea, and
 * the temperature given. Moist air is at most 1 % thinner.
 */
export function airDensityKgM3(heightM: number, airC: number): number {
	const pressurePa = 101_325 * (1 - 2.25577e-5 * heightM) ** 5.25588;
	return pressurePa / (GAS_CONSTANT * (airC + ZERO_C_K));
}
