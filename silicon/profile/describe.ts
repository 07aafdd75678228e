import type { ModelGeometry } from '../model.ts';
import type { ProfileKey } from './catalogue.ts';
import { networkOf } from './catalogue.ts';
import { reproductionName } from './choose.ts';
import type { Errors, HeldOut } from './held-out-error.ts';
import { shippedCard } from './load-cards.ts';
import {
	loadErrors,
	loadGraphAllReduce,
	loadMeasured,
	loadNetwork,
	loadTrained,
} from './load-parts.ts';
import { collectives, type GraphAllReduce } from './network.ts';

/** How much a part rests on measurements: of this very thing, on samples of it, or on other things. */
export type Label = 'measured' | 'fitted' | 'extrapolated';

/** One part of a profile: where it is from and how far off it was at points it had not seen. */
export interface PartDescription {
	readonly part: 'token operators' | 'decode attention' | 'prompt attention' | 'network';
	readonly label: Label;
	readonly source: string;
	readonly error: HeldOut | null;
}

/** A profile with its parts. Its label is that of its weakest part. */
export interface ProfileDescription extends ProfileKey {
	readonly label: Label;
	readonly parts: readonly PartDescription[];
}

/** Geometries whose attention was measured on A100, by their profile's name without the network. */
const SAMPLED: Readonly<Record<string, { readonly set: string; readonly label: Label }>> = {
	'llama-2-70b-a100-tp2': { set: 'llama-2-70b-tp2', label: 'measured' },
	'llama-2-7b-a100-tp1': { set: 'llama-2-7b-tp1', label: 'fitted' },
	'llama-2-7b-a100-tp2': { set: 'llama-2-7b-tp2', label: 'fitted' },
	'llama-2-7b-a100-tp4': { set: 'llama-2-7b-tp4', label: 'fitted' },
	'llama-3-8b-a100-tp1': { set: 'llama-3-8b-tp1', label: 'fitted' },
	'llama-3-8b-a100-tp4': { set: 'llama-3-8b-tp4', label: 'fitted' },
};

/** What is known of a shipped profile, without putting it together. */
export function describeProfile(key: ProfileKey): ProfileDescription {
	return describe(key, loadGraphAllReduce(key.device, networkOf(key.name, key.device)));
}

function describe(key: ProfileKey, graph: GraphAllReduce | null): ProfileDescription {
	const card = shippedCard(key.model);
	if (card === null) throw new Error(`Cannot describe "${key.name}": no card of "${key.model}"`);
	const errors = loadErrors();
	const base = key.name.replace(/-dgx$/, '');
	const parts = [
		tokenOps(key, card, errors, base),
		...attention(key, card.attention, errors, base),
		network(key, card, graph),
	];
	return { ...key, label: weakest(parts), parts };
}

function weakest(parts: readonly PartDescription[]): Label {
	const is = (label: Label) => parts.some((part) => part.label === label);
	return (['extrapolated', 'fitted'] as const).find(is) ?? 'measured';
}

/** The same of a profile's variant for reproduction: what it changes of which part. */
export function describeReproduction(key: ProfileKey): ProfileDescription {
	const own = describe(key, null);
	const trained = loadTrained(key.name);
	const isFlashInfer = shippedCard(key.model)?.attention === 'flashinfer';
	const changed = (part: PartDescription): PartDescription => {
		if (trained !== null) {
			const op = TRAINED_OPS[part.part];
			const error = trained.errors?.[op] ?? null;
			return {
				part: part.part,
				label: 'fitted',
				source: `random forests trained as Vidur's on all of its data (the error is that of ${op})`,
				error,
			};
		}
		const change = {
			'token operators':
				'steps blurred as a random forest expects them, level beyond the last' +
				(isFlashInfer ? '; writing keys and values as the profiler saw it' : ''),
			'decode attention': null,
			'prompt attention': 'level beyond the longest chunk',
			network: null,
		}[part.part];
		return change === null ? part : { ...part, source: `${part.source}; ${change}` };
	};
	const name = reproductionName(key.name);
	const parts = own.parts.map(changed);
	return { ...own, name, label: weakest(parts), parts };
}

/** The operator of a trained profile whose error stands for a part. */
const TRAINED_OPS: Readonly<Record<PartDescription['part'], string>> = {
	'token operators': 'mlp_up_proj',
	'decode attention': 'decode',
	'prompt attention': 'prefill',
	network: 'all_reduce',
};

function tokenOps(
	key: ProfileKey,
	model: ModelGeometry,
	errors: Errors,
	base: string,
): PartDescription {
	const own = loadMeasured(key.device, model, key.tensorParallel).some(
		({ ops }) =>
			ops.model === key.model && ops.byTensorParallel[String(key.tensorParallel)] !== undefined,
	);
	return {
		part: 'token operators',
		label: own ? 'measured' : 'extrapolated',
		source: own
			? `Vidur's mlp.csv of this model on ${key.device}, thinned to 0.3 %`
			: `the nearest matrices measured on ${key.device}, scaled by size`,
		error: errors[own ? `token-ops/${base}` : `scaled-ops/${key.device}`] ?? null,
	};
}

function attention(
	key: ProfileKey,
	kernel: string,
	errors: Errors,
	base: string,
): PartDescription[] {
	const sampled = SAMPLED[base];
	return (['decode', 'prefill'] as const).map((what) => {
		const part = what === 'decode' ? 'decode attention' : 'prompt attention';
		if (sampled !== undefined)
			return {
				part,
				label: sampled.label,
				source: `${kernel} on a100: samples of this model and tensor parallelism`,
				error: errors[`${what}/${sampled.set}`] ?? null,
			};
		const here = key.device === 'a100';
		return {
			part,
			label: 'extrapolated',
			source: here
				? `${kernel} on a100: samples of other geometries with as many blocks of threads`
				: `${kernel} on a100, by multiprocessors, bandwidth and rate of ${key.device}; no sample of attention there`,
			// On other devices nothing was measured that an error could be stated of.
			error: here ? (errors[`${what}-across/${kernel}`] ?? null) : null,
		};
	});
}

function network(
	key: ProfileKey,
	model: ModelGeometry,
	graph: GraphAllReduce | null,
): PartDescription {
	if (graph !== null && key.tensorParallel > 1)
		return { part: 'network', label: 'measured', source: graph.source, error: null };
	const data = loadNetwork(key.device, networkOf(key.name, key.device));
	const { label } = collectives(data, model.width, key.tensorParallel, { as: 'engine', graph });
	return {
		part: 'network',
		label,
		source:
			label === 'measured'
				? `Vidur's collectives on ${key.device} ${key.network}, thinned to 1 %`
				: `${key.device} ${key.network}: all-reduce over ${key.tensorParallel} GPUs from the likest measured one, or else a ring of measured sends`,
		error: null,
	};
}
