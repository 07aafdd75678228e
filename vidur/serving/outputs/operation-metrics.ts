import { join } from 'node:path';
import { OPERATIONS } from '../../../protocol/run-folder/batches.ts';
import { type OperationTimes, SEND_RECV } from '../../../silicon/predictor/operations.ts';
import type { ReplicaRecord } from '../record.ts';
import { BatchCursor } from './batch-cursor.ts';
import type { BatchIds } from './batch-order.ts';
import { writeCsv } from './byte-file.ts';
import { type Tally, writeQuantiles, writeSteps } from './distributions.ts';
import { rankOrder } from './rank-order.ts';

const KEY = 'Batch Id';
/** Operations of the CPU, in Vidur's order; all but the model's execution are 0, since they are not modelled. */
const CPU_OPERATIONS = [
	'schedule',
	'sample_e2e',
	'prepare_inputs_e2e',
	'model_execution_e2e',
	'process_model_outputs',
	'ray_comm_time',
] as const;
const MODEL_EXECUTION = CPU_OPERATIONS.indexOf('model_execution_e2e');
/** These are recorded only of batches that have them. */
const OPTIONAL: ReadonlySet<string> = new Set(['attn_prefill', 'attn_decode']);
/** Vidur's price counts it once, its metric twice. */
const ADD = OPERATIONS.indexOf('add');

/** What is written of the operations. */
export interface OperationOutputs {
	readonly times: OperationTimes;
	readonly ids: BatchIds;
	/** Every batch, besides the distributions. */
	readonly each: boolean;
	readonly subsamples: number | null;
}

/** Times in ms of the operations of every batch on every stage: their distributions, their sums, and each. */
export function writeOperationMetrics(
	folder: string,
	replicas: readonly ReplicaRecord[],
	outputs: OperationOutputs,
): void {
	const plots = join(folder, 'plots');
	const pricings = replicas.map((record) => pricing(record, outputs.times));
	const names = [...OPERATIONS, ...CPU_OPERATIONS];
	const tallies = names.map((name, i) => {
		const tally = weighted(pricings, i, OPTIONAL.has(name));
		writeQuantiles(plots, name, tally, `${name}_execution_time`);
		return tally;
	});
	// The bars of Vidur's plot, in its order: the model's execution is first.
	const bars = [
		OPERATIONS.length + MODEL_EXECUTION,
		...[...names.keys()].filter((i) => i !== OPERATIONS.length + MODEL_EXECUTION),
	];
	writeCsv(
		join(plots, 'total_operation_runtimes.csv'),
		['Operation', 'Time (ms)'],
		bars.length,
		(file, row) => {
			const i = bars[row] as number;
			file.text(`${names[i]},`).real(tallies[i]?.sum ?? 0);
		},
	);
	if (!outputs.each) return;
	const batches = batchesById(replicas, outputs.ids);
	writeEach(folder, 'operation_metrics', OPERATIONS, { pricings, batches, from: 0, ...outputs });
	const from = OPERATIONS.length;
	writeEach(folder, 'cpu_operation_metrics', CPU_OPERATIONS, {
		pricings,
		batches,
		from,
		...outputs,
	});
}

/** The operations of a replica's runs of batches. */
interface Pricing {
	readonly record: ReplicaRecord;
	/** In ms a layer, of the operations and then of those of the CPU: `OPERATIONS` of a run on a stage that sends or not. */
	fill(run: number, sends: boolean): Float64Array;
	readonly layers: number;
}

