import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namedPrng } from '../../kernel/actor/random.ts';
import { AS_IS, TABLE_SIZE } from './fit-lengths.ts';
import { quantileAt, tabulate } from './length-table.ts';
import { tableLengths } from './lengths.ts';
import { loadLengthTable } from './load.ts';
import { readLengths } from './read-lengths.ts';
import type { RequestLengths } from './request-lengths.ts';

const TRACE = '../shared/data/vidur/processed_traces/splitwise_conv.csv';
const SAMPLES = 100_000;

/** Bounds on generated lengths against the trace; the cause is the table's resolution plus sampling noise. */
const TOLERANCE = { meanPart: 0.01, quantilePart: 0.03, quantileTokens: 5, rankCorrelation: 0.03 };

test('tableLengths() keeps means, quantiles and dependence of the Azure conversation trace', () => {
	if (!existsSync(TRACE)) {
		console.log(`skipped: ${TRACE} is absent`);
		return;
	}
	const truth = traceRequests();
	const sample = tableLengths(loadLengthTable('azure-conversation'));
	const prng = namedPrng('1/router/lengths');
	const drawn = Array.from({ length: SAMPLES }, () => sample(prng));
	for (const key of ['prefillTokens', 'decodeTokens'] as const) {
		const real = ascending(truth, key);
		const ours = ascending(drawn, key);
		const gap = Math.abs(mean(ours) / mean(real) - 1);
		assert.ok(gap < TOLERANCE.meanPart, `mean of ${key} off by ${gap}`);
		for (const level of [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]) {
			const wanted = quantileAt(real, level);
			const off = Math.abs(quantileAt(ours, level) - wanted);
			const allowed = Math.max(TOLERANCE.quantilePart * wanted, TOLERANCE.quantileTokens);
			assert.ok(off <= allowed, `${key} at ${level}: off by ${off} of ${wanted}`);
		}
	}
	const apart = Math.abs(rankCorrelation(drawn) - rankCorrelation(truth));
	assert.ok(apart < TOLERANCE.rankCorrelation, `rank correlation off by ${apart}`);
});

test('loadLengthTable() is what tabulate() makes of the trace', () => {
	if (!existsSync(TRACE)) {
		console.log(`skipped: ${TRACE} is absent`);
		return;
	}
	const table = loadLengthTable('azure-conversation');
	assert.equal(
		{ prompt: table.prompt, output: table.output },
		tabulate(traceRequests(), TABLE_SIZE),
	);
});

test('tabulate() of two clusters keeps each output with its prompt', () => {
	const requests = Array.from({ length: 100 }, (_, i) => ({
		prefillTokens: i < 50 ? 100 : 900,
		decodeTokens: i < 50 ? 7 : 400,
	}));
	const table = tabulate(requests, { promptLevels: 3, bins: 2, outputLevels: 2 });
	assert.equal(table, {
		prompt: [100, 500, 900],
		output: [
			[7, 7],
			[400, 400],
		],
	});
});

function traceRequests(): RequestLengths[] {
	const lengths = readLengths(TRACE, AS_IS);
	return Array.from(lengths.prefillTokens, (prefillTokens, i) => ({
		prefillTokens,
		decodeTokens: lengths.decodeTokens[i] ?? 0,
	}));
}

function ascending(
	requests: readonly RequestLengths[],
	key: 'prefillTokens' | 'decodeTokens',
): number[] {
	return requests.map((request) => request[key]).sort((a, b) => a - b);
}

function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Spearman's rho, ties by their middle rank. */
function rankCorrelation(requests: readonly RequestLengths[]): number {
	const x = ranks(requests.map((request) => request.prefillTokens));
	const y = ranks(requests.map((request) => request.decodeTokens));
	const [mx, my] = [mean(x), mean(y)];
	let [xy, xx, yy] = [0, 0, 0];
	x.forEach((value, i) => {
		const [dx, dy] = [value - mx, (y[i] ?? 0) - my];
		xy += dx * dy;
		xx += dx * dx;
		yy += dy * dy;
	});
	return xy / Math.sqrt(xx * yy);
}

function ranks(values: readonly number[]): number[] {
	const sorted = values.toSorted((a, b) => a - b);
	const first = new Map<number, number>();
	const last = new Map<number, number>();
	sorted.forEach((value, i) => {
		if (!first.has(value)) first.set(value, i);
		last.set(value, i);
	});
	return values.map((value) => ((first.get(value) ?? 0) + (last.get(value) ?? 0)) / 2);
}

test.run();
