import { ConfigError } from '../protocol/errors.ts';
import type { Device } from './device.ts';
import { layersWith, type ModelGeometry, type Parallelism } from './model.ts';
import {
	bytesPerParameter,
	kvBytesOfSequence,
	layerParameters,
	weightBytesPerDevice,
} from './model-size.ts';

const GIB = 2 ** 30;

/** What vLLM plans the memory of a replica by. */
export interface VllmMemoryNeeds {
	readonly model: ModelGeometry;
	readonly device: Device;
	readonly cut: Parallelism;
	/** The part of the device memory that vLLM may use. */
	readonly gpuMemoryUtilization: number;
	/** Set aside for CUDA graphs, GiB. */
	readonly cudaGraphGiB: number;
	/** Most requests and tokens of a batch: with so many vLLM measures what a step takes. */
	readonly maxNumSeqs: number;
	readonly maxNumBatchedTokens: number;
	/** Most tokens of one request, prompt and answer together. */
	readonly maxTokensPerRequest: number;
	readonly blockSize: number;
}

/** Memory of one device by what it goes to, GiB, and what that gives the replica. */
export interface VllmMemoryPlan {
	/** What CUDA shows of the device, and what vLLM may use of it. */
	readonly deviceGiB: number;
	readonly requestedGiB: number;
	readonly weightsGiB: number;
	readonly activationGiB: number;
	/** Contexts of CUDA and of collectives. */
	readonly otherGiB: number;
	readonly cudaGraphGiB: number;
	readonly kvCacheGiB: number;
	/** KV blocks of the replica, and the tokens that they hold. */
	readonly numBlocks: number;
	readonly kvTokens: number;
	/** Requests of the most tokens that fit at once. */
	readonly maxConcurrency: number;
}

/**
 * What a step takes at its peak on vLLM's profiling run, bytes: either sampling (top-p over the whole vocabulary, with sorted copies of the
 * logits) while the hidden states are still there, or the widest layer. Fitted to six starts of vLLM on an H100, models of vocabularies of 128,256 to
 * 201,088 (llm-d-benchmark 2593348, config_explorer/empirical-vllm-memory-results.md): within 1 %, and not tried on others.
 */
const SAMPLING_BYTES_PER_LOGIT = 38.2;
const HIDDEN_STATES = 1.28;
const ACTIVATION_BYTES = 2;
/** Beside PyTorch, with one device and with several that talk to each other, GiB (same source: 0.13 and 0.55). */
const OTHER_GIB = { alone: 0.13, shared: 0.55 };
/** MXFP4 kernels want widths of whole tiles: 13.47 and 64.38 GiB of gpt-oss-20b and -120b (same source) are those of experts padded so. */
const MXFP4_TILE = 256;

/**
 * KV memory as vLLM plans it: of `gpuMemoryUtilization` of what CUDA shows it takes weights, what a step takes at its peak, contexts and graphs,
 * and gives the rest to KV blocks. Where layers keep less than all tokens (windows, states) the blocks are as many as hold the requests of full
 * length that fit, which is how vLLM counts its concurrency.
 *
 * @throws ConfigError when not even one request of full length fits
 */
export function planVllmMemory(needs: VllmMemoryNeeds): VllmMemoryPlan {
	const { model, device, cut, blockSize, maxTokensPerRequest, cudaGraphGiB } = needs;
	const deviceGiB = device.usableMemoryGiB ?? device.memoryGb;
	const requestedGiB = deviceGiB * needs.gpuMemoryUtilization;
	const weightsGiB = (weightBytesPerDevice(model, cut) + paddingBytes(model, cut)) / GIB;
	const activationGiB = activationBytes(needs) / GIB;
	const devices = cut.tensorParallel * cut.pipelineStages;
	const otherGiB = devices === 1 ? OTHER_GIB.alone : OTHER_GIB.shared;
	const kvCacheGiB = requestedGiB - weightsGiB - activationGiB - otherGiB - cudaGraphGiB;
	const perRequestGiB = kvBytesOfSequence(model, cut, maxTokensPerRequest) / GIB;
	const maxConcurrency = kvCacheGiB / perRequestGiB;
	if (maxConcurrency < 1)
		throw new ConfigError(
			`Cannot place model "${model.name}" on "${device.name}": weights take ${weightsGiB.toFixed(1)}, a step ${activationGiB.toFixed(1)}, all else ` +
				`${(otherGiB + cudaGraphGiB).toFixed(1)} and one request of ${maxTokensPerRequest} tokens ${perRequestGiB.toFixed(1)} GiB of ` +
				`${requestedGiB.toFixed(1)}; more tensor parallelism, shorter requests or fewer at once would do`,
		);
	const numBlocks = Math.floor((maxConcurrency * maxTokensPerRequest) / blockSize);
	return {
		...{ deviceGiB, requestedGiB, weightsGiB, activationGiB, otherGiB, cudaGraphGiB, kvCacheGiB },
		...{ numBlocks, kvTokens: numBlocks * blockSize, maxConcurrency },
	};
}

function activationBytes(needs: VllmMemoryNeeds): number {
	const { model, cut, maxNumSeqs, maxNumBatchedTokens: tokens } = needs;
	const hidden = HIDDEN_STATES * tokens * model.width * ACTIVATION_BYTES;
	const logits = maxNumSeqs * (model.vocabulary ?? 0);
	const widest = tokens * widestLayer(model, cut) * ACTIVATION_BYTES;
	return hidden + Math.max(SAMPLING_BYTES_PER_LOGIT * logits, widest);
}

/** Values of a token that a layer holds at once: both halves of a gated MLP and their product, of all experts that it is sent to. */
function widestLayer(model: ModelGeometry, cut: Parallelism): number {
	const { moe, width, mlpWidth } = model;
	const dense = layersWith(model, 'dense') > 0 ? (3 * mlpWidth) / cut.tensorParallel : 0;
	if (moe === undefined) return dense;
	const ofExpert = (3 * moe.expertWidth) / cut.tensorParallel;
	return Math.max(dense, moe.perToken * (ofExpert + width));
}

function paddingBytes(model: ModelGeometry, cut: Parallelism): number {
	const { moe, expertWeights, weights } = model;
	const format = expertWeights ?? weights;
	if (moe === undefined || format !== 'mxfp4') return 0;
	const width = moe.expertWidth / (cut.expertParallel === true ? 1 : cut.tensorParallel);
	const padded = Math.ceil(width / MXFP4_TILE) * MXFP4_TILE;
	const { experts } = layerParameters(model, cut);
	return (padded / width - 1) * experts * bytesPerParameter(format);
}
