import { join } from 'node:path';
import { REQUEST_METRICS } from '../../../protocol/run-folder/requests.ts';
import type { Column } from '../column.ts';
import { TIME_METRICS } from '../completions.ts';
import { interArrivalS, type RequestColumns } from '../requests.ts';
import type { RunRecord } from '../run.ts';
import { type ByteFile, writeCsv } from './byte-file.ts';
import { rankTasks, writeSteps } from './distributions.ts';
import type { Task } from './task.ts';

const KEY = 'Request Id';
const TIME = 'Time (sec)';

/** What is written of the requests. */
export interface RequestOutputs {
	/** Places of the completions to be written, in order. */
	readonly order: Uint32Array;
	/** Token counts as Vidur writes those of a replayed trace, `110.0`. */
	readonly areReal: boolean;
	readonly subsamples: number | null;
}

/**
 * Write `request_metrics.csv` in the order of completion, those not completed last, with what is known of them; the
 * distribution of each time metric; arrivals and completions over time.
 */
export function requestTasks(folder: string, run: RunRecord, outputs: RequestOutputs): Task[] {
	const { order, subsamples } = outputs;
	const { completions, requests } = run;
	const plots = join(folder, 'plots');
	const numberOf = new Map(
		completions.times.map((column) => [column, (i: number) => column.at(order[i] as number)]),
	);
	const values = TIME_METRICS.map((metric, i) => {
		const column = completions.times[i] as Column;
		return [metric, numberOf.get(column) as (i: number) => number] as const;
	});
	const ranked = {
		count: order.length,
		key: (i: number) => completions.id.at(order[i] as number),
		values: new Map(values),
	};
	const { arrivedAtS } = requests;
	const writeCounts = (value: string, count: number, timeOf: (i: number) => number) =>
		writeSteps(
			join(plots, `${value}_time_series.csv`),
			{ key: TIME, value },
			{ count, key: (file, i) => file.real(timeOf(i)), value: () => 1 },
			{ isSummed: true, subsamples },
		);
	return [
		() => writeTable(folder, run, outputs),
		...rankTasks(plots, KEY, ranked, subsamples),
		() => writeCounts('request_arrival', arrivedAtS.length, (i) => arrivedAtS.at(i)),
		() =>
			writeCounts('request_completion', order.length, (i) =>
				completions.atS.at(order[i] as number),
			),
	];
}

function writeTable(folder: string, run: RunRecord, { order, areReal }: RequestOutputs): void {
	const { completions, requests } = run;
	const { id, times, restarts } = completions;
	const isDone = new Uint8Array(requests.arrivedAtS.length);
	for (const place of order) isDone[id.at(place)] = 1;
	const waiting: number[] = [];
	isDone.forEach((done, number) => {
		if (done === 0) waiting.push(number);
	});
	const path = join(folder, 'request_metrics.csv');
	const none = ','.repeat(TIME_METRICS.length);
	writeCsv(path, [KEY, ...REQUEST_METRICS], order.length + waiting.length, (file, row) => {
		const number = waiting[row - order.length];
		if (number !== undefined) {
			file.number(number).text(none);
			writeKnown(file, requests, number, areReal);
			return;
		}
		const place = order[row] as number;
		file.number(id.at(place));
		for (let i = 0; i < times.length; i++) file.comma().real((times[i] as Column).at(place));
		writeKnown(file, requests, id.at(place), areReal);
		file.number(restarts.at(place));
	});
}

/** What is known of a request at its arrival, and the comma after it. */
function writeKnown(file: ByteFile, requests: RequestColumns, id: number, areReal: boolean): void {
	const prefill = requests.prefillTokens.at(id);
	const decode = requests.decodeTokens.at(id);
	file.comma().real(interArrivalS(requests, id));
	for (const tokens of [prefill + decode, prefill, decode]) {
		file.comma();
		if (areReal) file.real(tokens);
		else file.number(tokens);
	}
	file
		.comma()
		.real(prefill / decode)
		.comma();
}
