import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Flags } from '../flags.ts';
import type { RunRecord } from '../run.ts';
import type { Setup } from '../setup.ts';
import { writeBatchMetrics } from './batch-metrics.ts';
import { writeChromeTrace } from './chrome-trace.ts';
import { configTree } from './config-json.ts';
import { writeMeters } from './meters.ts';
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
	const { replicas } = run;
	if (wants('enable_chrome_trace')) writeChromeTrace(folder, replicas);
	if (!wants('write_metrics')) return;
	const areReal = setup.requests.type === 'trace_replay';
	if (wants('store_request_metrics')) writeRequestMetrics(folder, run, areReal);
	if (wants('store_batch_metrics'))
		writeBatchMetrics(folder, replicas, { each: wants('keep_individual_batch_metrics'), areReal });
	if (wants('store_token_completion_metrics')) writeTokenMetrics(folder, replicas);
	if (wants('store_utilization_metrics')) writeMeters(folder, replicas);
}
