import { requestMetricNames } from '../../services/replica/engine/request.ts';
import { Column } from './column.ts';
import { rankOrder } from './outputs/rank-order.ts';
import type { RecordOptions } from './record.ts';

/** The time metrics of a request, which are known at its completion: columns of `requestMetricNames`. */
const FIRST = requestMetricNames.indexOf('request_e2e_time');
const AFTER = requestMetricNames.indexOf('request_inter_arrival_delay');
export const TIME_METRICS = requestMetricNames.slice(FIRST, AFTER);
const RESTARTS = requestMetricNames.indexOf('request_num_restarts');

/** Completed requests; each replica's are in the order of their completion. */
export interface CompletionColumns {
	readonly id: Column;
	readonly atS: Column;
	readonly replica: Column;
	/** Number of the batch within the replica; null: not kept. */
	readonly batch: Column | null;
	readonly restarts: Column;
	/** In the order of `TIME_METRICS`. Some are the same column: no CPU overhead is modelled. */
	readonly times: readonly Column[];
}

/** No completions. */
export function createCompletions({ batchOf }: RecordOptions): CompletionColumns {
	const columns = new Map<string, Column>();
	const times = TIME_METRICS.map((name) => {
		const same = name.replace('model_execution', 'execution');
		const column = columns.get(same) ?? new Column();
		columns.set(same, column);
		return column;
	});
	return {
		id: new Column('whole'),
		atS: new Column(),
		replica: new Column('whole'),
		batch: batchOf ? new Column() : null,
		restarts: new Column('whole'),
		times,
	};
}

/** Appends a completion with its row, which is in the order of `requestMetricNames`. */
export function addCompletion(
	completions: CompletionColumns,
	at: { readonly replica: number; readonly atS: number; readonly batch: number },
	row: Float64Array,
): void {
	const { times } = completions;
	completions.id.push(row[0] as number);
	completions.atS.push(at.atS);
	completions.replica.push(at.replica);
	completions.batch?.push(at.batch);
	completions.restarts.push(row[RESTARTS] as number);
	for (let i = 0; i < times.length; i++) {
		const column = times[i] as Column;
		if (column.length < completions.id.length) column.push(row[FIRST + i] as number);
	}
}

/** Places of the completions that count, by their time and, at one time, by their replica. */
export function completionOrder(
	{ atS, replica }: CompletionColumns,
	counts: (place: number) => boolean,
): Uint32Array {
	const times = new Float64Array(atS.length);
	let [isSorted, latestS] = [true, Number.NEGATIVE_INFINITY];
	for (let i = 0; i < atS.length; i++) {
		times[i] = atS.at(i);
		isSorted &&= atS.at(i) >= latestS && replica.at(i) === 0;
		latestS = atS.at(i);
	}
	const order = isSorted ? Uint32Array.from(times, (_, i) => i) : rankOrder(times);
	return order.filter(counts);
}
