import type { Device } from './device.ts';
import type { ModelGeometry, Parallelism } from './model.ts';
import { flopsPerAttentionOnDevice, flopsPerTokenOnDevice } from './model-size.ts';

/** Constants of one replica's power and MFU, ready for the inner loop. */
export interface PowerCurve {
	readonly idleW: number;
	/** Power above idle at saturation. */
	readonly dynamicW: number;
	readonly exponent: number;
	/** Rate at which MFU is 1, floating-point operations per second. */
	readonly peakFlops: number;
	/** Rate at which power saturates. */
	readonly saturationFlops: number;
	/** Operations per token in the weights, on one device. */
	readonly flopsPerToken: number;
	/** Operations per pair of a token and one it attends to, on one device. */
	readonly flopsPerAttention: number;
	readonly minFrequencyRatio: number;
}

/**
 * Floating-point operations of a batch on one device are `flopsPerToken * tokens + flopsPerAttention *
 * sum(t * (t + n))` over its requests, t tokens each after n processed ones (Vidur's MFU calculator).
 * `tera` are the operations per second in a TFLOP of the data sheet: 10^12, but Vidur takes 2^40, which reads MFU 9 % low.
 */
export function powerCurve(
	model: ModelGeometry,
	device: Device,
	cut: Parallelism,
	tera = 1e12,
): PowerCurve {
	const peakFlops = device.fp16Tflops * tera;
	return {
		idleW: device.idleW,
		dynamicW: device.maxW - device.idleW,
		exponent: device.powerExponent,
		peakFlops,
		saturationFlops: peakFlops * device.saturationMfu,
		flopsPerToken: flopsPerTokenOnDevice(model, cut),
		flopsPerAttention: flopsPerAttentionOnDevice(model, cut),
		minFrequencyRatio: device.minFrequencyRatio,
	};
}

/**
 * Power of one GPU working at `flopsPerSecond`, in W: idle + (max - idle) * min(1, (MFU / 0.45)^0.7), the
 * fit of Vidur-Energy (arXiv 2507.11417).
 */
export function gpuPowerW(curve: PowerCurve, flopsPerSecond: number): number {
	const load = flopsPerSecond / curve.saturationFlops;
	return load >= 1
		? curve.idleW + curve.dynamicW
		: curve.idleW + curve.dynamicW * load ** curve.exponent;
}

/** Beyond this half-width of the rates, relative to their middle, the series below is not exact to rounding any more. */
export const SERIES_HALF_WIDTH = 0.01;

/**
 * Sum of `gpuPowerW` over `count` batches whose rates are `first`, `first + rise`, `first + 2 rise`, …
 * The power function is expanded about the middle of the rates, where odd orders cancel; at a half-width
 * of 1 % the first term left out is 2e-15 of the sum, so the sum is exact to rounding.
 */
export function sumOfPowerW(curve: PowerCurve, first: number, rise: number, count: number): number {
	if (count === 1) return gpuPowerW(curve, first);
	const halfSpan = (rise * (count - 1)) / 2;
	const middle = first + halfSpan;
	if (first >= curve.saturationFlops) return count * (curve.idleW + curve.dynamicW);
	if (middle + halfSpan > curve.saturationFlops || halfSpan > SERIES_HALF_WIDTH * middle) {
		let sum = 0;
		for (let i = 0; i < count; i++) sum += gpuPowerW(curve, first + rise * i);
		return sum;
	}
	const p = curve.exponent;
	const step2 = (rise / middle) ** 2;
	const n2 = count * count;
	// Means of (i - mid)^2 and (i - mid)^4 over the batches.
	const mean2 = (n2 - 1) / 12;
	const mean4 = ((n2 - 1) * (3 * n2 - 7)) / 240;
	const c2 = (p * (p - 1)) / 2;
	const c4 = (c2 * (p - 2) * (p - 3)) / 12;
	const series = 1 + step2 * (c2 * mean2 + c4 * mean4 * step2);
	const load = (middle / curve.saturationFlops) ** p;
	return count * (curve.idleW + curve.dynamicW * load * series);
}
