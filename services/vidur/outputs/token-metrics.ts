import { join } from 'node:path';
import type { ReplicaRecord, Series } from '../record.ts';
import { type Points, writeQuantiles, writeSteps } from './distributions.ts';
import { real } from './text-file.ts';

const TIME = 'Time (sec)';

/** The distribution of the times between tokens; prompt and output tokens over time. */
export function writeTokenMetrics(folder: string, replicas: readonly ReplicaRecord[]): void {
	const plots = join(folder, 'plots');
	const gaps = merged(replicas.map(({ tokenGaps }) => tokenGaps));
	writeQuantiles(
		plots,
		'decode_token_execution_plus_preemption_time',
		Float64Array.from({ length: gaps.count }, (_, i) => gaps.value(i)),
	);
	const prefills = merged(replicas.map((replica) => replica.prefills));
	for (const [name, points] of [
		['prefill_completion', prefills],
		['decode_completion', { ...gaps, value: () => 1 }],
	] as const)
		writeSteps(join(plots, `${name}_time_series.csv`), { key: TIME, value: name }, points, true);
}

/** The points of all replicas by time. */
function merged(all: readonly (Series | null)[]): Points {
	const list = all.filter((one): one is Series => one !== null);
	const places = list.flatMap((one) =>
		Array.from({ length: one.timeS.length }, (_, i) => ({ one, i })),
	);
	places.sort((a, b) => a.one.timeS.at(a.i) - b.one.timeS.at(b.i));
	const at = (index: number) => places[index] as (typeof places)[number];
	return {
		count: places.length,
		key: (index) => real(at(index).one.timeS.at(at(index).i)),
		value: (index) => at(index).one.value.at(at(index).i),
	};
}
