import type { Device } from './device.ts';

/**
 * What vLLM's server takes for settings that nobody gives (release 0.19; `EngineArgs.get_batch_defaults` in
 * vllm/engine/arg_utils.py and `VllmConfig._set_cudagraph_sizes` in vllm/config/vllm.py).
 */

/** Limits of a batch: requests that run at once, and tokens. */
export interface BatchLimits {
	readonly maxNumSeqs: number;
	readonly maxNumBatchedTokens: number;
}

/** From so much memory on, in GiB, a GPU gets larger batches. */
const LARGE_MEMORY_GIB = 70;

/**
 * Batch limits of vLLM's OpenAI server on a GPU. An A100 has the small ones whatever its memory: large budgets of tokens
 * cost it throughput. Of requests there are never more than tokens.
 */
export function batchLimits(
	{ name, memoryGb }: Pick<Device, 'name' | 'memoryGb'>,
	given: { readonly [Key in keyof BatchLimits]: number | null },
): BatchLimits {
	const isLarge = memoryGb >= LARGE_MEMORY_GIB && !name.toLowerCase().includes('a100');
	const maxNumBatchedTokens = given.maxNumBatchedTokens ?? (isLarge ? 8192 : 2048);
	const maxNumSeqs = given.maxNumSeqs ?? Math.min(isLarge ? 1024 : 256, maxNumBatchedTokens);
	return { maxNumSeqs, maxNumBatchedTokens };
}

/** Most tokens of a captured CUDA graph. */
const MOST_CAPTURED = 512;

/**
 * Batch sizes, in tokens, of which vLLM captures CUDA graphs: 1, 2, 4, then each 8th, from 256 on each 16th, up to twice
 * the requests that run at once and to 512. A batch of fewer tokens is padded to the next of them; of more there is no
 * graph.
 */
export function cudaGraphSizes({ maxNumSeqs, maxNumBatchedTokens }: BatchLimits): number[] {
	const most = Math.min(2 * maxNumSeqs, MOST_CAPTURED, maxNumBatchedTokens);
	const sizes = [1, 2, 4].filter((size) => size <= most);
	for (let size = 8; size <= most; size += size < 256 ? 8 : 16) sizes.push(size);
	return sizes;
}

/** The tokens that a batch of 0, 1, … `maxTokens` is computed as: padded to the next CUDA graph where there is one. */
export function graphPadding(limits: BatchLimits, maxTokens: number): Int32Array {
	const padded = Int32Array.from({ length: maxTokens + 1 }, (_, tokens) => tokens);
	let from = 1;
	for (const size of cudaGraphSizes(limits)) {
		for (let tokens = from; tokens <= Math.min(size, maxTokens); tokens++) padded[tokens] = size;
		from = size + 1;
	}
	return padded;
}
