import { join } from 'node:path';
import { SimulationError } from '../../protocol/errors.ts';
import { readColumns } from '../../results/export/read-columns.ts';
import { quantile } from './quantile.ts';
import type { Figures, TruthCase } from './truth-case.ts';

/** Columns of a table of a run by their names. */
type Columns = (name: string) => Float64Array;

/**
 * The figures of a case from the folder of its run.
 *
 * @throws SimulationError for a run that did not get as far as it has to
 */
export async function measure(of: TruthCase, folder: string): Promise<Figures> {
	const requests = await table(folder, 'request_metrics.csv');
	if (of.protocol === 'requests') return requestFigures(requests);
	const batches = await table(folder, 'batch_metrics.csv');
	const usage = await table(folder, 'usage.csv');
	return steadyFigures(of, { requests, batches, usage });
}

async function table(folder: string, file: string): Promise<Columns> {
	const columns = await readColumns(join(folder, file), null);
	return (name) => {
		const values = columns?.get(name)?.numbers();
		if (values === null || values === undefined)
			throw new SimulationError(`Cannot read column "${name}" of ${file}`);
		return values;
	};
}

/** Latencies of all requests, as a client measures them. */
function requestFigures(column: Columns): Figures {
	const ttft = column('prefill_e2e_time');
	const e2e = column('request_e2e_time');
	const answer = column('request_num_decode_tokens');
	if (ttft.length === 0) throw new SimulationError('no request was answered');
	const tpot = Float64Array.from(e2e, (value, i) =>
		(answer[i] as number) > 1
			? (value - (ttft[i] as number)) / ((answer[i] as number) - 1)
			: Number.NaN,
	).filter((value) => !Number.isNaN(value));
	const of = (values: Float64Array, p: number) => 1000 * quantile(values, p);
	return {
		ttftMeanMs: 1000 * meanOf(ttft),
		ttftP50Ms: of(ttft, 0.5),
		ttftP90Ms: of(ttft, 0.9),
		ttftP99Ms: of(ttft, 0.99),
		itlMeanMs: 1000 * meanOf(tpot),
		tpotMeanMs: 1000 * meanOf(tpot),
		tpotP50Ms: of(tpot, 0.5),
		tpotP90Ms: of(tpot, 0.9),
		tpotP99Ms: of(tpot, 0.99),
		e2eMeanMs: 1000 * meanOf(e2e),
		e2eP50Ms: of(e2e, 0.5),
		e2eP90Ms: of(e2e, 0.9),
		e2eP99Ms: of(e2e, 0.99),
	};
}

interface Tables {
	readonly requests: Columns;
	readonly batches: Columns;
	readonly usage: Columns;
}

/** Means while as many requests run as may and others wait. */
function steadyFigures({ gpus }: TruthCase, { requests, batches, usage }: Tables): Figures {
	const [fromS, untilS] = steadySpan(requests);
	const start = batches('start');
	const duration = batches('batch_execution_time');
	const decode = batches('batch_num_decode_tokens');
	const prefill = batches('batch_num_prefill_tokens');
	const size = batches('batch_size');
	const gaps: number[] = [];
	const weights: number[] = [];
	let [tokens, batchS, inBatch] = [0, 0, 0];
	for (let i = 0; i < start.length; i++) {
		const atS = start[i] as number;
		if (atS < fromS || atS >= untilS) continue;
		const lengthS = duration[i] as number;
		tokens += decode[i] as number;
		batchS += lengthS;
		inBatch += (size[i] as number) * lengthS;
		// Who is decoding waits for the whole batch.
		const decoding = (prefill[i] as number) === 0 ? (size[i] as number) : (decode[i] as number);
		if (decoding === 0) continue;
		gaps.push(lengthS);
		weights.push(decoding);
	}
	if (batchS === 0) throw new SimulationError('no time in which all places are taken');
	// The first token of an answer comes with the prompt.
	const firsts = countBetween(requests, fromS, untilS);
	const perS = (tokens + firsts) / (untilS - fromS);
	const powerW = meanPower(usage, fromS, untilS);
	return {
		itlMedianMs: 1000 * quantile(Float64Array.from(gaps), 0.5, Float64Array.from(weights)),
		outputTokensPerS: perS,
		meanBatch: inBatch / batchS,
		...(Number.isFinite(powerW) ? { powerW, energyJPerToken: (powerW * gpus) / perS } : {}),
	};
}

/** From when all who came first are gone, as a rule, until nobody waits any more. */
function steadySpan(requests: Columns): [number, number] {
	const admitted = requests('request_scheduling_delay').slice().sort();
	const untilS = admitted.at(-1) ?? 0;
	const fromS = quantile(admitted, WARM_UP);
	if (!(untilS > fromS)) throw new SimulationError('nobody had to wait');
	return [fromS, untilS];
}

/** Part of the requests that are admitted before it counts. */
const WARM_UP = 1 / 3;

function countBetween(requests: Columns, fromS: number, untilS: number): number {
	const first = requests('prefill_e2e_time');
	return first.reduce((sum, atS) => sum + (atS >= fromS && atS < untilS ? 1 : 0), 0);
}

/** Of one GPU, over the steps that lie within. */
function meanPower(usage: Columns, fromS: number, untilS: number): number {
	const times = usage('time_s');
	const power = usage('gpu_power');
	const stepS = times.find((time) => time > (times[0] as number)) ?? 1;
	let [sum, count] = [0, 0];
	for (let i = 0; i < times.length; i++) {
		const atS = times[i] as number;
		if (atS < fromS || atS + stepS > untilS) continue;
		sum += power[i] as number;
		count++;
	}
	return sum / count;
}

function meanOf(values: Float64Array): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}
