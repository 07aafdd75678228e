import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../protocol/errors.ts';
import { findDevice } from './device.ts';
import { type MemoryNeeds, planMemory } from './memory.ts';
import { findModel } from './profile/load-cards.ts';

const needs: MemoryNeeds = {
	model: findModel('meta-llama/Llama-2-70b-hf'),
	device: findDevice('a100'),
	cut: { tensorParallel: 2, pipelineStages: 1 },
	marginFraction: 0.1,
	maxTokensPerRequest: 4096,
	blockSize: 16,
	vidur: true,
};

// Vidur's own numbers (7d47513).
test('planMemory() finds 13 requests and 3328 blocks for Llama-2-70B on two A100', () => {
	assert.equal(planMemory(needs), { maxBatch: 13, numBlocks: 3328 });
});

test('planMemory() finds 64 requests and 32768 blocks on two stages of two A100', () => {
	const cut = { tensorParallel: 2, pipelineStages: 2 };
	assert.equal(planMemory({ ...needs, cut }), { maxBatch: 64, numBlocks: 32768 });
});

test('planMemory() rounds down once over all stages, Vidur on each', () => {
	// What the weights leave has room for the whole KV cache of 32.98 requests, on each of two stages.
	const two = { ...needs, cut: { tensorParallel: 1, pipelineStages: 2 } };
	const model = findModel('meta-llama/Llama-2-7b-hf');
	const vidur = planMemory({ ...two, model });
	const right = planMemory({ ...two, model, vidur: false });
	assert.equal([right.numBlocks, vidur.numBlocks], [65 * 256, 64 * 256]);
	assert.is(right.maxBatch, vidur.maxBatch);
});

test('planMemory() refuses a model that leaves no room for a request', () => {
	const cut = { tensorParallel: 1, pipelineStages: 1 };
	assert.throws(
		() => planMemory({ ...needs, cut }),
		(error: Error) =>
			error instanceof ConfigError &&
			/^Cannot place model "meta-llama\/Llama-2-70b-hf" on "a100": .* GiB of 72\.0 GiB;/.test(
				error.message,
			),
	);
});

test.run();
