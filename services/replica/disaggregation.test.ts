import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namedPrng } from '../../kernel/actor/random.ts';
import { SECOND_US } from '../../protocol/time.ts';
import type { Predictor } from '../../silicon/predictor/predictor.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { requestMetricNames } from './engine/request.ts';
import { inventedPredictor } from './engine/testing.test-support.ts';
import { type Pools, poolMachine, type Row, runPools } from './pools.test-support.ts';

/** A batch with prompts takes 1 s, another 1/8 s: all times below are exact in binary. */
const fixedPrices: Predictor = {
	kvGranularity: 64,
	batchTimeS: ({ prefills }) => (prefills > 0 ? 1 : 0.125),
	sendingTimeS: () => 0,
};
const vllm = {
	type: 'vllm',
	batchSizeCap: 4,
	blockSize: 16,
	numBlocks: null,
	watermarkFraction: 0,
	maxTokensInBatch: 128,
} as const;
/** The KV cache of 64 tokens takes 1 s on the link, and 1/4 s from one end to the other. */
const POOLS: Pools = {
	scheduler: vllm,
	numBlocks: 100,
	predictor: fixedPrices,
	link: { secondsPerToken: 1 / 64, layers: 1 },
	latencyUs: 250_000,
	policy: 'round_robin',
	decodeReplicas: 1,
};
const END = [20 * SECOND_US];

/** Request 0 has a prompt of 128 tokens and 4 tokens of answer, request 1 has 64 and 3; both arrive at 0. */
const A: Row = [0, 0, Number.NaN, 128, 4];
const B: Row = [0, 1, 0, 64, 3];

const column = (row: Row, name: (typeof requestMetricNames)[number]) =>
	row[requestMetricNames.indexOf(name) + 1] as number;
/** End to end, time to first token, and time on the way, of each request by id. */
function timesOf(rows: readonly Row[]) {
	return Object.fromEntries(
		rows.map((row) => [
			column(row, 'request_id'),
			[column(row, 'request_e2e_time'), column(row, 'prefill_e2e_time'), row.at(-1)],
		]),
	);
}

test('two requests through two pools take the times worked out by hand', () => {
	const { completed } = runPools(POOLS, [[A, B]], END);
	// Prompts: A [0, 1], B [1, 2]. The link sends A [1, 3], B then [3, 4]; they land 0.25 later. A decodes three
	// times from 3.25 on, B twice from 4.25 on.
	assert.equal(timesOf(completed.flat()), { 0: [3.625, 1, 2.25], 1: [4.5, 2, 2.25] });
	assert.equal(
		completed.map((rows) => rows.length),
		[0, 2],
	);
});

test('a link that receives from two replicas takes one KV cache at a time', () => {
	const { completed } = runPools(POOLS, [[A], [B]], END);
	// Both are sent from 1 on and begin to arrive at 1.25: A lands at 3.25, B then needs another second.
	assert.equal(timesOf(completed.flat()), { 0: [3.625, 1, 2.25], 1: [4.5, 1, 3.25] });
	const apart = runPools({ ...POOLS, decodeReplicas: 2 }, [[A], [B]], END);
	assert.equal(timesOf(apart.completed.flat()), { 0: [3.625, 1, 2.25], 1: [2.5, 1, 1.25] });
});

test('a replica of the prefill pool holds the blocks until they are sent', () => {
	const { completed } = runPools({ ...POOLS, numBlocks: 10 }, [[A, B]], END);
	// B needs 4 blocks of 10; A has 8 until it is sent at 3. B: prompt [3, 4], sent [4, 5].
	assert.equal(timesOf(completed.flat()), { 0: [3.625, 1, 2.25], 1: [5.5, 4, 1.25] });
});

