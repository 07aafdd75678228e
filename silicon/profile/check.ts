import type { NetworkName } from '../../protocol/hardware.ts';
import { scaledLeftOut } from '../fit/held-out.ts';
import type { LatencyTables } from '../predictor/tables.ts';
import { allMeasured, loadErrors } from './load-parts.ts';
import { MOST_RINGS } from './network.ts';

/** A fall of this part from one length to twice the length is more than the scatter of measurements. */
const MOST_FALL = 0.15;
/** Collectives are medians of three runs, which scatter far more where they are short. */
const MOST_COLLECTIVE_FALL = 0.5;
/** Recomputed errors are of the same data, so they are equal but for rounding. */
const SAME = 1e-6;

/** Launching one takes up to this, whatever its bytes: the longest that was measured. */
const LAUNCH_MS = 0.07;
/** A collective that takes more than this for twice the bytes is no line through measurements. */
const MOST_GROWTH = 8;

/** How the GPUs of a profile are joined; `dgx`: all by the link that sending was measured on. */
export interface Joined {
	readonly tensorParallel: number;
	readonly network: NetworkName;
}

/**
 * What is wrong with tables of a profile: times that are no times, that fall where work grows, or collectives that no
 * link explains; these last only where it is known how its GPUs are joined.
 */
export function tableProblems(tables: LatencyTables, joined: Joined | null = null): string[] {
	const problems = joined === null ? [] : collectiveProblems(tables, joined);
	// Collectives are refused where they would count.
	const isSilent = (operator: string) => !['all_reduce', 'send_recv'].includes(operator);
	for (const operator of (tables.missing ?? []).filter(isSilent))
		problems.push(`there is no time of ${operator}, so that it costs nothing`);
	if ((tables.filled ?? 0) > 0)
		problems.push(
			`${tables.filled} times of attention are missing and taken from those on both sides`,
		);
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

/**
 * An all-reduce is held against four rings of what sending takes, over the slowest link that a ring of so many GPUs
 * crosses: beyond a pair that is not NVLink, and what was measured between nodes stands for it.
 */
function collectiveProblems(tables: LatencyTables, { tensorParallel, network }: Joined): string[] {
	const problems: string[] = [];
	const { allReduce, sendRecv, sendAcrossNodes, gpusPerNode } = tables;
	const leavesPairs = network === 'pairwise' && tensorParallel > 2;
	const link = leavesPairs || tensorParallel > gpusPerNode ? sendAcrossNodes : sendRecv;
	const steps = 2 * (tensorParallel - 1);
	for (let n = tensorParallel; tensorParallel > 1 && n <= tables.maxTokens; n *= 2) {
		const ring = steps * (link[n / tensorParallel] as number);
		const ms = allReduce[n] as number;
		if (ms > Math.max(LAUNCH_MS, MOST_RINGS * ring))
			problems.push(
				`all-reduce of ${n} tokens takes ${ms.toPrecision(3)} ms, over ${MOST_RINGS} rings of ${ring.toPrecision(3)} ms`,
			);
	}
	for (const [name, table] of [
		['all-reduce', allReduce],
		['send and receive', sendRecv],
		['send and receive across nodes', sendAcrossNodes],
	] as const)
		for (let n = 1; 2 * n <= tables.maxTokens; n *= 2)
			if ((table[2 * n] as number) > MOST_GROWTH * (table[n] as number))
				problems.push(`${name} grows more than ${MOST_GROWTH} times from ${n} to ${2 * n} tokens`);
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
