import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../protocol/errors.ts';
import { findDevice } from './device.ts';
import type { ModelGeometry } from './model.ts';
import { findModel } from './profile/load-cards.ts';
import { planVllmMemory, type VllmMemoryNeeds } from './vllm-memory.ts';

const H100: Omit<VllmMemoryNeeds, 'model'> = {
	device: findDevice('h100'),
	cut: { tensorParallel: 1, pipelineStages: 1 },
	gpuMemoryUtilization: 0.9,
	cudaGraphGiB: 0,
	...{ maxNumSeqs: 1024, maxNumBatchedTokens: 8192, maxTokensPerRequest: 16000, blockSize: 16 },
};
const LLAMA_70B_FP8: ModelGeometry = {
	...findModel('meta-llama/Llama-3.3-70B-Instruct'),
	weights: 'fp8',
};
const QWEN3_0_6B: ModelGeometry = {
	...findModel('Qwen/Qwen3-8B'),
	...{ name: 'Qwen/Qwen3-0.6B', layers: 28, queryHeads: 16, width: 1024, mlpWidth: 3072 },
	...{ headWidth: 128, tiedEmbeddings: true },
};

/** GiB that vLLM said when it started: weights, a step at its peak, what is left for the KV cache (llm-d-benchmark 2593348). */
const STARTS: readonly (readonly [ModelGeometry, number, number, number, number, number])[] = [
	[findModel('meta-llama/Llama-3.1-8B-Instruct'), 1, 0.9, 14.99, 4.76, 51.38],
	[LLAMA_70B_FP8, 2, 0.9, 33.88, 4.84, 32.0],
	[findModel('openai/gpt-oss-20b'), 1, 0.9, 13.47, 7.38, 50.28],
	// Its KV cache of 3.33 GiB is what 0.95 of the memory leaves.
	[findModel('openai/gpt-oss-120b'), 1, 0.95, 64.38, 7.38, 3.33],
	[QWEN3_0_6B, 1, 0.9, 1.12, 5.56, 64.45],
	[findModel('Qwen/Qwen3-32B'), 1, 0.9, 61.03, 5.64, 4.45],
];

test('weights, the peak of a step and KV cache are those of six starts of vLLM, the KV cache within 5 %', () => {
	for (const [model, tensorParallel, gpuMemoryUtilization, weights, activation, kv] of STARTS) {
		const cut = { ...H100.cut, tensorParallel };
		const plan = planVllmMemory({
			...H100,
			model,
			cut,
			gpuMemoryUtilization,
			maxTokensPerRequest: 4096,
		});
		const within = (found: number, said: number, part: number) =>
			assert.ok(Math.abs(found / said - 1) < part, `${model.name}: ${found} GiB, not ${said}`);
		within(plan.weightsGiB, weights, 0.01);
		within(plan.activationGiB, activation, 0.01);
		within(plan.kvCacheGiB, kv, 0.05);
	}
});

test('what does not start in vLLM is refused with what each part takes', () => {
	const refusal = (model: ModelGeometry) => {
		try {
			planVllmMemory({ ...H100, model });
		} catch (error) {
			if (error instanceof ConfigError) return error.message;
		}
		return null;
	};
	assert.is(
		refusal(LLAMA_70B_FP8),
		'Cannot place model "meta-llama/Llama-3.3-70B-Instruct" on "h100": weights take 67.7, a step 4.8, all else 0.1 and one request of 16000 tokens 4.9 GiB of 71.3; more tensor parallelism, shorter requests or fewer at once would do',
	);
	assert.ok(refusal(findModel('deepseek-ai/DeepSeek-R1')));
	assert.ok(refusal({ ...findModel('Qwen/Qwen3-32B'), maxPosition: 1 }) === null);
});

test('blocks are what the KV cache holds, and those of windows what full requests need', () => {
	const model = findModel('meta-llama/Llama-3.1-8B-Instruct');
	const plan = planVllmMemory({ ...H100, model });
	assert.is(plan.numBlocks, Math.floor((plan.kvCacheGiB * 2 ** 30) / (131_072 * 16)));
	// Half the layers of gpt-oss hold 128 tokens: nearly twice as many tokens fit.
	const oss = findModel('openai/gpt-oss-20b');
	const windowed = planVllmMemory({ ...H100, model: oss });
	const { layerGroups: _, ...whole } = oss;
	const full = planVllmMemory({
		...H100,
		model: { ...oss, layerGroups: [{ count: 24, attention: 'full', mlp: 'moe' }] },
	});
	assert.ok(whole.window === 128 && windowed.numBlocks > 1.9 * full.numBlocks);
	assert.is(windowed.kvTokens, windowed.numBlocks * 16);
	// FP8 halves a token; CUDA graphs take their part.
	const fp8 = planVllmMemory({ ...H100, model: { ...model, kvCache: 'fp8' } });
	assert.ok(Math.abs(fp8.numBlocks - 2 * plan.numBlocks) <= 1);
	const graphs = planVllmMemory({ ...H100, model, cudaGraphGiB: 1 });
	assert.is(graphs.numBlocks, Math.floor(((plan.kvCacheGiB - 1) * 2 ** 30) / (131_072 * 16)));
});

test.run();
