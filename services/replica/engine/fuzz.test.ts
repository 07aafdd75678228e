import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namedPrng } from '../../../kernel/actor/random.ts';
import * as fc from '../../../tests/properties.test-support.ts';
import type { SchedulerConfig } from '../config.ts';
import type { SchedulerFrame } from '../scheduler/build.ts';
import type { PrefixCacheConfig } from '../scheduler/prefix-cache.ts';
import type { Request } from './admission.ts';
import {
	type FuzzCase,
	type FuzzResult,
	runFastCase,
	runPipelineCase,
} from './fuzz.test-support.ts';
import { requestMetricNames } from './request.ts';
import { inventedCurves } from './testing.test-support.ts';

const RUNS = 200;

const types = ['vllm', 'vllm-v1', 'sarathi', 'orca', 'faster_transformer', 'lightllm'] as const;

const DRAFTS = { tokens: 3, acceptance: [0.9, 0.6, 0.3], draftCost: 0.1 };

const sizeArbitrary = fc.record({
	type: fc.constantFrom(...types),
	numBlocks: fc.integer({ min: 20, max: 90 }),
	blockSize: fc.constantFrom(1, 4, 16),
	batchSizeCap: fc.constantFrom(1, 2, 5, 9, 14),
	budget: fc.integer({ min: 3, max: 300 }),
	watermarkFraction: fc.constantFrom(0, 0.01, 0.2),
	maxWaitingIterations: fc.integer({ min: 1, max: 12 }),
	stages: fc.constantFrom(1, 1, 2, 3, 4),
	longPrefillTokenThreshold: fc.constantFrom(0, 0, 0, 7, 40),
	asyncScheduling: fc.boolean(),
	speculative: fc.constantFrom(null, null, null, DRAFTS),
	maxBatch: fc.integer({ min: 1, max: 10 }),
	vidur: fc.boolean(),
});
type Size = typeof sizeArbitrary extends fc.Arbitrary<infer T> ? T : never;

/** Vidur's wrong behaviour is left out where it blocks the queue or leaks memory. */
function serverOf(size: Size): { scheduler: SchedulerConfig; frame: SchedulerFrame } {
	const { type, numBlocks } = size;
	const single = type === 'lightllm';
	const vidur = size.vidur && type !== 'faster_transformer';
	const blockSize = single ? 1 : size.blockSize;
	const common = { batchSizeCap: size.batchSizeCap, blockSize, numBlocks };
	const watermarkFraction = vidur ? 0 : size.watermarkFraction;
	const maxTokensInBatch = vidur ? 1_000_000 : size.budget;
	const frame = {
		numBlocks,
		maxBatch: size.maxBatch,
		blocksPerRequest: Math.floor(numBlocks / Math.min(3, size.maxBatch)),
		stages: single ? 1 : size.stages,
		vidur,
	};
	return { scheduler: schedulerOf(), frame };

	function schedulerOf(): SchedulerConfig {
		switch (type) {
			case 'vllm':
				return { type, ...common, watermarkFraction, maxTokensInBatch };
			case 'vllm-v1':
				return {
					type,
					...common,
					maxNumBatchedTokens: Math.max(size.budget, size.batchSizeCap),
					longPrefillTokenThreshold: size.longPrefillTokenThreshold,
					asyncScheduling: size.asyncScheduling,
					speculative: size.speculative,
				};
			case 'sarathi':
				return { type, ...common, watermarkFraction, chunkSize: size.budget };
			case 'lightllm':
				return {
					type,
					...common,
					maxTokensInBatch,
					maxWaitingIterations: size.maxWaitingIterations,
				};
			default:
				return { type, ...common };
		}
	}
}

/** Requests that fit into memory alone, in bursts and at equal times as well as apart. */
function requestsArbitrary(most: number): fc.Arbitrary<Request[]> {
	return fc
		.record({
			seed: fc.nat(),
			count: fc.constantFrom(1, 2, 4, 10, 20, 40),
			paceS: fc.constantFrom(0, 0.01, 0.1, 1),
			longestPrompt: fc.constantFrom(0.02, 0.1, 0.3, 0.9),
			longestAnswer: fc.constantFrom(0.1, 0.3, 1),
		})
		.map(({ seed, count, paceS, longestPrompt, longestAnswer }) => {
			const random = namedPrng(`${seed}/fuzz`);
			let arrivedAtS = 0;
			return Array.from({ length: count }, (_, id) => {
				const interArrivalS = random.uniform() < 0.3 ? 0 : random.uniform() * paceS;
				arrivedAtS += interArrivalS;
				const prompt = random.uniform() * longestPrompt;
				const prefillTokens = 1 + Math.floor(prompt * (most - 2));
				const answer = random.uniform() * longestAnswer;
				const decodeTokens = 1 + Math.floor(answer * (most - prefillTokens - 1));
				return { id, arrivedAtS, interArrivalS, prefillTokens, decodeTokens };
			});
		});
}

