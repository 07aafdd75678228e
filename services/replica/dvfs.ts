import type { PowerCurve } from './power.ts';

/**
 * What a power cap does to a GPU: it lowers the core clock to the fraction s = f / f_max.
 *
 * Power. Dynamic CMOS power is C V^2 f, and V falls with f, so the power above idle goes with s^3 (Weste
 * and Harris, CMOS VLSI Design, 4th ed., section 5.2).
 *
 * Time. Only the compute share of a batch stretches with 1/s; waiting for memory does not, since the
 * memory clock stays. The share is flops / saturation rate / time, i.e. MFU / 0.45: the time the operations
 * would take at the rate where the power curve saturates (the additive form of the roofline: Williams,
 * Waterman and Patterson, CACM 52(4), 2009). So prefill slows almost with 1/s and decode hardly, as
 * measured (arXiv 2501.08219: decode takes 1-6 % longer at the lowest clocks).
 *
 * Both are monotone: a lower cap never draws more nor takes less time. Below the power of the lowest clock
 * the cap cannot be met; then the power of the lowest clock is what is reported.
 */

/** The clock, as a fraction of the highest, at which a batch drawing `fullW` at full clock keeps to `capW`. */
export function frequencyRatio(curve: PowerCurve, fullW: number, capW: number): number {
	if (fullW <= capW) return 1;
	const ratio = Math.cbrt(Math.max(0, capW - curve.idleW) / (fullW - curve.idleW));
	return Math.max(curve.minFrequencyRatio, ratio);
}

/** Power in W at clock fraction `ratio` of a batch that draws `fullW` at full clock. */
export function powerAtRatioW(curve: PowerCurve, fullW: number, ratio: number): number {
	return curve.idleW + (fullW - curve.idleW) * ratio * ratio * ratio;
}

/** How many times longer a batch takes at clock fraction `ratio`; `flopsPerSecond` is its full-clock rate. */
export function slowdown(curve: PowerCurve, flopsPerSecond: number, ratio: number): number {
	const computeShare = Math.min(1, flopsPerSecond / curve.saturationFlops);
	return 1 + computeShare * (1 / ratio - 1);
}
