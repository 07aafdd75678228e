import { join } from 'node:path';
import type { ReplicaRecord, Series } from '../record.ts';
import type { BatchIds } from './batch-order.ts';
import { type Points, tallyOf, writeQuantiles, writeSteps } from './distributions.ts';
import { rankOrder } from './rank-order.ts';

const TIME = 'Time (sec)';

/** What is written of the tokens. */
export interface TokenOutputs {
	readonly ids: BatchIds;
	readonly subsamples: number | null;
	/** Whether a point counts, by the id of its batch. */
	isWanted(id: number): boolean;
}

/** The distribution of the times between tokens; prompt and output tokens over time. */
export function writeTokenMetrics(
	folder: string,
	replicas: readonly ReplicaRecord[],
	outputs: TokenOutputs,
): void {
	const plots = join(folder, 'plots');
	const gaps = merged(
		replicas.map(({ tokenGaps }) => tokenGaps),
		outputs,
	);
	const values = new Float64Array(gaps.count);
	for (let i = 0; i < gaps.count; i++) values[i] = gaps.value(i);
	writeQuantiles(plots, 'decode_token_execution_plus_preemption_time', tallyOf(values));
	const prefills = merged(
		replicas.map((replica) => replica.prefills),
		outputs,
	);
	for (const [name, points] of [
		['prefill_completion', prefills],
		['decode_completion', { ...gaps, value: () => 1 }],
	] as const)
		writeSteps(join(plots, `${name}_time_series.csv`), { key: TIME, value: name }, points, {
			isSummed: true,
			subsamples: outputs.subsamples,
		});
}

/** The points of all replicas by time. */
function merged(all: readonly (Series | null)[], { ids, isWanted }: TokenOutputs): Points {
	const total = all.reduce((sum, one) => sum + (one?.timeS.length ?? 0), 0);
	const times = new Float64Array(total);
	const values = new Float64Array(total);
	let count = 0;
	all.forEach((series, replica) => {
		if (series === null) return;
		for (let i = 0; i < series.timeS.length; i++) {
			const batch = series.batch?.at(i) ?? -1;
			if (batch >= 0 && !isWanted(ids(replica, batch))) continue;
			times[count] = series.timeS.at(i);
			values[count++] = series.value.at(i);
		}
	});
	const order = rankOrder(times.slice(0, count));
	return {
		count,
		key: (file, i) => file.real(times[order[i] as number] as number),
		value: (i) => values[order[i] as number] as number,
	};
}
