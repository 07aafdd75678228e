import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFile } from '../../host/project-file.ts';
import { findModel } from '../config.ts';
import type { Profile } from '../profile/profile.ts';
import { type DecodeModel, fitDecode } from './decode-fit.ts';
import { fitPrefill } from './prefill-fit.ts';
import { type AttentionSample, attentionSamples, tokenOpSamples } from './samples.ts';
import { artefactSave, NO_SAVE, PHYSICAL_SAVE } from './save-fit.ts';

/** A model whose samples lie in a folder of Vidur's profiling data. */
export interface FitCase {
	readonly name: string;
	readonly model: string;
	readonly device: string;
	readonly tensorParallel: number;
	/** Prompts and KV caches were profiled up to this length, */
	readonly maxTokens: number;
	/** and decode batches up to this size. */
	readonly maxBatch: number;
	/** Relative to profiling/compute of Vidur's data. */
	readonly folder: string;
}

export const fitCases: readonly FitCase[] = [
	{
		name: 'llama-3-8b-a100-tp1',
		model: 'meta-llama/Meta-Llama-3-8B',
		device: 'a100',
		tensorParallel: 1,
		maxTokens: 16384,
		maxBatch: 512,
		folder: 'a100/meta-llama/Meta-Llama-3-8B',
	},
	{
		name: 'llama-2-7b-a100-tp1',
		model: 'meta-llama/Llama-2-7b-hf',
		device: 'a100',
		tensorParallel: 1,
		maxTokens: 4096,
		maxBatch: 128,
		folder: 'a100/meta-llama/Llama-2-7b-hf',
	},
];

/**
 * Makes the profiles of a case from the samples below `root` (see profiling-data/README.md), by name. Where
 * the samples have the artefact in writing keys and values, there is a second profile that keeps it.
 */
export function fitProfiles(fit: FitCase, root: string): Record<string, Profile> {
	const read = (name: string) => readFileSync(join(root, fit.folder, name), 'utf8');
	const samples = attentionSamples(read('attention_sample.csv'), fit.tensorParallel);
	const ops = tokenOpSamples(read('mlp.csv'), findModel(fit.model), fit.tensorParallel);
	const count = ops.tokens.filter((n) => n <= fit.maxTokens).length;
	const decode = fitDecode(samples.filter(({ prefill }) => !prefill));
	const prefill = fitPrefill(samples.filter((sample) => sample.prefill));
	const hasSave = samples.some(({ saveMs }) => saveMs > 0);
	const batches = [...range(1, 128, 1), ...range(136, fit.maxBatch, 8)];
	const kv = KV_NODES.filter((node) => node <= fit.maxTokens);
	const physical: Profile = {
		model: fit.model,
		device: fit.device,
		tensorParallel: fit.tensorParallel,
		source:
			'fitted by services/replica/fit/fit-profile.ts to the profiling data of microsoft/vidur 7d47513 (MIT); profiling-data/README.md has method and error',
		tokenOps: {
			tokens: ops.tokens.slice(0, count),
			ms: mapValues(ops.ms, (column) => column.slice(0, count).map(round)),
		},
		kvCacheSave: hasSave ? PHYSICAL_SAVE : NO_SAVE,
		decode: {
			batch: batches,
			kv,
			ms: batches.map((batch) => kv.map((node) => round(decode(batch, node)))),
		},
		prefill: { ...prefill, perKvMs: prefill.perKvMs.map(round) },
	};
	if (!hasSave) return { [fit.name]: physical };
	const save = artefactSave(samples);
	return {
		[fit.name]: physical,
		[`${fit.name}-reproduction`]: {
			...physical,
			kvCacheSave: { tokens: save.tokens, ms: save.ms.map(round) },
		},
	};
}

const KV_NODES = [
	...range(0, 512, 64),
	...range(640, 1024, 128),
	...range(1280, 4096, 256),
	...range(5120, 16384, 1024),
];

/** Relative errors of the decode fit at samples it was not shown, one left out at a time. */
export function heldOutErrors(samples: readonly AttentionSample[]): number[] {
	return samples.map((left) => {
		const fit: DecodeModel = fitDecode(samples.filter((sample) => sample !== left));
		return Math.abs(fit(left.batch, left.kv) / left.ms - 1);
	});
}

/** Four significant digits: the samples have no more. */
function round(value: number): number {
	return Number(value.toPrecision(4));
}

function range(from: number, to: number, step: number): number[] {
	return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}

function mapValues<T, R>(record: Record<string, T>, map: (value: T) => R): Record<string, R> {
	return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

const [, script, root] = process.argv;
if (script?.endsWith('fit-profile.js') && root !== undefined)
	for (const fit of fitCases)
		for (const [name, profile] of Object.entries(fitProfiles(fit, root)))
			writeFileSync(projectFile(`profiling-data/${name}.json`), `${JSON.stringify(profile)}\n`);
