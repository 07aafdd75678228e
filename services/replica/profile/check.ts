import { scaledLeftOut } from '../fit/held-out.ts';
import type { LatencyTables } from '../predictor/tables.ts';
import { allMeasured, loadErrors } from './load-parts.ts';

/** A fall of this part from one length to twice the length is more than the scatter of measurements. */
const MOST_FALL = 0.15;
/** Collectives are medians of three runs, which scatter far more where they are short. */
const MOST_COLLECTIVE_FALL = 0.5;
/** Recomputed errors are of the same data, so they are equal but for rounding. */
const SAME = 1e-6;

/** What is wrong with tables of a profile: times that are no times, or that fall where work grows. */
export function tableProblems(tables: LatencyTables): string[] {
	const problems: string[] = [];
	const times: [string, Float64Array][] = [
		['projections', tables.projections],
		['MLP', tables.mlp],
		['norm', tables.inputNorm],
		['add', tables.add],
		['all-reduce', tables.allReduce],
		['send and receive', tables.sendRecv],
		['writing keys and values', tables.kvCacheSave],
	];
	for (const [name, table] of times) {
		const bad = table.findIndex((ms, i) => i > 0 && !(Number.isFinite(ms) && ms >= 0));
		if (bad > 0) problems.push(`${name} at ${bad} tokens is ${table[bad]} ms`);
		const collective = name === 'all-reduce' || name === 'send and receive';
		const most = collective ? MOST_COLLECTIVE_FALL : MOST_FALL;
		for (let n = 128; 2 * n <= tables.maxTokens; n *= 2)
			if ((table[2 * n] as number) < (1 - most) * (table[n] as number))
				problems.push(`${name} falls from ${n} to ${2 * n} tokens`);
	}
	if ((tables.projections[8] as number) <= 0) problems.push('projections take no time');
	for (let batch = 1; batch <= tables.maxBatch; batch = Math.ceil(batch * 1.5))
		for (let column = 1; column < tables.decodeColumns; column *= 2) {
			const at = (c: number) => tables.decodeMs[batch * tables.decodeColumns + c] as number;
			if (!(at(column) > 0))
				problems.push(`decode of ${batch} x ${64 * column} is ${at(column)} ms`);
			if (2 * column < tables.decodeColumns && at(2 * column) < (1 - MOST_FALL) * at(column))
				problems.push(`decode of ${batch} falls from ${64 * column} to ${128 * column} tokens`);
		}
	for (let chunk = 32; chunk <= tables.maxChunk; chunk *= 2)
		for (const kv of [0, 64, 512, 4096]) {
			const ms = tables.prefillMs(kv, chunk);
			if (!(Number.isFinite(ms) && ms > 0))
				problems.push(`prompt of ${chunk} after ${kv} is ${ms} ms`);
			const twice = 2 * chunk <= tables.maxChunk ? tables.prefillMs(kv, 2 * chunk) : ms;
			if (twice < (1 - MOST_FALL) * ms)
				problems.push(`prompts after ${kv} tokens fall from ${chunk} to ${2 * chunk}`);
		}
	return problems;
}

/** Recomputes what a device's scaled operators are off by; says so where it is not what errors.json states. */
export function scaledErrorProblems(device: string): string[] {
	const stated = loadErrors()[`scaled-ops/${device}`];
	const found = scaledLeftOut(allMeasured(device));
	if (stated === undefined) return [`scaled operators on ${device}: no error is stated`];
	const same = (a: number, b: number) => Math.abs(a - b) <= SAME;
	if (same(stated.median, found.median) && same(stated.p95, found.p95)) return [];
	return [
		`scaled operators on ${device}: stated error ${stated.median} (p95 ${stated.p95}), found ${found.median} (${found.p95})`,
	];
}
