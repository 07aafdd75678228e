import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { memoryLines, replicaMemory } from './memory-plan.ts';
import { frameOf } from './plan.ts';
import { Scenario } from './scenario.ts';

function memoryOf(serving: Readonly<Record<string, unknown>>) {
	const scenario = Scenario.parse({ cap: [], serving: { device: 'h100', ...serving } });
	const memory = replicaMemory(scenario, frameOf(scenario));
	assert.ok(memory);
	return memory;
}

test('memory is planned as by vLLM where its scheduler or its utilisation is asked for, and else as by Vidur', () => {
	const vllm = memoryOf({ scheduler: 'vllm-v1' });
	assert.is(vllm.requestedGiB, 0.9 * 79.18);
	assert.equal(
		memoryOf({ gpuMemoryUtilization: 0.9, batchSizeCap: 1024 }).weightsGiB,
		vllm.weightsGiB,
	);
	const fuller = memoryOf({ scheduler: 'vllm-v1', gpuMemoryUtilization: 0.95, cudaGraphGiB: 0.5 });
	// 0.05 of 79.18 GiB less half a GiB, in blocks of 2 MiB.
	assert.ok(Math.abs(fuller.numBlocks - vllm.numBlocks - (0.05 * 79.18 - 0.5) * 512) <= 1);
	const margin = memoryOf({});
	assert.equal(Object.keys(margin), ['numBlocks', 'kvTokens']);
	assert.equal(memoryOf({ scheduler: 'vllm-v1', compatibility: 'vidur' }), margin);
	assert.is(memoryOf({ scheduler: 'vllm-v1', numBlocks: 100 }).numBlocks, 100);
});

test('the plan is said in two lines', () => {
	const lines = memoryLines(memoryOf({ scheduler: 'vllm-v1' }));
	assert.is(
		lines[0]?.replace(/[\d.]+/g, 'N'),
		'KV cache of a replica: N tokens in N blocks, N requests of full length',
	);
	assert.match(
		lines[1] ?? '',
		/^of a GPU: 71\.26 GiB of 79\.18 GiB; weights 14\.96 GiB, peak of a step 4\.75 GiB, contexts 0\.13 GiB, CUDA graphs 0\.00 GiB, KV cache 51\.42 GiB$/,
	);
});

test.run();
