import { join } from 'node:path';
import { REQUEST_METRICS } from '../../../protocol/ports.ts';
import type { RunRecord } from '../run.ts';
import { writeRanks, writeSteps } from './distributions.ts';
import { real, writeCsv } from './text-file.ts';

const KEY = 'Request Id';
const TIME = 'Time (sec)';
/** The metrics from here on are known at arrival, except the last, which counts restarts. */
const FIRST_AT_ARRIVAL = REQUEST_METRICS.indexOf('request_inter_arrival_delay');
const RESTARTS = REQUEST_METRICS.indexOf('request_num_restarts');
const TOKENS = REQUEST_METRICS.indexOf('request_num_tokens');
const RATIO = REQUEST_METRICS.indexOf('request_pd_ratio');

/**
 * `request_metrics.csv` in the order of completion, those not completed last, with what is known of them; the
 * distribution of each time metric; arrivals and completions over time.
 *
 * @param areReal whether token counts are written as Vidur writes those of a replayed trace, `110.0`
 */
export function writeRequestMetrics(folder: string, run: RunRecord, areReal: boolean): void {
	writeTable(folder, run, areReal);
	const { completions, requests } = run;
	const plots = join(folder, 'plots');
	const id = (i: number) => String(completions.value(i, 0));
	REQUEST_METRICS.slice(0, FIRST_AT_ARRIVAL).forEach((metric, column) => {
		writeRanks(
			plots,
			{ key: KEY, value: metric },
			{ count: completions.count, key: id, value: (i) => completions.value(i, column + 1) },
		);
	});
	writeSteps(
		join(plots, 'request_arrival_time_series.csv'),
		{ key: TIME, value: 'request_arrival' },
		{ count: requests.length, key: (i) => real(requests[i]?.arrivedAtS ?? 0), value: () => 1 },
		true,
	);
	writeSteps(
		join(plots, 'request_completion_time_series.csv'),
		{ key: TIME, value: 'request_completion' },
		{ count: completions.count, key: (i) => real(completions.atS(i)), value: () => 1 },
		true,
	);
}

function writeTable(folder: string, run: RunRecord, areReal: boolean): void {
	const { completions, requests } = run;
	const cell = (value: number, metric: number): string => {
		const isCount = metric >= TOKENS && metric !== RATIO && (metric === RESTARTS || !areReal);
		return isCount ? String(value) : real(value);
	};
	const done = new Set<number>();
	for (let i = 0; i < completions.count; i++) done.add(completions.value(i, 0));
	const waiting = requests.filter(({ id }) => !done.has(id));
	writeCsv(
		join(folder, 'request_metrics.csv'),
		[KEY, ...REQUEST_METRICS],
		completions.count + waiting.length,
		(row) => {
			const request = waiting[row - completions.count];
			if (request === undefined)
				return [
					String(completions.value(row, 0)),
					...REQUEST_METRICS.map((_, i) => cell(completions.value(row, i + 1), i)),
				];
			const { id, prefillTokens, decodeTokens, interArrivalS } = request;
			const known = [
				interArrivalS,
				prefillTokens + decodeTokens,
				prefillTokens,
				decodeTokens,
				prefillTokens / decodeTokens,
			];
			return [
				String(id),
				...REQUEST_METRICS.map((_, i) => {
					const value = known[i - FIRST_AT_ARRIVAL];
					return value === undefined ? '' : cell(value, i);
				}),
			];
		},
	);
}
