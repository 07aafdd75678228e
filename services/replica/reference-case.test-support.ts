import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { findModel } from '../../silicon/profile/load-cards.ts';
import { type ReplicaConfig, replicaDefaults, type SchedulerConfig } from './config.ts';
import type { Request } from './engine/admission.ts';

/** A run of Vidur itself (7d47513), with its input and its results. */
export interface ReferenceCase {
	readonly config: ReplicaConfig;
	readonly replicas: number;
	readonly policy: 'round_robin' | 'lor';
	readonly requests: readonly Request[];
	/** Which replica Vidur gave each request to, in their order. */
	readonly assignment: readonly number[];
}

const referenceFolder = resolve('../shared/reference/vidur');

/** Why there is no reference material, null when there is. */
export const referenceMissing = existsSync(referenceFolder) ? null : `no ${referenceFolder}`;

const tablesOf: Readonly<Record<string, string>> = {
	case03: 'predictor_full_wide',
	case04b: 'predictor_full_wide',
	case08: 'predictor_full_pp2',
	case09: 'predictor_full_lr',
};

/** Reads a case: what its command line says, with Vidur's own latency tables. */
export function referenceCase(name: string): ReferenceCase {
	const words = readFileSync(`${referenceFolder}/${name}/command.txt`, 'utf8').trim().split(/\s+/);
	const flag = (suffix: string, otherwise: string): string => {
		const at = words.findIndex((word) => word.startsWith('--') && word.endsWith(suffix));
		return at < 0 ? otherwise : (words[at + 1] as string);
	};
	const config: ReplicaConfig = {
		...replicaDefaults,
		stepUs: 60_000_000,
		model: findModel(flag('replica_config_model_name', '')),
		numTensorParallelWorkers: Number(flag('tensor_parallel_size', '1')),
		pipelineStages: Number(flag('num_pipeline_stages', '1')),
		scheduler: schedulerOf(flag),
		profile: `${referenceFolder}/${tablesOf[name] ?? 'predictor_full'}`,
		compatibility: 'vidur',
	};
	const byId = new Map(
		referenceCsv(`${name}/assignment.csv`).map((row) => [row['request_id'], row['replica_id']]),
	);
	const requests = traceRequests(name);
	return {
		config,
		replicas: Number(flag('num_replicas', '1')),
		policy: flag('global_scheduler_config_type', 'round_robin') as ReferenceCase['policy'],
		requests,
		assignment: requests.map(({ id }) => byId.get(id) as number),
	};
}

function schedulerOf(flag: (suffix: string, otherwise: string) => string): SchedulerConfig {
	const type = flag('--replica_scheduler_config_type', 'sarathi') as Exclude<
		SchedulerConfig['type'],
		'vllm-v1'
	>;
	const common = {
		batchSizeCap: Number(flag('batch_size_cap', '128')),
		blockSize: Number(flag('scheduler_config_block_size', '16')),
		numBlocks: null,
	};
	const maxTokensInBatch = Number(flag('max_tokens_in_batch', '4096'));
	const { watermarkFraction } = replicaDefaults.scheduler;
	switch (type) {
		case 'vllm':
			return { type, ...common, watermarkFraction, maxTokensInBatch };
		case 'sarathi':
			return { type, ...common, watermarkFraction, chunkSize: Number(flag('chunk_size', '512')) };
		case 'lightllm':
			return { type, ...common, maxTokensInBatch, maxWaitingIterations: 10 };
		default:
			return { type, ...common };
	}
}

function traceRequests(name: string): Request[] {
	const trace = referenceCsv(`${name}/trace.csv`);
	return trace.map((row, i): Request => {
		const arrivedAtS = row['arrived_at'] as number;
		return {
			id: row['request_id'] as number,
			arrivedAtS,
			interArrivalS: arrivedAtS - (trace[i - 1]?.['arrived_at'] ?? Number.NaN),
			prefillTokens: row['num_prefill_tokens'] as number,
			decodeTokens: row['num_decode_tokens'] as number,
		};
	});
}

/** Rows of a CSV file of the reference as texts. */
export function referenceRows(path: string): Record<string, string>[] {
	const bytes = readFileSync(`${referenceFolder}/${path}`);
	const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
	const [header, ...lines] = text.trimEnd().split(/\r?\n/);
	const names = (header as string).split(',');
	return lines.map((line) => {
		const cells = line.split(',');
		return Object.fromEntries(names.map((column, i) => [column, cells[i] as string]));
	});
}

/** Rows of a numeric CSV file; empty and other cells are NaN. */
export function referenceCsv(path: string): Record<string, number>[] {
	return referenceRows(path).map((row) =>
		Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, Number(cell || 'NaN')])),
	);
}