test('the pools sleep each by itself, and one that waits for blocks is awake', () => {
	const sleep = { afterS: 1, wakeS: 0.5, powerW: 0 };
	const two = runPools({ ...POOLS, sleep: { ...sleep, afterS: 2 } }, [[A, B]], END);
	// The decode pool sleeps from 2 on until A lands at 3.25: it begins at 3.75, and is awake when B lands at 4.25.
	assert.equal(timesOf(two.completed.flat()), { 0: [4.125, 1, 2.25], 1: [4.5, 2, 2.25] });
	const { completed } = runPools({ ...POOLS, numBlocks: 10, sleep }, [[A, B]], END);
	// B waits for A's blocks from 1 to 3 and begins at once; when it lands at 5.25 the decode pool, done with A at 4.125,
	// sleeps again.
	assert.equal(timesOf(completed.flat()), { 0: [4.125, 1, 2.25], 1: [6, 4, 1.25] });
});

test('a replica of the decode pool takes a request up when it has blocks for it', () => {
	const quick = { ...POOLS, link: { secondsPerToken: 0, layers: 1 }, latencyUs: 0, numBlocks: 10 };
	const { completed } = runPools(quick, [[A], [B]], END);
	// Both are there at 1. A needs 9 of the 10 blocks until it is done at 1.375.
	assert.equal(timesOf(completed.flat()), { 0: [1.375, 1, 0], 1: [1.625, 1, 0] });
});

test('layers sent as they are computed leave the last layer to wait for', () => {
	const link = { secondsPerToken: 1 / 64, layers: 4 };
	// The link is the slower one: the first layer is there at 0.25, then it is busy for 2 s.
	const [row] = runPools({ ...POOLS, link }, [[A]], END).completed.flat();
	assert.is((row as Row).at(-1), 0.25 + 2 + 0.25 - 1);
	// The computing is: the last of 4 layers of 64 tokens leaves after the prompt, in a quarter of 0.5 s.
	const fast = { secondsPerToken: 1 / 128, layers: 4 };
	const [other] = runPools({ ...POOLS, link: fast }, [[B]], END).completed.flat();
	assert.is((other as Row).at(-1), 0.125 + 0.25);
});

test('a request of one token is done where its prompt is', () => {
	const { completed, prefilled } = runPools(POOLS, [[[0, 0, Number.NaN, 128, 1]]], END);
	assert.equal(timesOf(completed[0] as Row[]), { 0: [1, 1, 0] });
	assert.equal(prefilled, [[]]);
});

const schedulers = [
	{ ...vllm, watermarkFraction: 0.01, maxTokensInBatch: 300 },
	{
		type: 'sarathi',
		batchSizeCap: 6,
		blockSize: 16,
		numBlocks: null,
		watermarkFraction: 0.01,
		chunkSize: 64,
	},
	{ type: 'orca', batchSizeCap: 4, blockSize: 16, numBlocks: null },
] as const;

test('over a link without cost one request at a time is served as by one replica', () => {
	const link = { secondsPerToken: 0, layers: 1 };
	for (const scheduler of schedulers) {
		const pools: Pools = { ...POOLS, scheduler, predictor: inventedPredictor, link, latencyUs: 0 };
		const requests = Array.from({ length: 20 }, (_, id): Row => {
			const prefill = 1 + ((id * 97) % 250);
			return [id * 30 * SECOND_US + 12_345, id, 30, prefill, 1 + ((id * 41) % 90)];
		});
		const ends = [600 * SECOND_US];
		const split = runPools(pools, [requests], ends).completed.flat();
		const machine = poolMachine(pools, null);
		const state = machine.create();
		for (const [timeUs, id = 0, interArrivalS = 0, prefillTokens = 0, decodeTokens = 0] of requests)
			machine.submit(state, {
				id,
				arrivedAtS: timeUs / SECOND_US,
				interArrivalS,
				prefillTokens,
				decodeTokens,
			});
		const whole = new Map<number, number[]>();
		machine.advance(state, 600, { completed: (_, row) => whole.set(row[0] ?? -1, [...row]) });
		assert.is(split.length, 20);
		for (const [, id = -1, ...rest] of split) {
			const want = whole.get(id)?.slice(1) ?? [];
			assert.equal(rest.slice(0, -3), want.slice(0, -2), `${scheduler.type}, request ${id}`);
			// Report steps cut the sums elsewhere. One replica tells joules, the actors Wh.
			rest.slice(-3, -1).forEach((energyWh, i) => {
				const wantWh = (want.at(i - 2) as number) / 3600;
				assert.ok(Math.abs(energyWh - wantWh) <= 1e-9 * wantWh, `${energyWh}, not ${wantWh} Wh`);
			});
		}
	}
});

