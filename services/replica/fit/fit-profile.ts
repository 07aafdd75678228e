import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFile } from '../../host/project-file.ts';
import { findModel } from '../config.ts';
import type { Profile } from '../profile/profile.ts';
import { type DecodeModel, fitDecode } from './decode-fit.ts';
import { fitPrefill } from './prefill-fit.ts';
import { type AttentionSample, attentionSamples, tokenOpSamples } from './samples.ts';
import { artefactSave, PHYSICAL_SAVE } from './save-fit.ts';

const MODEL = 'meta-llama/Meta-Llama-3-8B';
const DEVICE = 'a100';
const TENSOR_PARALLEL = 1;
/** Prompts were profiled up to this length. */
const MAX_TOKENS = 16384;
const MAX_BATCH = 512;
const DECODE_BATCHES = [...range(1, 128, 1), ...range(136, MAX_BATCH, 8)];
const DECODE_KV = [
	...range(0, 512, 64),
	...range(640, 1024, 128),
	...range(1280, 4096, 256),
	...range(5120, MAX_TOKENS, 1024),
];

/** Makes the two profiles of Llama-3-8B on an A100 from the samples in `folder` (see profiling-data/README.md). */
export function fitProfiles(folder: string): { physical: Profile; reproduction: Profile } {
	const read = (name: string) => readFileSync(join(folder, name), 'utf8');
	const samples = attentionSamples(read('attention_sample.csv'), TENSOR_PARALLEL);
	const ops = tokenOpSamples(read('mlp.csv'), findModel(MODEL), TENSOR_PARALLEL);
	const count = ops.tokens.filter((n) => n <= MAX_TOKENS).length;
	const decode = fitDecode(samples.filter(({ prefill }) => !prefill));
	const prefill = fitPrefill(samples.filter((sample) => sample.prefill));
	const physical: Profile = {
		model: MODEL,
		device: DEVICE,
		tensorParallel: TENSOR_PARALLEL,
		source:
			'fitted by services/replica/fit/fit-profile.ts to the profiling data of microsoft/vidur 7d47513 (MIT); profiling-data/README.md has method and error',
		tokenOps: {
			tokens: ops.tokens.slice(0, count),
			ms: mapValues(ops.ms, (column) => column.slice(0, count).map(round)),
		},
		kvCacheSave: PHYSICAL_SAVE,
		decode: {
			batch: DECODE_BATCHES,
			kv: DECODE_KV,
			ms: DECODE_BATCHES.map((batch) => DECODE_KV.map((kv) => round(decode(batch, kv)))),
		},
		prefill: { ...prefill, perKvMs: prefill.perKvMs.map(round) },
	};
	const save = artefactSave(samples);
	return {
		physical,
		reproduction: { ...physical, kvCacheSave: { tokens: save.tokens, ms: save.ms.map(round) } },
	};
}

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

const [, script, folder] = process.argv;
if (script?.endsWith('fit-profile.js') && folder !== undefined) {
	const { physical, reproduction } = fitProfiles(folder);
	const write = (name: string, profile: Profile) =>
		writeFileSync(projectFile(`profiling-data/${name}.json`), `${JSON.stringify(profile)}\n`);
	write('llama-3-8b-a100-tp1', physical);
	write('llama-3-8b-a100-tp1-reproduction', reproduction);
}
