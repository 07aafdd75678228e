import { existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { pythonBelow } from './mersenne-twister.ts';
import type { VidurIntervals, VidurLengths, VidurRequestsConfig } from './vidur-config.ts';
import { type VidurRequest, vidurGenerator, vidurRequests } from './vidur-requests.ts';

const CASES = '../shared/reference/vidur';
const TRACES = '../shared/data/vidur/processed_traces';

/** The logarithm of Python's C library and ours may differ in the last bit once in 1,500 draws. */
const TOLERANCE_S = 1e-12;

function synthetic(
	numRequests: number,
	intervals: VidurIntervals,
	lengths: VidurLengths,
): VidurRequestsConfig {
	return { type: 'synthetic', seed: 42, durationS: null, numRequests, intervals, lengths };
}

const poisson = (qps: number): VidurIntervals => ({ type: 'poisson', qps });
const uniform = (prefillToDecodeRatio: number): VidurLengths => ({
	type: 'uniform',
	minTokens: 1024,
	maxTokens: 4096,
	prefillToDecodeRatio,
});
const ZIPF: VidurLengths = {
	type: 'zipf',
	minTokens: 1024,
	maxTokens: 4096,
	theta: 0.6,
	prefillToDecodeRatio: 20,
	seed: 42,
};
const FIXED: VidurLengths = { type: 'fixed', prefillTokens: 1024, decodeTokens: 128 };
const CONVERSATION: VidurLengths = {
	type: 'trace',
	path: `${TRACES}/splitwise_conv.csv`,
	prefillScale: 1,
	decodeScale: 1,
	maxTokens: 4096,
	seed: 42,
};
const CODE: VidurRequestsConfig = {
	type: 'trace_replay',
	path: `${TRACES}/splitwise_code.csv`,
	prefillScale: 1,
	decodeScale: 1,
	timeScale: 1,
	maxTokens: 4096,
};

/** The request generator of each case's command.txt. */
const REFERENCE: Record<string, VidurRequestsConfig> = {
	case01: synthetic(256, poisson(0.8), CONVERSATION),
	case02: synthetic(256, poisson(0.5), uniform(20)),
	case03: synthetic(256, poisson(0.5), uniform(20)),
	case04b: synthetic(256, poisson(0.5), FIXED),
	case05: synthetic(256, poisson(0.5), uniform(20)),
	case06: synthetic(1024, poisson(3), ZIPF),
	case07: synthetic(1024, poisson(3), ZIPF),
	case08: synthetic(256, poisson(0.8), CONVERSATION),
	case09: synthetic(256, poisson(0.8), CONVERSATION),
	case10: synthetic(64, { type: 'static' }, FIXED),
	case13: synthetic(256, poisson(4), uniform(0.5)),
	case15: CODE,
};

for (const [name, config] of Object.entries(REFERENCE)) {
	test(`vidurRequests() makes the trace of Vidur's ${name}`, () => {
		const path = `${CASES}/${name}/trace.csv`;
		if (!existsSync(path) || !existsSync(TRACES)) {
			console.log(`skipped: ${path} or ${TRACES} is absent`);
			return;
		}
		const rows = readFileSync(path, 'utf8').trim().split('\n').slice(1);
		const requests = [...vidurRequests(config)];
		assert.is(requests.length, rows.length);
		rows.forEach((row, i) => {
			const [id, arrivedAtS, prefillTokens, decodeTokens] = row.split(',').map(Number);
			const request = requests[i] as VidurRequest;
			assert.equal(
				[request.id, request.prefillTokens, request.decodeTokens],
				[id, prefillTokens, decodeTokens],
			);
			const offS = Math.abs(request.arrivedAtS - (arrivedAtS as number));
			assert.ok(offS <= TOLERANCE_S, `request ${i} is off by ${offS} s`);
		});
	});
}

/** Rows of the reference runs, here also where they are not. */
const LITERALS: [string, VidurRequestsConfig, Record<number, [number, number, number]>][] = [
	[
		'uniform lengths',
		synthetic(256, poisson(0.5), uniform(20)),
		{
			0: [2.040120574549602, 1047, 53],
			1: [2.683368702699533, 1627, 82],
			2: [5.350554048315699, 2954, 148],
			255: [488.6961257735238, 1931, 97],
		},
	],
	[
		'fixed lengths',
		synthetic(256, poisson(0.5), FIXED),
		{
			0: [2.040120574549602, 1024, 128],
			1: [2.0907782526350798, 1024, 128],
			255: [489.93590486879816, 1024, 128],
		},
	],
	[
		'zipf lengths',
		synthetic(1024, poisson(3), ZIPF),
		{
			0: [0.340020095758267, 1266, 63],
			1: [0.34846304210584667, 3566, 178],
			1023: [334.4799864049916, 3701, 185],
		},
	],
];

for (const [name, config, expected] of LITERALS) {
	test(`vidurRequests() makes Vidur's Poisson arrivals and ${name}`, () => {
		const requests = [...vidurRequests(config)];
		for (const [index, [arrivedAtS, prefillTokens, decodeTokens]] of Object.entries(expected)) {
			const request = requests[Number(index)] as VidurRequest;
			assert.equal([request.prefillTokens, request.decodeTokens], [prefillTokens, decodeTokens]);
			assert.ok(Math.abs(request.arrivedAtS - arrivedAtS) <= TOLERANCE_S);
		}
	});
}

// Made by CPython 3.11.7, numpy 1.24.2 and scipy 1.15.3 by the draws of Vidur's gamma generator (7d47513), seed 42.
const GAMMA: [cv: number, last: number][] = [
	[0.5, 512.7253616897758],
	[1.5, 495.2164488354094],
];
for (const [cv, last] of GAMMA) {
	test(`vidurRequests() draws gamma intervals of cv ${cv} from numpy's stream, lengths from Python's`, () => {
		const config = synthetic(1000, { type: 'gamma', qps: 2, cv }, uniform(20));
		const requests = [...vidurRequests(config)];
		assert.equal(
			[0, 1, 2, 999].map((i) => [requests[i]?.prefillTokens, requests[i]?.decodeTokens]),
			[
				[2845, 143],
				[1047, 53],
				[1779, 89],
				[3477, 174],
			],
		);
		const offS = Math.abs((requests[999]?.arrivedAtS ?? 0) - last);
		assert.ok(offS <= 1e-10, `off by ${offS} s after 1000 sums`);
	});
}

test('vidurGenerator() ends at a duration and leaves the stream for random routing as Vidur has it', () => {
	const generator = vidurGenerator({
		type: 'synthetic',
		seed: 7,
		durationS: 100,
		numRequests: 3,
		intervals: poisson(3),
		lengths: uniform(20),
	});
	const state = generator.init();
	let count = 0;
	let lastS = 0;
	for (; generator.next(state); count++) lastS = state.request.arrivedAtS;
	assert.is(count, 341);
	assert.ok(Math.abs(lastS - 99.82451381301264) <= TOLERANCE_S);
	assert.equal(
		Array.from({ length: 12 }, () => pythonBelow(state.python, 4)),
		[1, 3, 1, 1, 0, 3, 2, 0, 0, 1, 3, 3],
	);
});

test('vidurRequests() takes whole seconds between the dates of an arrival trace, the first row apart', () => {
	const config = synthetic(
		100,
		{
			type: 'trace',
			path: 'services/router/testdata/arrivals.csv',
			startTime: '1970-01-04 12:00:00',
			endTime: '1970-01-04 15:00:00',
			timeScale: 0.5,
		},
		FIXED,
	);
	assert.equal(
		[...vidurRequests(config)].map(({ arrivedAtS }) => arrivedAtS),
		[1, 1, 2.5],
	);
});

test('vidurRequests() refuses static requests without a number', () => {
	const config: VidurRequestsConfig = {
		type: 'synthetic',
		seed: 42,
		durationS: 10,
		numRequests: null,
		intervals: { type: 'static' },
		lengths: FIXED,
	};
	assert.throws(
		() => [...vidurRequests(config)],
		(error: Error) => error instanceof ConfigError && /give a number of them$/.test(error.message),
	);
});

test.run();