const systemArbitrary = fc.record({
	scheduler: fc.constantFrom(...schedulers),
	numBlocks: fc.constantFrom(40, 80),
	link: fc.record({
		secondsPerToken: fc.constantFrom(0, 1e-5, 1e-3),
		layers: fc.constantFrom(1, 32),
	}),
	latencyUs: fc.constantFrom(0, 10, 5000.5),
	policy: fc.constantFrom('round_robin' as const, 'random' as const),
	decodeReplicas: fc.integer({ min: 1, max: 3 }),
	predictor: fc.constant(inventedPredictor),
});
const cutsArbitrary = fc.uniqueArray(fc.integer({ min: 1, max: 10 * SECOND_US }), {
	maxLength: 12,
});

/** Requests of each of several prefill replicas, some at once; they fit into `most` tokens. */
function requestsOf(seed: number, prefillReplicas: number, most: number): Row[][] {
	const random = namedPrng(`${seed}/pools`);
	const rows: Row[][] = Array.from({ length: prefillReplicas }, () => []);
	let timeUs = 0;
	for (let id = 0; id < 30; id++) {
		if (random.uniform() < 0.7) timeUs += Math.floor(random.uniform() * 100_000);
		const prefill = 1 + Math.floor(random.uniform() * most * 0.7);
		const decode = 1 + Math.floor(random.uniform() * random.uniform() * (most - prefill - 1));
		rows[id % prefillReplicas]?.push([timeUs, id, 0.1, prefill, decode]);
	}
	return rows;
}

test('no request and no token is lost between the pools, however time is cut', () => {
	const property = fc.property(
		systemArbitrary,
		fc.record({ seed: fc.nat(), prefillReplicas: fc.integer({ min: 1, max: 3 }) }),
		cutsArbitrary,
		fc.boolean(),
		(system, { seed, prefillReplicas }, cuts, caches) => {
			const pools: Pools = {
				...system,
				...(caches ? { prefixCache: { type: 'shared' } as const } : {}),
			};
			const reserved = system.scheduler.type === 'orca' ? 4 : 1;
			const requests = requestsOf(seed, prefillReplicas, (system.numBlocks / reserved - 2) * 16);
			const prefixes = requests.map((rows) =>
				rows.map(
					([timeUs, id = 0, , prefill = 0]): Row => [timeUs, id, id % 3, Math.min(prefill, 60)],
				),
			);
			const ends = [200 * SECOND_US];
			const run = runPools(pools, requests, ends, prefixes);
			const rows = run.completed.flat();
			const sent = requests.flat();
			assert.is(rows.length, sent.length);
			for (const [, id, , prefill, decode] of sent) {
				const row = rows.find((one) => one[1] === id) as Row;
				assert.is(column(row, 'request_num_prefill_tokens'), prefill);
				assert.is(column(row, 'request_num_decode_tokens'), decode);
				assert.ok(column(row, 'request_scheduling_delay') >= 0);
				assert.ok(column(row, 'prefill_e2e_time') <= column(row, 'request_e2e_time'));
			}
			for (const state of run.states) {
				if ('pool' in state) throw new Error('not this engine');
				assert.is(state.usedBlocks, 0);
				assert.is(state.requests.freeCount, state.requests.capacity);
			}
			const cut = [...cuts.sort((a, b) => a - b), ...ends];
			assert.equal(runPools(pools, requests, cut, prefixes).completed, run.completed);
		},
	);
	fc.assert(property, { numRuns: 60 });
});

test.run();
