import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namedPrng } from '../../../kernel/actor/random.ts';
import * as fc from '../../../tests/properties.test-support.ts';
import type { Request } from '../engine/admission.ts';
import {
	type FuzzCase,
	type FuzzResult,
	runFastCase,
	runPipelineCase,
} from '../engine/fuzz.test-support.ts';
import { runPlainVllmV1 } from './plain-vllm-v1.test-support.ts';
import type { PooledVllmV1Limits } from './pooled-vllm-v1.ts';

const limitsArbitrary = fc.record({
	numBlocks: fc.integer({ min: 12, max: 120 }),
	blockSize: fc.constantFrom(1, 4, 16),
	batchSizeCap: fc.constantFrom(1, 2, 5, 14, 40),
	maxNumBatchedTokens: fc.integer({ min: 40, max: 400 }),
	longPrefillTokenThreshold: fc.constantFrom(0, 0, 13, 64),
	asyncScheduling: fc.boolean(),
	stages: fc.constant(1),
	draftTokens: fc.constant(0),
});

function requestsOf({ numBlocks, blockSize }: PooledVllmV1Limits, seed: number): Request[] {
	const random = namedPrng(`${seed}/vllm-v1`);
	const most = (numBlocks - 1) * blockSize - 1;
	const count = 1 + Math.floor(random.uniform() * 60);
	const paceS = [0, 0.01, 0.1][seed % 3] as number;
	const longest = [0.05, 0.3, 0.9][(seed >> 2) % 3] as number;
	let arrivedAtS = 0;
	return Array.from({ length: count }, (_, id) => {
		const interArrivalS = random.uniform() < 0.3 ? 0 : random.uniform() * paceS;
		arrivedAtS += interArrivalS;
		const prefillTokens = 1 + Math.floor(random.uniform() * longest * (most - 2));
		const decodeTokens = 1 + Math.floor(random.uniform() * longest * (most - prefillTokens - 1));
		return { id, arrivedAtS, interArrivalS, prefillTokens, decodeTokens };
	});
}

function caseOf(limits: PooledVllmV1Limits, requests: Request[]): FuzzCase {
	const { stages, draftTokens: _none, ...rest } = limits;
	const { numBlocks } = limits;
	return {
		scheduler: { type: 'vllm-v1', ...rest, speculative: null },
		frame: { numBlocks, maxBatch: 1, blocksPerRequest: 1, stages, vidur: false },
		...{ requests, caps: [], cuts: [] },
	};
}

/** Batch by batch: those of a run begin one at the end of the other. */
function batchesOf({ records }: FuzzResult) {
	return records.flatMap(({ requestIds, tokens, count }) =>
		Array.from({ length: count }, () => ({ requestIds, tokens })),
	);
}

const completionsOf = ({ rows }: FuzzResult) => rows.map(([atS, id]) => ({ id, atS }));

test('both engines decide the batches that the rules of vLLM V1 say, as plainly written down', () => {
	let preemptions = 0;
	let thresholds = 0;
	fc.assert(
		fc.property(limitsArbitrary, fc.nat(), (limits, seed) => {
			const requests = requestsOf(limits, seed);
			const plain = runPlainVllmV1(limits, requests);
			preemptions += plain.preemptions;
			const batches = plain.batches.map(({ requestIds, tokens }) => ({ requestIds, tokens }));
			const one = caseOf(limits, requests);
			const pipeline = runPipelineCase(one);
			const fast = runFastCase(one);
			assert.is(fast === null, limits.longPrefillTokenThreshold > 0);
			if (fast === null) thresholds++;
			for (const result of fast === null ? [pipeline] : [pipeline, fast]) {
				assert.equal(batchesOf(result), batches);
				assert.equal(completionsOf(result), plain.completions);
			}
		}),
		{ numRuns: 150 },
	);
	assert.ok(preemptions > 100, `${preemptions} preemptions`);
	assert.ok(thresholds > 20, `${thresholds} with a threshold`);
});

const roomy = {
	...{ numBlocks: 1000, blockSize: 16, batchSizeCap: 8, longPrefillTokenThreshold: 0 },
	...{ asyncScheduling: false, stages: 1, draftTokens: 0 },
};

/** Batches of requests that are there at 0, each as [id, tokens] pairs. */
function firstBatches(limits: PooledVllmV1Limits, lengths: readonly (readonly [number, number])[]) {
	const requests = lengths.map(([prefillTokens, decodeTokens], id) => {
		return { id, arrivedAtS: 0, interArrivalS: 0, prefillTokens, decodeTokens };
	});
	return batchesOf(runPipelineCase(caseOf(limits, requests))).map(({ requestIds, tokens }) =>
		requestIds.map((id, i) => [id, tokens[i]]),
	);
}

test('what decodes goes first, then the prompt begun, then others, within one budget', () => {
	const batches = firstBatches({ ...roomy, maxNumBatchedTokens: 100 }, [
		[30, 3],
		[150, 2],
		[40, 2],
	]);
	assert.equal(batches.slice(0, 3), [
		[
			[0, 30],
			[1, 70],
		],
		[
			[0, 1],
			[1, 80],
			[2, 19],
		],
		[
			[0, 1],
			[1, 1],
			[2, 21],
		],
	]);
});

test('with a threshold a long prompt leaves room for those behind it', () => {
	const limits = { ...roomy, maxNumBatchedTokens: 100, longPrefillTokenThreshold: 60 };
	const [first, second] = firstBatches(limits, [
		[150, 2],
		[90, 2],
		[10, 2],
	]);
	assert.equal(first, [
		[0, 60],
		[1, 40],
	]);
	assert.equal(second, [
		[0, 60],
		[1, 40],
	]);
});

test('the last admitted starts again when a block is missing, and nobody is admitted then', () => {
	const limits = { ...roomy, numBlocks: 4, maxNumBatchedTokens: 100 };
	const batches = firstBatches(limits, [
		[30, 20],
		[20, 20],
		[1, 5],
	]);
	// The first needs a third block for its 33rd token; the second then has 23 tokens, and no room before the first is done.
	const both = [
		[0, 1],
		[1, 1],
	];
	assert.equal(batches.slice(0, 4), [
		[
			[0, 30],
			[1, 20],
		],
		both,
		both,
		[[0, 1]],
	]);
	assert.ok(batches.slice(4, 20).every((batch) => batch.length === 1 && batch[0]?.[0] === 0));
	assert.equal(batches[20], [
		[1, 23],
		[2, 1],
	]);
});

test.run();