function pricing(record: ReplicaRecord, times: OperationTimes): Pricing {
	const { runs } = record;
	const { priced } = runs;
	const ms = new Float64Array(OPERATIONS.length + CPU_OPERATIONS.length);
	const own = ms.subarray(0, OPERATIONS.length);
	const summary = {
		tokens: 0,
		decodes: 0,
		decodeKv: 0,
		prefills: 0,
		prefillSquares: 0,
		prefillKv: 0,
	};
	let [filledRun, filledSends] = [-1, false];
	return {
		record,
		layers: times.layers,
		fill(run, sends) {
			if (run === filledRun && sends === filledSends) return ms;
			[filledRun, filledSends] = [run, sends];
			summary.tokens = runs.tokens.at(run);
			summary.decodes = runs.decodes.at(run);
			summary.decodeKv = priced?.decodeKv.at(run) ?? 0;
			summary.prefills = runs.prefills.at(run);
			summary.prefillSquares = priced?.prefillSquares.at(run) ?? 0;
			summary.prefillKv = priced?.prefillKv.at(run) ?? 0;
			times.of(summary, sends, own);
			let layer = 0;
			for (let i = 0; i < own.length; i++) if (i !== SEND_RECV) layer += own[i] as number;
			ms[OPERATIONS.length + MODEL_EXECUTION] = times.layers * layer + (own[SEND_RECV] as number);
			ms[ADD] = 2 * (own[ADD] as number);
			return ms;
		},
	};
}

/** How often an operation is recorded of a batch on a stage: once a layer, or once. */
function perStage(operation: number, layers: number): number {
	return operation < OPERATIONS.length && operation !== SEND_RECV ? layers : 1;
}

function weighted(
	pricings: readonly Pricing[],
	operation: number,
	isOptional: boolean,
): Tally & { readonly sum: number } {
	const values: number[] = [];
	const weights: number[] = [];
	let count = 0;
	let sum = 0;
	for (const { record, fill, layers } of pricings)
		record.stages.forEach(({ run }, stage) => {
			const sends = stage < record.stages.length - 1;
			for (let i = 0; i < run.length; i++) {
				const value = fill(run.at(i), sends)[operation] as number;
				if (isOptional && value === 0) continue;
				const times = record.runs.count.at(run.at(i)) * perStage(operation, layers);
				values.push(value);
				weights.push(times);
				count += times;
				sum += times * value;
			}
		});
	const order = rankOrder(Float64Array.from(values));
	return {
		count,
		sum,
		at(place) {
			let before = 0;
			for (const i of order) {
				before += weights[i] as number;
				if (before > place) return values[i] as number;
			}
			return Number.NaN;
		},
	};
}

/** Replica and run of each batch that began, by Vidur's number. */
function batchesById(replicas: readonly ReplicaRecord[], ids: BatchIds) {
	const places: { readonly replica: number; readonly run: number }[] = [];
	replicas.forEach((record, replica) => {
		for (const batch = new BatchCursor(record, 0); batch.next(); )
			places[ids(replica, batch.number)] = { replica, run: batch.run };
	});
	return places;
}

interface Each extends OperationOutputs {
	readonly pricings: readonly Pricing[];
	readonly batches: ReturnType<typeof batchesById>;
	/** Where these operations begin among all. */
	readonly from: number;
}

/** `FILE.csv` with a row a batch, the mean over its layers and stages, and each operation by itself. */
function writeEach(folder: string, name: string, operations: readonly string[], each: Each): void {
	const { pricings, batches, from, subsamples } = each;
	const meanOf = (id: number, operation: number): number => {
		const { replica, run } = batches[id] as (typeof batches)[number];
		const { fill, record } = pricings[replica] as Pricing;
		const last = record.stages.length - 1;
		const atLast = fill(run, false)[operation] as number;
		return last === 0
			? atLast
			: (last * (fill(run, true)[operation] as number) + atLast) / (last + 1);
	};
	const isMissing = (operation: string, value: number) => OPTIONAL.has(operation) && value === 0;
	writeCsv(join(folder, `${name}.csv`), [KEY, ...operations], batches.length, (file, id) => {
		file.number(id);
		operations.forEach((operation, i) => {
			const value = meanOf(id, from + i);
			file.comma().real(isMissing(operation, value) ? Number.NaN : value);
		});
	});
	operations.forEach((operation, i) => {
		const having = [...batches.keys()].filter((id) => !isMissing(operation, meanOf(id, from + i)));
		writeSteps(
			join(folder, 'plots', `${operation}_per_batch.csv`),
			{ key: KEY, value: operation },
			{
				count: having.length,
				key: (file, row) => file.number(having[row] as number),
				value: (row) => meanOf(having[row] as number, from + i),
			},
			{ isSummed: false, subsamples },
		);
	});
}
