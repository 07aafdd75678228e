import * as z from 'zod';
import { ConfigError } from '../../protocol/errors.ts';
import { Device, devices } from './device.ts';
import { ModelGeometry, models } from './model.ts';

/** vLLM's scheduler (scheduler/vllm.ts). */
const VllmConfig = z.strictObject({
	type: z.literal('vllm'),
	/** Most requests that hold memory at once. */
	batchSizeCap: z.int().positive(),
	/** Most tokens of a prefill batch, each prompt counted as long as the longest. */
	maxTokensInBatch: z.int().positive(),
	/** Tokens per KV block. */
	blockSize: z.int().positive(),
	/** Part of the KV blocks that admission leaves free. */
	watermarkFraction: z.number().min(0).max(1),
	/** KV blocks of the replica; null: as many as the memory planner finds. */
	numBlocks: z.int().positive().nullable(),
});

/** Configuration of a replica actor. */
export const ReplicaConfig = z.strictObject({
	/** Length of a report step, in microseconds. */
	stepUs: z.int().positive(),
	model: ModelGeometry,
	device: Device,
	/** A name in profiling-data/, or a path (profile/load.ts). */
	profile: z.string().min(1),
	numTensorParallelWorkers: z.int().positive(),
	pipelineStages: z.int().positive(),
	scheduler: VllmConfig,
	/** Part of the device memory that is left alone. */
	memoryMarginFraction: z.number().min(0).max(1),
	/** Most tokens of one request, prompt and answer together. */
	maxTokensPerRequest: z.int().positive(),
	/** Facility power over GPU power. */
	pue: z.number().min(1),
	/** 'vidur': MFU over 2^40 instead of 10^12 operations per TFLOP, as Vidur computes it. */
	compatibility: z.literal('vidur').nullable(),
});
export type ReplicaConfig = z.infer<typeof ReplicaConfig>;

/** What the profiles of profiling-data/ were measured for. Of several the first is the default. */
export const profiles = [
	{
		name: 'llama-3-8b-a100-tp1',
		model: 'meta-llama/Meta-Llama-3-8B',
		device: 'a100',
		tensorParallel: 1,
	},
	{
		name: 'llama-3-8b-a100-tp1-reproduction',
		model: 'meta-llama/Meta-Llama-3-8B',
		device: 'a100',
		tensorParallel: 1,
	},
	{
		name: 'llama-2-7b-a100-tp1',
		model: 'meta-llama/Llama-2-7b-hf',
		device: 'a100',
		tensorParallel: 1,
	},
] as const;

/**
 * The name of the profile to take when none is asked for.
 *
 * @throws ConfigError when there is none for this combination, listing those there are
 */
export function defaultProfile(model: string, device: string, tensorParallel: number): string {
	const found = profiles.find(
		(one) => one.model === model && one.device === device && one.tensorParallel === tensorParallel,
	);
	if (found !== undefined) return found.name;
	const known = profiles.map((one) => `${one.model} on ${one.device} x ${one.tensorParallel}`);
	throw new ConfigError(
		`Cannot find a profile for "${model}" on "${device}" x ${tensorParallel}: ` +
			`there are ${[...new Set(known)].join(', ')}; give the path of your own`,
	);
}

/** One Llama-3-8B on one A100, with Vidur's defaults. `stepUs` is the scenario's. */
export const replicaDefaults: Omit<ReplicaConfig, 'stepUs'> = {
	model: findModel('meta-llama/Meta-Llama-3-8B'),
	device: findDevice('a100'),
	profile: 'llama-3-8b-a100-tp1',
	numTensorParallelWorkers: 1,
	pipelineStages: 1,
	scheduler: {
		type: 'vllm',
		batchSizeCap: 128,
		maxTokensInBatch: 4096,
		blockSize: 16,
		watermarkFraction: 0.01,
		numBlocks: null,
	},
	memoryMarginFraction: 0.1,
	maxTokensPerRequest: 4096,
	pue: 1.2,
	compatibility: null,
};

/** @throws ConfigError for an unknown model, listing the known ones */
export function findModel(name: string): ModelGeometry {
	return find('model', models, name);
}

/** @throws ConfigError for an unknown device, listing the known ones */
export function findDevice(name: string): Device {
	return find('device', devices, name);
}

function find<T extends { readonly name: string }>(
	what: string,
	known: readonly T[],
	name: string,
): T {
	const found = known.find((one) => one.name.toLowerCase() === name.toLowerCase());
	if (found === undefined)
		throw new ConfigError(
			`Cannot use ${what} "${name}": known are ${known.map((one) => one.name).join(', ')}`,
		);
	return found;
}