const capsArbitrary = fc
	.array(
		fc.record({
			atS: fc.double({ min: 0.01, max: 40, noNaN: true }),
			capW: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 90, max: 410 })),
		}),
		{ maxLength: 10 },
	)
	.map((caps) => {
		const byTime = new Map(caps.map((cap) => [cap.atS, cap]));
		return [...byTime.values()].sort((a, b) => a.atS - b.atS);
	});

const cutsArbitrary = fc
	.array(fc.double({ min: 0.001, max: 60, noNaN: true }), { maxLength: 80, size: 'max' })
	.map((cuts) => [...new Set(cuts)].sort((a, b) => a - b));

const sleepArbitrary = fc.option(
	fc.record({
		afterS: fc.constantFrom(0.02, 0.2, 1),
		wakeS: fc.constantFrom(0, 0.05, 0.7),
		powerW: fc.constantFrom(0, 40),
	}),
);

const cacheArbitrary = fc.oneof(
	fc.record({
		type: fc.constant('hit-rate' as const),
		fraction: fc.constantFrom(0, 0.3, 0.9, 1),
		distribution: fc.constantFrom('fixed' as const, 'uniform' as const, 'all_or_nothing' as const),
	}),
	fc.constant({ type: 'shared' as const }),
);

/** Groups of requests whose prompts begin alike, some with a second piece in common. */
function sharing(requests: readonly Request[], groups: number): Request[] {
	return requests.map((request) => {
		const { id, prefillTokens } = request;
		const first = Math.ceil(prefillTokens * (0.2 + 0.1 * (id % 7)));
		const second = Math.floor((prefillTokens - first) / (1 + (id % 3)));
		return { ...request, prefix: [id % groups, first, 100 + (id % 2), second] };
	});
}

const hasCache = ({ type }: SchedulerConfig) =>
	type !== 'lightllm' && type !== 'faster_transformer';

const caseArbitrary: fc.Arbitrary<FuzzCase> = casesOf(fc.constant(null));

function casesOf(caches: fc.Arbitrary<PrefixCacheConfig | null>): fc.Arbitrary<FuzzCase> {
	return sizeArbitrary.chain((size) => caseOf(size, caches));
}

function caseOf(
	size: Size,
	caches: fc.Arbitrary<PrefixCacheConfig | null>,
): fc.Arbitrary<FuzzCase> {
	const { scheduler, frame } = serverOf(size);
	const reserves = scheduler.type === 'orca' || scheduler.type === 'faster_transformer';
	const blocks = reserves ? frame.blocksPerRequest : frame.numBlocks;
	const isDrafting = scheduler.type === 'vllm-v1' && scheduler.speculative !== null;
	const spare = isDrafting ? 2 * DRAFTS.tokens : 0;
	const most = Math.max(3, (blocks - 1) * scheduler.blockSize - 1 - spare);
	return fc.record({
		scheduler: fc.constant(scheduler),
		frame: fc.constant(frame),
		requests: requestsArbitrary(most),
		caps: fc.oneof(fc.constant([]), capsArbitrary),
		cuts: cutsArbitrary,
		prefixCache: caches,
		sleep: sleepArbitrary,
		curve: fc.constantFrom(...inventedCurves),
	});
}

/** All rows in an order of their own: requests that complete in one instant may be told in another order. */
function checkServed({ rows }: FuzzResult, requests: readonly Request[]): void {
	const idOf = (row: readonly number[]) => row[1] as number;
	assert.equal(
		rows.map(idOf).sort((a, b) => a - b),
		requests.map(({ id }) => id),
	);
	for (const row of rows) {
		const value = (name: (typeof requestMetricNames)[number]) =>
			row[requestMetricNames.indexOf(name) + 1] as number;
		const request = requests[idOf(row)];
		assert.is(value('request_num_prefill_tokens'), request?.prefillTokens);
		assert.is(value('request_num_decode_tokens'), request?.decodeTokens);
		assert.ok(value('request_scheduling_delay') >= 0);
		assert.ok(value('prefill_e2e_time') <= value('request_e2e_time'));
		assert.ok(value('request_preemption_time') >= -1e-9);
	}
}

