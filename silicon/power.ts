import type { Device } from './device.ts';
import type { ModelGeometry, Parallelism } from './model.ts';
import { flopsPerAttentionOnDevice, flopsPerTokenOnDevice } from './model-size.ts';
import { type Traffic, trafficOf } from './traffic.ts';

/** Constants of one replica's power and MFU, ready for the inner loop. */
export interface PowerCurve {
	readonly idleW: number;
	/** Power of a GPU at work, before what its memory and its arithmetic draw. */
	readonly baseW: number;
	/** What arithmetic adds at `saturationFlops`. */
	readonly dynamicW: number;
	readonly exponent: number;
	/** What each byte to or from memory takes, J; 0: the curve goes by arithmetic alone. */
	readonly joulesPerByte: number;
	/** The most that is drawn. */
	readonly maxW: number;
	/** Rate at which MFU is 1, floating-point operations per second. */
	readonly peakFlops: number;
	/** Rate at which power saturates. */
	readonly saturationFlops: number;
	/** Operations per token in the weights, on one device. */
	readonly flopsPerToken: number;
	/** Operations per pair of a token and one it attends to, on one device. */
	readonly flopsPerAttention: number;
	readonly minFrequencyRatio: number;
	/** What its batches move; null: the curve does not go by it. */
	readonly traffic: Traffic | null;
}

/** What one batch, or the first of a run of decode iterations, does on one device, and its rise from one iteration to the next. */
export interface Work {
	readonly flops: number;
	readonly flopsRise: number;
	readonly bytes: number;
	readonly bytesRise: number;
	/** Operations beside those that count, the same in each. */
	readonly paddedFlops: number;
	/** Time of each at full clock, in seconds. */
	readonly durationS: number;
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
		...wattsOf(device, model, cut),
		peakFlops,
		saturationFlops: peakFlops * device.saturationMfu,
		flopsPerToken: flopsPerTokenOnDevice(model, cut),
		flopsPerAttention: flopsPerAttentionOnDevice(model, cut),
		minFrequencyRatio: device.minFrequencyRatio,
		traffic: device.roofline === undefined ? null : trafficOf(model, cut),
	};
}

/** Watts of a GPU by its curve: those of a roofline are all less under tensor parallelism, where GPUs wait for each other. */
function wattsOf(
	{ idleW, maxW, powerExponent, roofline }: Device,
	model: ModelGeometry,
	cut: Parallelism,
): Pick<PowerCurve, 'idleW' | 'baseW' | 'dynamicW' | 'exponent' | 'joulesPerByte' | 'maxW'> {
	if (roofline === undefined) {
		const dynamicW = maxW - idleW;
		return {
			...{ idleW, baseW: idleW, dynamicW, exponent: powerExponent },
			...{ joulesPerByte: 0, maxW: idleW + dynamicW },
		};
	}
	const dense = { ...roofline, powerExponent };
	const watts = model.moe === undefined ? dense : (roofline.experts ?? dense);
	const { baseW, memoryW, computeW, tensorParallelLoss } = watts;
	const part = cut.tensorParallel > 1 ? 1 - tensorParallelLoss : 1;
	return {
		idleW,
		baseW: baseW * part,
		dynamicW: computeW * part,
		exponent: watts.powerExponent,
		joulesPerByte: (memoryW * part) / (roofline.bandwidthGBps * 1e9),
		maxW: maxW * part,
	};
}

/**
 * Power of one GPU working at `flopsPerSecond` and moving `bytesPerSecond` of memory, in W. By arithmetic alone:
 * idle + (max - idle) * min(1, (MFU / 0.45)^0.7), the fit of Vidur-Energy (arXiv 2507.11417). By both: min(max, base + what
 * memory draws, by its part of the bandwidth + what arithmetic draws, by MFU to a power).
 */
export function gpuPowerW(
	curve: PowerCurve,
	flopsPerSecond: number,
	bytesPerSecond: number,
): number {
	const load = flopsPerSecond / curve.saturationFlops;
	if (curve.joulesPerByte === 0)
		return load >= 1 ? curve.maxW : curve.baseW + curve.dynamicW * load ** curve.exponent;
	return Math.min(curve.maxW, unlimitedW(curve, flopsPerSecond, bytesPerSecond));
}

function unlimitedW(curve: PowerCurve, flopsPerSecond: number, bytesPerSecond: number): number {
	const load = flopsPerSecond / curve.saturationFlops;
	return (
		curve.baseW + curve.joulesPerByte * bytesPerSecond + curve.dynamicW * load ** curve.exponent
	);
}

/** Of the power `powerW` at work, that of memory: the clock of the cores does not change it, nor does the limit of the GPU. */
export function memoryPowerW(curve: PowerCurve, powerW: number, bytesPerSecond: number): number {
	return Math.min(curve.joulesPerByte * bytesPerSecond, powerW - curve.baseW);
}

/** Whether some of `count` iterations would draw more than the GPU may. */
export function isLimited(curve: PowerCurve, work: Work, count: number): boolean {
	if (curve.joulesPerByte === 0) return false;
	const { durationS } = work;
	const flops = work.flops + work.paddedFlops + work.flopsRise * (count - 1);
	const bytes = work.bytes + work.bytesRise * (count - 1);
	return unlimitedW(curve, flops / durationS, bytes / durationS) > curve.maxW;
}

/** Beyond this half-width of the rates, relative to their middle, the series below is not exact to rounding any more. */
export const SERIES_HALF_WIDTH = 0.01;

/**
 * Sum of `gpuPowerW` over `count` iterations.
 * The power function is expanded about the middle of the rates, where odd orders cancel; at a half-width
 * of 1 % the first term left out is 2e-15 of the sum, so the sum is exact to rounding.
 */
export function sumOfPowerW(curve: PowerCurve, work: Work, count: number): number {
	const { durationS } = work;
	const first = (work.flops + work.paddedFlops) / durationS;
	const firstBytes = work.bytes / durationS;
	if (count === 1) return gpuPowerW(curve, first, firstBytes);
	const rise = work.flopsRise / durationS;
	const bytesRise = work.bytesRise / durationS;
	const halfSpan = (rise * (count - 1)) / 2;
	const middle = first + halfSpan;
	const byMemory = curve.joulesPerByte > 0;
	if (
		byMemory ? unlimitedW(curve, first, firstBytes) >= curve.maxW : first >= curve.saturationFlops
	)
		return count * curve.maxW;
	const crosses = byMemory
		? isLimited(curve, work, count)
		: middle + halfSpan > curve.saturationFlops;
	if (crosses || halfSpan > SERIES_HALF_WIDTH * middle) {
		let sum = 0;
		for (let i = 0; i < count; i++)
			sum += gpuPowerW(curve, first + rise * i, firstBytes + bytesRise * i);
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
	const sum = count * (curve.baseW + curve.dynamicW * load * series);
	if (!byMemory) return sum;
	return sum + curve.joulesPerByte * count * (firstBytes + (bytesRise * (count - 1)) / 2);
}
