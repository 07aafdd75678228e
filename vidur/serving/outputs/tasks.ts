import { completionOrder } from '../completions.ts';
import type { Flags } from '../flags.ts';
import type { RunRecord } from '../run.ts';
import type { Setup } from '../setup.ts';
import { writeBatchMetrics } from './batch-metrics.ts';
import { type BatchNumbers, batchIds, numberBatches } from './batch-order.ts';
import { writeChromeTrace } from './chrome-trace.ts';
import { writeEventTrace } from './event-trace.ts';
import { meterTasks } from './meters.ts';
import { writeOperationMetrics } from './operation-metrics.ts';
import { requestTasks } from './request-metrics.ts';
import type { Task } from './task.ts';
import { writeTokenMetrics } from './token-metrics.ts';

/** What the flags ask for: plain data, for several threads. */
export interface OutputPlan {
	readonly chromeTrace: boolean;
	readonly eventTrace: boolean;
	readonly requests: boolean;
	readonly batches: boolean;
	readonly operations: boolean;
	readonly tokens: boolean;
	readonly meters: boolean;
	/** Each batch, besides the distributions. */
	readonly each: boolean;
	readonly memoryOverTime: boolean;
	/** Token counts as Vidur writes those of a replayed trace, `110.0`. */
	readonly areReal: boolean;
	readonly subsamples: number | null;
	/** The batches that count, by their ids. */
	readonly firstBatch: number;
	readonly lastBatch: number;
	readonly numbers: BatchNumbers;
	/** Places of the completions that count, in order. */
	readonly order: Uint32Array;
}

/** Reads the flags. */
export function outputPlan(flags: Flags, setup: Setup, run: RunRecord): OutputPlan {
	const isOn = (name: string) => flags.isOn(`metrics_config_${name}`);
	const wants = (name: string) => isOn('write_metrics') && isOn(name);
	// Vidur takes an index of 0 for none.
	const index = (name: string) => flags.optional(`metrics_config_${name}_batch_index`) || null;
	const counted = { firstBatch: index('min') ?? 0, lastBatch: index('max') ?? Infinity };
	const numbers = numberBatches(run.replicas);
	const { batch, replica } = run.completions;
	const ids = batchIds(numbers);
	const counts = (place: number) =>
		batch === null || isWanted(counted, ids(replica.at(place), batch.at(place)));
	return {
		...counted,
		numbers,
		order: completionOrder(run.completions, counts),
		chromeTrace: isOn('enable_chrome_trace'),
		eventTrace: isOn('write_json_trace'),
		requests: wants('store_request_metrics'),
		batches: wants('store_batch_metrics'),
		// Vidur's meter of utilization is where it records operations.
		operations: wants('store_operation_metrics') && wants('store_utilization_metrics'),
		tokens: wants('store_token_completion_metrics'),
		meters: wants('store_utilization_metrics'),
		each: isOn('keep_individual_batch_metrics'),
		memoryOverTime: isOn('save_table_to_wandb'),
		areReal: setup.requests.type === 'trace_replay',
		subsamples: flags.optional('metrics_config_subsamples'),
	};
}

function isWanted(
	{ firstBatch, lastBatch }: Pick<OutputPlan, 'firstBatch' | 'lastBatch'>,
	id: number,
): boolean {
	return id >= firstBatch && id <= lastBatch;
}

/**
 * Write all files, under Vidur's names: each task some of them, in any order. Those that share what they make of the
 * record are neighbours, for threads that begin at the two ends.
 */
export function outputTasks(folder: string, plan: OutputPlan, run: RunRecord): Task[] {
	const { replicas, limitS, operations } = run;
	const { subsamples, areReal, each, order } = plan;
	const ids = batchIds(plan.numbers);
	const common = { ids, subsamples, each, isWanted: (id: number) => isWanted(plan, id) };
	const tasks: Task[] = [];
	if (plan.chromeTrace) tasks.push(() => writeChromeTrace(folder, replicas, ids));
	if (plan.eventTrace) tasks.push(() => writeEventTrace(folder, run, ids));
	if (plan.meters) tasks.push(...meterTasks(folder, replicas, { ...common, ...plan }));
	if (plan.batches)
		tasks.push(() => writeBatchMetrics(folder, replicas, { ...common, areReal, limitS }));
	if (plan.tokens) tasks.push(() => writeTokenMetrics(folder, replicas, common));
	if (plan.operations && operations !== null)
		tasks.push(() => writeOperationMetrics(folder, replicas, { ...common, times: operations }));
	if (plan.requests) tasks.push(...requestTasks(folder, run, { order, areReal, subsamples }));
	return tasks;
}
