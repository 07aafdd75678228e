import * as z from 'zod';

/** What the formulas need to know of a GPU. */
export const Device = z.strictObject({
	name: z.string().min(1),
	/** Peak dense FP16 rate, 10^12 floating-point operations per second. */
	fp16Tflops: z.number().positive(),
	memoryGb: z.number().positive(),
	idleW: z.number().nonnegative(),
	maxW: z.number().positive(),
	/** The MFU at which power reaches its maximum. */
	saturationMfu: z.number().positive(),
	/** Exponent of the power curve below saturation. */
	powerExponent: z.number().positive(),
	/** The lowest core clock as a fraction of the highest. */
	minFrequencyRatio: z.number().positive().max(1),
});
export type Device = z.infer<typeof Device>;

/**
 * Idle and maximal power, peak rate and memory as in Vidur-Energy's table, whose power curve (saturation
 * 0.45, exponent 0.7) this is. Memory of the A40 is what ECC leaves of 48 GB. Clocks are the ranges that
 * `nvidia-smi -q -d SUPPORTED_CLOCKS` lists: A100 210..1410 MHz, H100 210..1980 MHz, A40 210..1740 MHz.
 */
export const devices: readonly Device[] = [
	device({
		name: 'a100',
		fp16Tflops: 312,
		memoryGb: 80,
		idleW: 100,
		maxW: 400,
		clocks: [210, 1410],
	}),
	device({
		name: 'h100',
		fp16Tflops: 990,
		memoryGb: 80,
		idleW: 60,
		maxW: 700,
		clocks: [210, 1980],
	}),
	device({ name: 'a40', fp16Tflops: 150, memoryGb: 45, idleW: 30, maxW: 300, clocks: [210, 1740] }),
];

interface DeviceFigures {
	readonly name: string;
	readonly fp16Tflops: number;
	readonly memoryGb: number;
	readonly idleW: number;
	readonly maxW: number;
	/** Lowest and highest core clock in MHz. */
	readonly clocks: readonly [number, number];
}

function device({ clocks: [lowest, highest], ...figures }: DeviceFigures): Device {
	return {
		...figures,
		saturationMfu: 0.45,
		powerExponent: 0.7,
		minFrequencyRatio: lowest / highest,
	};
}

export const deviceNames: readonly string[] = devices.map(({ name }) => name);
