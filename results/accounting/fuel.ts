/**
 * The fuel of a diesel generator: F = intercept * rated power + slope * power while it runs, nothing while it
 * rests. The linear curve and its usual constants (0.08415 L/h per kW rated, 0.246 L per kWh): O. Skarstein,
 * K. Uhlen, "Design considerations with respect to long-term diesel saving in wind/diesel plants", Wind
 * Engineering 13(2), 1989, pp. 72-87.
 */
export interface FuelCurve {
	readonly ratedPowerW: number;
	/** Litres per hour and kW of rated power. */
	readonly fuelInterceptLPerKwh: number;
	/** Litres per kWh made. */
	readonly fuelSlopeLPerKwh: number;
}

/** Litres per hour at a power. */
export function fuelLPerH(curve: FuelCurve, powerW: number): number {
	if (powerW <= 0) return 0;
	const { ratedPowerW, fuelInterceptLPerKwh, fuelSlopeLPerKwh } = curve;
	return (fuelInterceptLPerKwh * ratedPowerW + fuelSlopeLPerKwh * powerW) / 1000;
}
