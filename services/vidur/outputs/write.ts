import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { completionOrder } from '../completions.ts';
import type { Flags } from '../flags.ts';
import type { RunRecord } from '../run.ts';
import type { Setup } from '../setup.ts';
import { writeBatchMetrics } from './batch-metrics.ts';
import { batchIds } from './batch-order.ts';
import { writeChromeTrace } from './chrome-trace.ts';
import { configTree } from './config-json.ts';
import { writeMeters } from './meters.ts';
import { writeOperationMetrics } from './operation-metrics.ts';
import { writeRequestMetrics } from './request-metrics.ts';
import { writeTokenMetrics } from './token-metrics.ts';

/** Makes the folder and writes `config.json`. */
export function writeConfig(folder: string, flags: Flags, setup: Setup): void {
	mkdirSync(join(folder, 'plots'), { recursive: true });
	const tree = configTree(flags, setup, folder);
	writeFileSync(join(folder, 'config.json'), `${JSON.stringify(tree, null, 4)}\n`);
}

/** Writes the files that the flags ask for, under Vidur's names. */
export function writeOutputs(folder: string, flags: Flags, setup: Setup, run: RunRecord): void {
	const wants = (name: string) => flags.isOn(`metrics_config_${name}`);
	const { replicas, completions, limitS } = run;
	const ids = batchIds(replicas);
	if (wants('enable_chrome_trace')) writeChromeTrace(folder, replicas, ids);
	if (!wants('write_metrics')) return;
	const isWanted = batchFilter(flags);
	const subsamples = flags.optional('metrics_config_subsamples');
	const areReal = setup.requests.type === 'trace_replay';
	if (wants('store_request_metrics')) {
		const { batch, replica } = completions;
		const counts = (place: number) =>
			batch === null || isWanted(ids(replica.at(place), batch.at(place)));
		const order = completionOrder(completions, counts);
		writeRequestMetrics(folder, run, { order, areReal, subsamples });
	}
	const common = { ids, isWanted, subsamples };
	if (wants('store_batch_metrics'))
		writeBatchMetrics(folder, replicas, {
			...common,
			each: wants('keep_individual_batch_metrics'),
			areReal,
			limitS,
		});
	// Vidur's meter of utilization is where it records operations.
	if (run.operations !== null && wants('store_utilization_metrics'))
		writeOperationMetrics(folder, replicas, {
			...common,
			times: run.operations,
			each: wants('keep_individual_batch_metrics'),
		});
	if (wants('store_token_completion_metrics')) writeTokenMetrics(folder, replicas, common);
	if (wants('store_utilization_metrics'))
		writeMeters(folder, replicas, { ...common, memoryOverTime: wants('save_table_to_wandb') });
}

/** The batches between `min_batch_index` and `max_batch_index`, which Vidur takes for not given when they are 0. */
function batchFilter(flags: Flags): (id: number) => boolean {
	const least = flags.optional('metrics_config_min_batch_index') || 0;
	const most = flags.optional('metrics_config_max_batch_index') || Number.POSITIVE_INFINITY;
	return (id) => id >= least && id <= most;
}
