import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { projectFile } from '../../kernel/files/project-file.ts';
import { PowerCurveName } from '../../protocol/hardware.ts';

/** Lowest and highest, in percent of what the curve says. */
const Spread = z.tuple([z.number(), z.number()]);

/**
 * Power by memory and arithmetic: (base + memory * part of the bandwidth + compute * MFU^exponent), at most `maxW`, all of it
 * less by `tensorParallelLoss` where GPUs work on a layer together.
 */
export const Roofline = z.strictObject({
	baseW: z.number().nonnegative(),
	/** Added at full bandwidth, and at an MFU of 1. */
	memoryW: z.number().nonnegative(),
	computeW: z.number().nonnegative(),
	tensorParallelLoss: z.number().nonnegative().max(0.5),
	/** Of the memory, by its maker. */
	bandwidthGBps: z.number().positive(),
	/** The same of models with routed experts, whose kernels draw more than their bytes and operations say; left out: as of others. */
	experts: z
		.strictObject({
			baseW: z.number().nonnegative(),
			memoryW: z.number().nonnegative(),
			computeW: z.number().nonnegative(),
			tensorParallelLoss: z.number().nonnegative().max(0.5),
			powerExponent: z.number().positive(),
		})
		.optional(),
});

/** What a GPU draws, by one of the curves of profiling-data/gpu-power.json. */
const GpuPower = z.strictObject({
	curve: PowerCurveName,
	device: z.string().min(1),
	idleW: z.number().nonnegative(),
	maxW: z.number().positive(),
	saturationMfu: z.number().positive(),
	powerExponent: z.number().positive(),
	roofline: Roofline.optional(),
	sleepW: z.number().nonnegative(),
	source: z.string().min(1),
	sleepSource: z.string().min(1),
	/** How far published measurements lie from it; null: none is known. */
	measured: z
		.strictObject({
			busyPercent: Spread,
			idlePercent: Spread,
			/** Runs at work that were held against it, the mean of their errors without sign, and whose they are. */
			runs: z.int().positive(),
			meanPercent: z.number().nonnegative(),
			of: z.string().min(1),
		})
		.nullable(),
});
/** Its curve is one that ships, or that of a device card. */
export type GpuPower = Omit<z.infer<typeof GpuPower>, 'curve'> & {
	readonly curve: z.infer<typeof GpuPower>['curve'] | 'card';
};

/** Measured runs: a prompt in the first part of the time, output tokens in the rest. */
const Points = z.strictObject({
	device: z.string().min(1),
	source: z.string().min(1),
	columns: z.tuple([
		z.literal('promptMfu'),
		z.literal('promptTimeFraction'),
		z.literal('decodeMfu'),
		z.literal('powerW'),
	]),
	rows: z.array(z.tuple([z.number(), z.number(), z.number(), z.number()])).min(1),
});

const PowerFile = z.strictObject({
	about: z.string(),
	curves: z.array(GpuPower).min(1),
	points: z.array(Points),
});

const file = PowerFile.parse(
	JSON.parse(readFileSync(projectFile('profiling-data/gpu-power.json'), 'utf8')),
);

/** The curves that ship with the project. */
export const gpuPowers: readonly GpuPower[] = file.curves;

/** What those of the A100 were held against; those of the H100 are in mlenergy-h100.csv. */
export const powerPoints: readonly z.infer<typeof Points>[] = file.points;
