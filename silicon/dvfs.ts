import type { PowerCurve } from './power.ts';

/**
 * What a power cap does to a GPU: it lowers the core clock to the fraction s = f / f_max.
 *
 * Power. Dynamic CMOS power is C V^2 f, and V falls with f, so the power above idle goes with s^3 (Weste
 * and Harris, CMOS VLSI Design, 4th ed., section 5.2).
 *
 * Time. Only the compute share of a batch stretches with 1/s; waiting for memory does not, since the
 * memory clock stays. The share is MFU over the saturation MFU: the part of the batch's time that its
 * operations would take at the rate where the power curve saturates (the roofline of Williams, Waterman and
 * Patterson, CACM 52(4), 2009, without overlap of the two, so rather too slow than too fast). A prompt of some
 * length slows with 1/s. Decoding one request has a share of 1 % on an A100 and takes 6 % longer at the
 * lowest clock; arXiv 2501.08219 measured 1-6 % longer inference, mostly decoding, at the lowest clock of
 * another GPU. Not fitted to measurements of an A100.
 *
 * Both are monotone: a batch never draws more nor takes less time under a lower cap. (One request may still
 * complete sooner, as slower batches may gather requests differently.) Below the power of the lowest clock
 * the cap cannot be met; then the power of the lowest clock is what is reported.
 */

/** The clock, as a fraction of the highest, at which a batch drawing `fullW` at full clock keeps to `capW`. */
export function frequencyRatio(curve: PowerCurve, fullW: number, capW: number): number {
	if (fullW <= capW) return 1;
	const ratio = Math.cbrt(Math.max(0, capW - curve.idleW) / (fullW - curve.idleW));
	return Math.max(curve.minFrequencyRatio, ratio);
}

/** Power in W at clock fraction `ratio` of a batch that draws `fullW` at full clock. */
export function powerAtRatioW(
	curve: Pick<PowerCurve, 'idleW'>,
	fullW: number,
	ratio: number,
): number {
	return curve.idleW + (fullW - curve.idleW) * ratio * ratio * ratio;
}

/** How many times longer a batch takes at clock fraction `ratio`; `flopsPerSecond` is its full-clock rate. */
export function slowdown(curve: PowerCurve, flopsPerSecond: number, ratio: number): number {
	const computeShare = Math.min(1, flopsPerSecond / curve.saturationFlops);
	return 1 + computeShare * (1 / ratio - 1);
}
