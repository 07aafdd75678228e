import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectFile } from '../../kernel/files/project-file.ts';
import { profileName } from '../profile/catalogue.ts';
import { findModel, vidurModels } from '../profile/load-cards.ts';
import { vidurDeviceNames } from '../profile/load-device-card.ts';
import { measuredPath } from '../profile/load-parts.ts';
import type { Network } from '../profile/network.ts';
import type { Profile } from '../profile/profile.ts';
import type { Measured } from '../profile/token-ops.ts';
import { fitDecode } from './decode-fit.ts';
import { fullPoints, trainedProfile } from './forest-profile.ts';
import { attentionErrors, scaledLeftOut, tokenOpsLeftOut } from './held-out.ts';
import { fullGrid, sampled } from './kernel-samples.ts';
import { fitFlashAttention, fitFlashInfer, type SampleSets } from './kernels.ts';
import { borrowed, measuredParts, networkPart } from './measured-parts.ts';
import { fitPrefill } from './prefill-fit.ts';
import { attentionSamples, tokenOpSamples } from './samples.ts';
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
			'fitted by silicon/fit/fit-profile.ts to the profiling data of microsoft/vidur 7d47513 (MIT); profiling-data/README.md has method and error',
		label: 'fitted',
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

/** Writes all that is made from Vidur's profiling data into profiling-data. */
function writeAll(profiling: string): void {
	const compute = join(profiling, 'compute');
	const write = (path: string, value: unknown) => {
		const file = projectFile(join('profiling-data', path));
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(file, `${JSON.stringify(value)}\n`);
	};
	for (const fit of fitCases)
		for (const [name, profile] of Object.entries(fitProfiles(fit, compute)))
			if (name.endsWith('-reproduction')) write(`${name}.json`, profile);
	const full = fullPoints((path) => readFileSync(join(profiling, path), 'utf8'));
	write('trained/llama-2-70b-a100-tp2.json', trainedProfile(full, 'random_forest'));
	const { flash, infer, errors } = fitAttention(compute);
	write('attention/flash-attention.json', flash);
	write('attention/flashinfer.json', infer);
	for (const network of fitNetworks(join(profiling, 'network')))
		write(`network/${network.device}-${network.network}.json`, network);
	for (const device of vidurDeviceNames) {
		const measured: Measured[] = [];
		for (const geometry of vidurModels) {
			const file = join(compute, device, geometry.name, 'mlp.csv');
			if (!existsSync(file)) continue;
			const text = readFileSync(file, 'utf8');
			const ops = measuredParts(text, geometry, device);
			write(measuredPath(device, geometry.name), ops);
			measured.push({ geometry, ops });
			for (const tp of Object.keys(ops.byTensorParallel))
				errors[`token-ops/${profileName(geometry.name, device, Number(tp))}`] = tokenOpsLeftOut(
					tokenOpSamples(text, geometry, Number(tp)),
				);
		}
		// In the order of the files, as whoever checks the figure reads them.
		measured.sort((a, b) =>
			measuredPath(device, a.ops.model) < measuredPath(device, b.ops.model) ? -1 : 1,
		);
		errors[`scaled-ops/${device}`] = scaledLeftOut(measured);
	}
	write('errors.json', errors);
}

/** Both attention kernels, from Vidur's profiling/compute, and their errors. */
function fitAttention(compute: string) {
	const sets = attentionSets(compute);
	const flash = fitFlashAttention(sets);
	const infer = fitFlashInfer(sets);
	return { flash, infer, errors: attentionErrors(sets, flash, infer) };
}

/** The attention samples there are, by model and tensor parallelism. */
export function attentionSets(compute: string): SampleSets {
	const read = (path: string) => readFileSync(join(compute, 'a100/meta-llama', path), 'utf8');
	const two = read('Llama-2-7b-hf/attention_sample.csv');
	const three = read('Meta-Llama-3-8B/attention_sample.csv');
	const one = { query: 32, keyValue: 32, width: 128 };
	const four = { query: 32, keyValue: 8, width: 128 };
	return {
		'llama-2-7b-tp1': sampled('llama-2-7b', two, one, 1),
		'llama-2-7b-tp2': sampled('llama-2-7b', two, one, 2),
		'llama-2-7b-tp4': sampled('llama-2-7b', two, one, 4),
		'llama-3-8b-tp1': sampled('llama-3-8b', three, four, 1),
		'llama-3-8b-tp4': sampled('llama-3-8b', three, four, 4),
		'llama-2-70b-tp2': fullGrid('llama-2-70b', read('Llama-2-70b-hf/attention_tp2.csv')),
	};
}

/** Networks with their collectives; what was not measured is borrowed from the likest. */
export function fitNetworks(folder: string): Network[] {
	const read = (device: string, kind: string, file: string) => {
		const path = join(folder, `${device}_${kind}`, file);
		return existsSync(path) ? readFileSync(path, 'utf8') : null;
	};
	const make = (device: string, kind: string, network: string, gpusPerNode: number) =>
		networkPart(network, device, gpusPerNode, {
			allReduce: read(device, kind, 'all_reduce.csv'),
			sendRecv: read(device, kind, 'send_recv.csv') as string,
		});
	const a100 = make('a100', 'pairwise_nvlink', 'pairwise', 4);
	return [
		a100,
		make('a100', 'dgx', 'dgx', 8),
		make('h100', 'pairwise_nvlink', 'pairwise', 4),
		make('h100', 'dgx', 'dgx', 8),
		borrowed(make('a40', 'pairwise_nvlink', 'pairwise', 8), a100),
	];
}

const [, script, root] = process.argv;
if (script?.endsWith('fit-profile.js') && root !== undefined) writeAll(root);
