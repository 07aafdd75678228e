/** Seconds of a year of 365 days, as lifetimes are given. */
const YEAR_S = 365 * 86_400;

/**
 * Scope 3: the share of the hardware's making that falls to a time of use, g of CO2eq. Straight-line over its
 * life; held hardware counts whether it works or not.
 *
 * @param embodiedKg of one device
 */
export function embodiedG(
	devices: number,
	embodiedKg: number,
	lifetimeYears: number,
	heldS: number,
): number {
	return (devices * embodiedKg * 1000 * heldS) / (lifetimeYears * YEAR_S);
}