function checkSame(fast: FuzzResult, slow: FuzzResult, exact: boolean): void {
	fast.rows.forEach((row, i) => {
		const want = slow.rows[i] as number[];
		assert.is(row[1], want[1]);
		if (exact) assert.is(row[0], want[0]);
		row.forEach((value, column) => {
			close(value, want[column] as number, 1e-9);
		});
	});
	assert.is(fast.reports.length, slow.reports.length);
	fast.reports.forEach((report, i) => {
		for (const [name, value] of Object.entries(report)) {
			const want = slow.reports[i]?.[name as keyof typeof report] as number;
			close(value, want, name === 'gpuPowerW' ? 1e-5 : 1e-8);
		}
	});
	const batches = slow.records.map(({ requestIds, tokens }) => ({ requestIds, tokens }));
	const runs = fast.records.flatMap(({ requestIds, tokens, count }) =>
		Array.from({ length: count }, () => ({ requestIds, tokens })),
	);
	assert.equal(runs, batches);
}

function close(value: number, want: number, tolerance: number): void {
	if (Number.isNaN(want)) assert.ok(Number.isNaN(value));
	else if (Math.abs(value - want) > tolerance * Math.max(1, Math.abs(want)))
		assert.unreachable(`${value}, not ${want}`);
}

test('no configuration crashes, loses a request, or books KV blocks that it does not have', () => {
	fc.assert(
		fc.property(caseArbitrary, (one) => {
			const slow = runPipelineCase(one);
			checkServed(slow, one.requests);
			const fast = runFastCase(one);
			if (fast !== null) checkSame(fast, slow, one.caps.length === 0);
			// The same bits however time is cut into calls, and when no batch repeats without a decision.
			const whole = { ...one, cuts: [] };
			assert.equal(runPipelineCase(whole, false), slow);
			if (fast !== null) assert.equal(runFastCase(whole), fast);
		}),
		{ numRuns: RUNS },
	);
});

test('with a prefix cache no KV block is lost or given out twice, and both engines do the same', () => {
	const groups = fc.constantFrom(1, 2, 5);
	fc.assert(
		fc.property(casesOf(cacheArbitrary), groups, (drawn, count) => {
			if (!hasCache(drawn.scheduler)) return;
			const server = { ...drawn, frame: { ...drawn.frame, vidur: false } };
			const one = { ...server, requests: sharing(drawn.requests, count) };
			const slow = runPipelineCase(one);
			checkServed(slow, one.requests);
			const fast = runFastCase(one);
			if (fast !== null) checkSame(fast, slow, one.caps.length === 0);
			assert.equal(runPipelineCase({ ...one, cuts: [] }), slow);
		}),
		{ numRuns: RUNS / 2 },
	);
});

test('what an eviction makes room for does not overwrite what came free by it', () => {
	const requests = [8, 9, 19, 14].map((decodeTokens, id) => ({
		...{ id, arrivedAtS: 0, interArrivalS: 0, prefillTokens: 1, decodeTokens },
		prefix: [id % 2, 1],
	}));
	const memory = { blockSize: 1, numBlocks: 26, watermarkFraction: 0 };
	const one: FuzzCase = {
		scheduler: { type: 'vllm', batchSizeCap: 2, maxTokensInBatch: 1000, ...memory },
		frame: { numBlocks: 26, maxBatch: 10, blocksPerRequest: 8, stages: 1, vidur: false },
		...{ requests, caps: [], cuts: [], prefixCache: { type: 'shared' } },
	};
	const slow = runPipelineCase(one);
	assert.is(slow.rows.filter((row) => row[restarts] === 1).length, 1);
	checkSame(runFastCase(one) as FuzzResult, slow, true);
});

const restarts = requestMetricNames.indexOf('request_num_restarts') + 1;

test('a cache in which nothing is found leaves every bit as it is', () => {
	const nothing = fc.constantFrom(
		{ type: 'hit-rate' as const, fraction: 0, distribution: 'fixed' as const },
		{ type: 'shared' as const },
	);
	fc.assert(
		fc.property(casesOf(nothing), (drawn) => {
			if (!hasCache(drawn.scheduler)) return;
			const one = { ...drawn, frame: { ...drawn.frame, vidur: false } };
			const fast = runFastCase(one);
			// A request that starts again finds blocks of its own.
			const slow = runPipelineCase({ ...one, prefixCache: null });
			if (slow.rows.some((row) => row[restarts] !== 0)) return;
			assert.equal(runPipelineCase(one), slow);
			if (fast !== null) assert.equal(fast, runFastCase({ ...one, prefixCache: null }));
		}),
		{ numRuns: RUNS / 4 },
	);
});

test.run();
