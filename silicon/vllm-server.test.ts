import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { batchLimits, cudaGraphSizes, graphPadding } from './vllm-server.ts';

const none = { maxNumSeqs: null, maxNumBatchedTokens: null };

test('batchLimits() are those of vLLM’s server on a GPU', () => {
	const large = { maxNumSeqs: 1024, maxNumBatchedTokens: 8192 };
	const small = { maxNumSeqs: 256, maxNumBatchedTokens: 2048 };
	assert.equal(batchLimits({ name: 'h100', memoryGb: 80 }, none), large);
	assert.equal(batchLimits({ name: 'a100', memoryGb: 80 }, none), small);
	assert.equal(batchLimits({ name: 'l40s', memoryGb: 45 }, none), small);
	const given = { maxNumSeqs: 16, maxNumBatchedTokens: 512 };
	assert.equal(batchLimits({ name: 'h100', memoryGb: 80 }, given), given);
	const few = { maxNumSeqs: null, maxNumBatchedTokens: 100 };
	assert.equal(batchLimits({ name: 'h100', memoryGb: 80 }, few), { ...few, maxNumSeqs: 100 });
});

test('CUDA graphs are captured up to 512 tokens or twice the requests, and batches padded to them', () => {
	const sizes = cudaGraphSizes({ maxNumSeqs: 1024, maxNumBatchedTokens: 8192 });
	assert.equal(sizes.slice(0, 5), [1, 2, 4, 8, 16]);
	assert.equal(sizes.slice(-3), [480, 496, 512]);
	assert.is(sizes.length, 3 + 31 + 17);
	const limits = { maxNumSeqs: 12, maxNumBatchedTokens: 2048 };
	assert.equal(cudaGraphSizes(limits), [1, 2, 4, 8, 16, 24]);
	const padded = graphPadding(limits, 30);
	assert.equal(
		[0, 1, 3, 5, 9, 17, 24, 25, 30].map((tokens) => padded[tokens]),
		[0, 1, 4, 8, 16, 24, 24, 25, 30],
	);
	assert.equal([...graphPadding(limits, 6)], [0, 1, 2, 4, 4, 8, 8]);
});

test.run();
