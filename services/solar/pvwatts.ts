/** Dobos, PVWatts Version 5 Manual, NREL/TP-6A20-62641, 2014: DC (eq. 7), losses (table 6), inverter (eq. 10). */

const REFERENCE_CELL_C = 25;
const REFERENCE_EFFICIENCY = 0.9637;
/** Nominal inverter efficiency of PVWatts. */
export const INVERTER_EFFICIENCY = 0.96;

/** PVWatts' default losses, percent, each applied to what the others leave. */
export const PVWATTS_LOSSES_PERCENT = {
	soiling: 2,
	shading: 3,
	snow: 0,
	mismatch: 2,
	wiring: 2,
	connections: 0.5,
	lid: 1.5,
	nameplateRating: 1,
	age: 0,
	availability: 3,
} as const;

/**
 * DC power before losses, W.
 *
 * @param effectiveWm2 light that reaches the cells
 * @param peakPowerW nameplate at 1000 W/m2 and 25 degC
 * @param temperatureCoefficientPerK relative change per kelvin, about -0.0037
 */
export function pvwattsDcW(
	effectiveWm2: number,
	cellC: number,
	peakPowerW: number,
	temperatureCoefficientPerK: number,
): number {
	const heat = 1 + temperatureCoefficientPerK * (cellC - REFERENCE_CELL_C);
	return Math.max(0, (effectiveWm2 / 1000) * peakPowerW * heat);
}

/**
 * DC power that dim light costs beyond its share, W; 0 from 1000 W/m2 on. Marion, Comparison of predictive
 * models for photovoltaic module performance, 33rd IEEE PVSC, 2008; PVWatts version 1.
 *
 * @param fraction of the power that is lost at 200 W/m2, about 0.01
 */
export function lowLightLossW(effectiveWm2: number, peakPowerW: number, fraction: number): number {
	if (effectiveWm2 >= 1000) return 0;
	const error =
		effectiveWm2 > 200 ? (1000 - effectiveWm2) / 800 : 1 - (1 - effectiveWm2 / 200) ** 4;
	return fraction * error * peakPowerW;
}

/** Losses in series as one figure, percent: 14.0757 for the default ones. */
export function totalLossesPercent(losses: Readonly<Record<string, number>>): number {
	let left = 1;
	for (const percent of Object.values(losses)) left *= 1 - percent / 100;
	return 100 * (1 - left);
}

/**
 * AC power of an inverter, W, clipped at its rating; 0 without input.
 *
 * @param ratedDcW the DC power at which it gives its rated AC power
 */
export function inverterAcW(
	dcW: number,
	ratedDcW: number,
	nominalEfficiency: number = INVERTER_EFFICIENCY,
): number {
	const load = dcW / ratedDcW;
	if (!(load > 0)) return 0;
	const efficiency =
		(nominalEfficiency / REFERENCE_EFFICIENCY) * (-0.0162 * load - 0.0059 / load + 0.9858);
	return Math.min(nominalEfficiency * ratedDcW, Math.max(0, efficiency * dcW));
}
