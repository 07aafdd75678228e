import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as z from 'zod';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import type { ModelGeometry } from '../model.ts';
import type { Parts, Save } from './assemble.ts';
import { AttentionKernel } from './attention.ts';
import { Errors } from './held-out-error.ts';
import { vidurModels } from './load-cards.ts';
import { GraphAllReduce, Network } from './network.ts';
import { Profile } from './profile.ts';
import { type Measured, MeasuredOps } from './token-ops.ts';

const cache = new Map<string, unknown>();

/** A JSON file of profiling-data, parsed once. */
function part<T>(path: string, schema: z.ZodType<T>): T {
	const found = cache.get(path);
	if (found !== undefined) return found as T;
	const file = projectFile(join('profiling-data', path));
	let value: T;
	try {
		value = schema.parse(JSON.parse(readFileSync(file, 'utf8')), PLAINLY);
	} catch (error) {
		throw new ConfigError(
			`Cannot read "${file}": ${messageOf(error).split('\n')[0]}; ` +
				'it is made by silicon/fit (profiling-data/README.md)',
		);
	}
	cache.set(path, value);
	return value;
}

/** Held-out errors of the shipped parts. */
export function loadErrors(): Errors {
	return part('errors.json', Errors);
}

/** An attention kernel by its name. */
function loadAttention(kernel: string): AttentionKernel {
	return part(`attention/${kernel}.json`, AttentionKernel);
}

/** Collectives of a device's network. */
export function loadNetwork(device: string, network: string): Network {
	return part(`network/${device}-${network}.json`, Network);
}

/** All-reduces within a graph, where they were measured. */
export function loadGraphAllReduce(device: string, network: string): GraphAllReduce | null {
	const path = `network/${device}-${network}-graph.json`;
	return existsSync(projectFile(join('profiling-data', path))) ? part(path, GraphAllReduce) : null;
}

/** Measured operators of a device: the model's own alone if there are any, else all that were measured. */
export function loadMeasured(
	device: string,
	model: ModelGeometry,
	tensorParallel: number,
): Measured[] {
	const own = measuredPath(device, model.name);
	if (existsSync(projectFile(join('profiling-data', own)))) {
		const ops = part(own, MeasuredOps);
		if (ops.byTensorParallel[String(tensorParallel)] !== undefined)
			return [{ geometry: model, ops }];
	}
	return allMeasured(device);
}

/** All that was measured on a device. */
export function allMeasured(device: string): Measured[] {
	const folder = `token-ops/${device}`;
	const files = readdirSync(projectFile(join('profiling-data', folder))).sort();
	return files.map((file) => {
		const ops = part(join(folder, file), MeasuredOps);
		const geometry = vidurModels.find(({ name }) => name === ops.model);
		if (geometry === undefined)
			throw new ConfigError(`Cannot use "${folder}/${file}": there is no card of "${ops.model}"`);
		return { geometry, ops };
	});
}

/** Where the operators of a model on a device lie in profiling-data. */
export function measuredPath(device: string, model: string): string {
	return `token-ops/${device}/${model.toLowerCase().replace(/^.*\//, '')}.json`;
}

/** What a profile is put together from. */
export function loadParts(
	target: {
		readonly model: ModelGeometry;
		readonly device: string;
		readonly tensorParallel: number;
	},
	kernel: string,
	network: string,
): Parts {
	return {
		measured: loadMeasured(target.device, target.model, target.tensorParallel),
		network: loadNetwork(target.device, network),
		allReduces: { as: 'engine', graph: loadGraphAllReduce(target.device, network) },
		attention: loadAttention(kernel),
		reproduction: null,
	};
}

/** What the profiling of FlashInfer shows for writing keys and values (profiling-data/README.md). */
export function loadArtefact(): Save {
	return part('llama-3-8b-a100-tp1-reproduction.json', Profile).kvCacheSave;
}

/** What Vidur's own regressors make of a profile's data, where all of it is there; otherwise null. */
export function loadTrained(name: string): Profile | null {
	const path = `trained/${name}.json`;
	return existsSync(projectFile(join('profiling-data', path))) ? part(path, Profile) : null;
}
