import { join } from 'node:path';
import type { ReplicaRecord } from '../record.ts';
import { batchIds, type EndedBatch, endedBatches } from './batch-order.ts';
import { writeQuantiles, writeSteps } from './distributions.ts';
import { real, writeCsv } from './text-file.ts';

const KEY = 'Batch Id';

/** In the order of the columns of batch_metrics.csv. */
const METRICS = [
	'batch_num_tokens',
	'batch_num_prefill_tokens',
	'batch_num_decode_tokens',
	'batch_size',
	'batch_execution_time',
] as const;
type Metric = (typeof METRICS)[number];
const REAL: ReadonlySet<Metric> = new Set(['batch_execution_time']);

/** What is written of the batches. */
export interface BatchOutputs {
	/** Every batch, in the order of their ends, besides the distributions. */
	readonly each: boolean;
	/** Token counts as Vidur writes those of a replayed trace, `110.0`. */
	readonly areReal: boolean;
}

/** The distribution of each batch metric, and each batch. */
export function writeBatchMetrics(
	folder: string,
	replicas: readonly ReplicaRecord[],
	{ each, areReal }: BatchOutputs,
): void {
	const ended = endedBatches(replicas);
	const value = (metric: Metric, i: number) => metricOf(metric, replicas, ended[i] as EndedBatch);
	const plots = join(folder, 'plots');
	for (const metric of METRICS)
		writeQuantiles(
			plots,
			metric,
			Float64Array.from(ended, (_, i) => value(metric, i)),
		);
	if (!each) return;
	const ids = batchIds(replicas);
	const id = (i: number): string => {
		const { replica, number } = ended[i] as EndedBatch;
		return String((ids[replica] as Int32Array)[number]);
	};
	for (const metric of METRICS)
		writeSteps(
			join(plots, `${metric}_per_batch.csv`),
			{ key: KEY, value: metric },
			{ count: ended.length, key: id, value: (i) => value(metric, i) },
			false,
		);
	writeCsv(join(folder, 'batch_metrics.csv'), [KEY, ...METRICS], ended.length, (i) => [
		id(i),
		...METRICS.map((metric) =>
			REAL.has(metric) || (areReal && metric !== 'batch_size')
				? real(value(metric, i))
				: String(value(metric, i)),
		),
	]);
}

function metricOf(metric: Metric, replicas: readonly ReplicaRecord[], batch: EndedBatch): number {
	const { number, endS } = batch;
	const { tokens, prefillTokens, size, formedS } = (replicas[batch.replica] as ReplicaRecord)
		.batches;
	switch (metric) {
		case 'batch_num_tokens':
			return tokens.at(number);
		case 'batch_num_prefill_tokens':
			return prefillTokens.at(number);
		case 'batch_num_decode_tokens':
			return tokens.at(number) - prefillTokens.at(number);
		case 'batch_size':
			return size.at(number);
		default:
			return endS - formedS.at(number);
	}
}
