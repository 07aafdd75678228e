import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import * as z from 'zod';
import { readInputText } from '../../kernel/files/input-file.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { knownText } from '../../protocol/nearest-name.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import { type Device, vidurDevices } from '../../silicon/device.ts';
import { readStageSeries, type StageSeries } from './stage-series.ts';

/** What is needed of a run's config.json; Vidur's has more. */
const Config = z.looseObject({
	cluster_config: z.looseObject({
		num_replicas: z.int().positive(),
		replica_config: z.looseObject({
			model_name: z.string(),
			device: z.string(),
			tensor_parallel_size: z.int().positive(),
			num_pipeline_stages: z.int().positive(),
		}),
	}),
});

/** Columns of a CSV file by their names. */
export type Columns = ReadonlyMap<string, Float64Array>;

/** A results folder of Vidur, or of `gridbeat vidur`. */
export interface VidurResults {
	readonly folder: string;
	readonly config: Readonly<Record<string, unknown>>;
	readonly model: string;
	readonly device: Device;
	readonly replicas: number;
	readonly tensorParallel: number;
	readonly pipelineStages: number;
	/** replicas x TP x PP. */
	readonly gpus: number;
	/** request_metrics.csv. */
	readonly requests: Columns;
	/** By replica and stage. */
	readonly stages: readonly StageSeries[];
	/** Time of the last completion, s. */
	readonly runtimeS: number;
}

/** @throws ConfigError naming the file that is missing or broken */
export function readVidurResults(folder: string): VidurResults {
	const configPath = join(folder, 'config.json');
	if (!existsSync(configPath))
		throw new ConfigError(
			`Cannot read "${folder}": it has no config.json; give the folder that Vidur or gridbeat vidur wrote`,
		);
	const config = readConfig(configPath);
	const { num_replicas: replicas, replica_config: replica } = config.cluster_config;
	const device = vidurDevices.find(({ name }) => name === replica.device.toLowerCase());
	if (device === undefined)
		throw new ConfigError(
			`Cannot tell the power of device "${replica.device}" in "${configPath}": ` +
				`${knownText(
					replica.device,
					vidurDevices.map(({ name }) => name),
				)}`,
		);
	const requests = readColumns(join(folder, 'request_metrics.csv'));
	const stages = readStages(folder);
	const completion = join(folder, 'plots', 'request_completion_time_series.csv');
	const ends = existsSync(completion) ? readColumns(completion).get('Time (sec)') : undefined;
	return {
		folder,
		config,
		model: replica.model_name,
		device,
		replicas,
		tensorParallel: replica.tensor_parallel_size,
		pipelineStages: replica.num_pipeline_stages,
		gpus: replicas * replica.tensor_parallel_size * replica.num_pipeline_stages,
		requests,
		stages,
		runtimeS: ends?.at(-1) ?? lastTime(stages),
	};
}

function readConfig(path: string): z.infer<typeof Config> {
	let raw: unknown;
	try {
		raw = JSON.parse(readInputText(path));
	} catch (error) {
		throw new ConfigError(`Cannot read "${path}": ${messageOf(error)}`);
	}
	const parsed = Config.safeParse(raw, PLAINLY);
	if (parsed.success) return parsed.data;
	const issue = parsed.error.issues[0];
	throw new ConfigError(`Cannot use "${path}": ${issue?.path.join('.')}: ${issue?.message}`);
}

/** A CSV file's columns of numbers; NaN where a cell is none. */
export function readColumns(path: string): Columns {
	let rows: string[][];
	try {
		rows = parse(readInputText(path), { bom: true, skip_empty_lines: true });
	} catch (error) {
		throw new ConfigError(`Cannot read "${path}": ${messageOf(error)}`);
	}
	const [header = [], ...body] = rows;
	return new Map(
		header.map((name, i) => [
			name,
			Float64Array.from(body, (row) => (row[i] === '' ? Number.NaN : Number(row[i]))),
		]),
	);
}

function readStages(folder: string): StageSeries[] {
	const plots = join(folder, 'plots');
	const names = existsSync(plots) ? readdirSync(plots) : [];
	const found = names.flatMap((name) => {
		const match = /^replica_(\d+)_stage_(\d+)_mfu\.json$/.exec(name);
		return match === null ? [] : [{ name, replica: Number(match[1]), stage: Number(match[2]) }];
	});
	if (found.length === 0)
		throw new ConfigError(
			`Cannot tell the energy of "${folder}": plots/ has no replica_R_stage_S_mfu.json; ` +
				'run with metrics_config_store_utilization_metrics',
		);
	return found
		.sort((a, b) => a.replica - b.replica || a.stage - b.stage)
		.map(({ name, replica, stage }) => readStageSeries(join(plots, name), replica, stage));
}

function lastTime(stages: readonly StageSeries[]): number {
	return stages.reduce((last, { timeS }) => Math.max(last, timeS.at(-1) ?? 0), 0);
}
