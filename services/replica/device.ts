import * as z from 'zod';
import { ConfigError } from '../../protocol/errors.ts';
import { type GpuPower, gpuPowers } from './profile/load-power.ts';

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
 * Peak rate and memory as in Vidur-Energy's table, power as in profiling-data/gpu-power.json. Memory of the A40 is what
 * ECC leaves of 48 GB. Clocks are the ranges that `nvidia-smi -q -d SUPPORTED_CLOCKS` lists: A100 210..1410 MHz,
 * H100 210..1980 MHz, A40 210..1740 MHz.
 */
export const devices: readonly Device[] = [
	device({ name: 'a100', fp16Tflops: 312, memoryGb: 80, clocks: [210, 1410] }),
	device({ name: 'h100', fp16Tflops: 990, memoryGb: 80, clocks: [210, 1980] }),
	device({ name: 'a40', fp16Tflops: 150, memoryGb: 45, clocks: [210, 1740] }),
];

interface DeviceFigures {
	readonly name: string;
	readonly fp16Tflops: number;
	readonly memoryGb: number;
	/** Lowest and highest core clock in MHz. */
	readonly clocks: readonly [number, number];
}

function device({ clocks: [lowest, highest], ...figures }: DeviceFigures): Device {
	const power = findGpuPower('vidur-energy', figures.name);
	return withPower({ ...figures, minFrequencyRatio: lowest / highest }, power);
}

export const deviceNames: readonly string[] = devices.map(({ name }) => name);

/**
 * What a device draws by one of the curves.
 *
 * @throws ConfigError for a device that the curve is not known of
 */
export function findGpuPower(curve: GpuPower['curve'], name: string): GpuPower {
	const same = gpuPowers.filter((power) => power.curve === curve);
	const found = same.find(({ device }) => device === name);
	if (found !== undefined) return found;
	throw new ConfigError(
		`Cannot use power curve "${curve}" of ${name.toUpperCase()}: it is known of ` +
			`${same.map(({ device }) => device.toUpperCase()).join(', ')}`,
	);
}

/** The device drawing power by that curve. */
export function withPower(
	device: Pick<Device, 'name' | 'fp16Tflops' | 'memoryGb' | 'minFrequencyRatio'>,
	{ idleW, maxW, saturationMfu, powerExponent }: GpuPower,
): Device {
	const { name, fp16Tflops, memoryGb, minFrequencyRatio } = device;
	const power = { idleW, maxW, saturationMfu, powerExponent };
	return { name, fp16Tflops, memoryGb, ...power, minFrequencyRatio };
}
