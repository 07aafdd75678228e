import { join } from 'node:path';
import { Column } from '../column.ts';
import type { ReplicaRecord } from '../record.ts';
import type { BatchCursor } from './batch-cursor.ts';
import { type BatchIds, batchesOf, visitEnded } from './batch-order.ts';
import { writeCsv } from './byte-file.ts';
import { type Tally, tallyOf, writeQuantiles, writeSteps } from './distributions.ts';

const KEY = 'Batch Id';
const TIME = 'batch_execution_time';
/** The counts of batch_metrics.csv, in its order; the time comes after them. */
const COUNTS = [
	'batch_num_tokens',
	'batch_num_prefill_tokens',
	'batch_num_decode_tokens',
	'batch_size',
] as const;
type Count = (typeof COUNTS)[number];

/** What is written of the batches. */
export interface BatchOutputs {
	/** Every batch, in the order of their ends, besides the distributions. */
	readonly each: boolean;
	/** Token counts as Vidur writes those of a replayed trace, `110.0`. */
	readonly areReal: boolean;
	readonly subsamples: number | null;
	readonly limitS: number;
	readonly ids: BatchIds;
	/** Whether a batch counts, by its id. */
	isWanted(id: number): boolean;
}

/** The distribution of each batch metric, and each batch. */
export function writeBatchMetrics(
	folder: string,
	replicas: readonly ReplicaRecord[],
	outputs: BatchOutputs,
): void {
	const { ids, limitS } = outputs;
	const id = new Column();
	const times = new Float64Array(replicas.reduce((sum, record) => sum + batchesOf(record), 0));
	let count = 0;
	const columns = COUNTS.map(() => (outputs.each ? new Column() : null));
	const tallies = COUNTS.map(() => new CountTally());
	visitEnded(replicas, limitS, (batch, replica) => {
		const batchId = ids(replica, batch.number);
		if (!outputs.isWanted(batchId)) return;
		if (outputs.each) id.push(batchId);
		times[count++] = batch.endS - batch.formedS;
		COUNTS.forEach((count, i) => {
			const value = countOf(count, batch);
			tallies[i]?.add(value);
			columns[i]?.push(value);
		});
	});
	const plots = join(folder, 'plots');
	const timeS = times.subarray(0, count);
	writeQuantiles(plots, TIME, tallyOf(outputs.each ? timeS.slice() : timeS));
	COUNTS.forEach((count, i) => {
		writeQuantiles(plots, count, tallies[i] as Tally);
	});
	if (!outputs.each) return;
	const each = [
		...columns.map((column) => (row: number) => column?.at(row) as number),
		(row: number) => timeS[row] as number,
	];
	[...COUNTS, TIME].forEach((metric, i) => {
		writeSteps(
			join(plots, `${metric}_per_batch.csv`),
			{ key: KEY, value: metric },
			{
				count: id.length,
				key: (file, row) => file.number(id.at(row)),
				value: each[i] as (row: number) => number,
			},
			{ isSummed: false, subsamples: outputs.subsamples },
		);
	});
	const path = join(folder, 'batch_metrics.csv');
	writeCsv(path, [KEY, ...COUNTS, TIME], id.length, (file, row) => {
		file.number(id.at(row));
		each.forEach((numberOf, i) => {
			file.comma();
			const isReal = i === COUNTS.length || (outputs.areReal && COUNTS[i] !== 'batch_size');
			if (isReal) file.real(numberOf(row));
			else file.number(numberOf(row));
		});
	});
}

function countOf(count: Count, { record: { runs }, run }: BatchCursor): number {
	switch (count) {
		case 'batch_num_tokens':
			return runs.tokens.at(run);
		case 'batch_num_prefill_tokens':
			return runs.tokens.at(run) - runs.decodes.at(run);
		case 'batch_num_decode_tokens':
			return runs.decodes.at(run);
		default:
			return runs.decodes.at(run) + runs.prefills.at(run);
	}
}

/** How often each whole number came. */
class CountTally implements Tally {
	count = 0;
	#times = new Float64Array(256);

	add(value: number): void {
		if (value >= this.#times.length) {
			const longer = new Float64Array(2 * value);
			longer.set(this.#times);
			this.#times = longer;
		}
		this.#times[value] = (this.#times[value] as number) + 1;
		this.count++;
	}

	at(place: number): number {
		let before = 0;
		for (let value = 0; value < this.#times.length; value++) {
			before += this.#times[value] as number;
			if (before > place) return value;
		}
		return Number.NaN;
	}
}
