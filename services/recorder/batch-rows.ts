import type { WireInput } from '../../kernel/actor/contract.ts';
import { BATCHES_PORT } from '../../protocol/ports.ts';
import { compareNames } from '../../protocol/readings.ts';
import { BATCHES } from '../../protocol/run-folder/batches.ts';
import { csvNumber } from './columns.ts';

const fieldOf = (name: string) => BATCHES_PORT.fields.findIndex((field) => field.name === name);
const BATCH = fieldOf('batch');
const COUNT = fieldOf('count');
const STAGE = fieldOf('stage');
const IS_LAST = fieldOf('is_last');
const FORMED = fieldOf('formed');
const START = fieldOf('start');
const DURATION = fieldOf('duration');
const END = fieldOf('end');
const TOKENS = fieldOf('tokens');
const PREFILL_TOKENS = fieldOf('prefill_tokens');
const SIZE = fieldOf('size');

/** The first line of batch_metrics.csv. */
export const BATCH_HEADER = BATCHES.header(
	...(['Batch Id', 'batch_num_tokens', 'batch_num_prefill_tokens'] as const),
	...(['batch_num_decode_tokens', 'batch_size', 'batch_execution_time'] as const),
	...(['replica', 'start'] as const),
);

/** Visits the batches of a row of `BATCHES_PORT` with their times, in seconds. */
function visit(row: WireInput, each: (batch: number, startS: number, endS: number) => void): void {
	const count = row.value(COUNT);
	let startS = row.value(START);
	for (let i = 0; i < count; i++) {
		const endS = i === count - 1 ? row.value(END) : startS + row.value(DURATION);
		each(row.value(BATCH) + i, startS, endS);
		startS = endS;
	}
}

/** Rows of batch_metrics.csv: batches that have left the last stage. */
export function batchRows(row: WireInput): string {
	if (row.value(IS_LAST) === 0) return '';
	const [tokens, prompts] = [row.value(TOKENS), row.value(PREFILL_TOKENS)];
	const counts = `${tokens},${prompts},${tokens - prompts},${row.value(SIZE)}`;
	let text = '';
	visit(row, (batch, startS, endS) => {
		// The later ones of a run are formed when they start.
		const formedS = batch === row.value(BATCH) ? row.value(FORMED) : startS;
		text += `${batch},${counts},${csvNumber(endS - formedS)},${row.source},${csvNumber(formedS)}\n`;
	});
	return text;
}

/** The beginning of chrome_trace.json, with the names of the processes: one a replica, its threads its stages. */
export function traceHeader(replicas: readonly string[]): string {
	const names = ordered(replicas).map(
		(name, i) =>
			`{"name":"process_name","ph":"M","pid":${i + 1},"args":{"name":${JSON.stringify(name)}}}`,
	);
	return `{"displayTimeUnit":"ms","traceEvents":[\n${names.join(',\n')}`;
}

/** The end of chrome_trace.json. */
export const TRACE_END = '\n]}\n';

/** Makes complete events of the Trace Event Format of rows; times in microseconds of simulated time. */
export function traceRows(replicas: readonly string[]): (row: WireInput) => string {
	const pids = new Map(ordered(replicas).map((name, i) => [name, i + 1]));
	return (row) => {
		const prompts = row.value(PREFILL_TOKENS);
		const name = prompts === 0 ? 'decode' : prompts === row.value(TOKENS) ? 'prefill' : 'mixed';
		const place = `"pid":${pids.get(row.source)},"tid":${row.value(STAGE)}`;
		const args = `"num_tokens":${row.value(TOKENS)},"num_prefill_tokens":${prompts},"batch_size":${row.value(SIZE)}`;
		let text = '';
		visit(row, (batch, startS, endS) => {
			const [ts, dur] = [csvNumber(startS * 1e6), csvNumber((endS - startS) * 1e6)];
			text += `,\n{"name":"${name}","ph":"X","ts":${ts},"dur":${dur},${place},"args":{"batch_id":${batch},${args}}}`;
		});
		return text;
	};
}

function ordered(replicas: readonly string[]): string[] {
	return [...replicas].sort(compareNames);
}
