import { ConfigError } from '../protocol/errors.ts';
import type { Device } from './device.ts';
import { headWidth, type ModelGeometry, type Parallelism, parametersPerDevice } from './model.ts';

/** Of weights and of the KV cache: FP16. */
const BYTES_PER_VALUE = 2;
const GIB = 2 ** 30;

/** What decides how many KV blocks a replica has. */
export interface MemoryNeeds {
	readonly model: ModelGeometry;
	readonly device: Device;
	readonly cut: Parallelism;
	/** The part of the device memory that is left alone. */
	readonly marginFraction: number;
	/** Most tokens of one request, prompt and answer together. */
	readonly maxTokensPerRequest: number;
	readonly blockSize: number;
	/** Vidur's rounding with several pipeline stages. */
	readonly vidur: boolean;
}

/** KV memory of one replica. */
export interface MemoryPlan {
	/** Requests of full length that fit at once, for each of the batches in flight. */
	readonly maxBatch: number;
	readonly numBlocks: number;
}

/**
 * Divides what the weights leave of the device memory into KV blocks, in whole requests of full length
 * (Vidur's planner: FP16, embeddings and activations ignored). A stage keeps the KV cache of its own layers
 * only. Vidur counts all layers on each stage and multiplies the requests by the stages, which rounds down
 * before the multiplication.
 *
 * @throws ConfigError when not even one full-length request fits beside the weights
 */
export function planMemory(needs: MemoryNeeds): MemoryPlan {
	const { model, device, cut, blockSize, maxTokensPerRequest } = needs;
	const stages = cut.pipelineStages;
	const available = device.memoryGb * GIB * (1 - needs.marginFraction);
	const weights = BYTES_PER_VALUE * parametersPerDevice(model, cut);
	const kvHeads = Math.ceil(model.keyValueHeads / cut.tensorParallel);
	const perRequest =
		BYTES_PER_VALUE * 2 * headWidth(model) * kvHeads * maxTokensPerRequest * model.layers;
	const fullRequests = (available - weights) / perRequest;
	const slots = needs.vidur ? Math.floor(fullRequests) * stages : Math.floor(fullRequests * stages);
	if (slots < 1)
		throw new ConfigError(
			`Cannot place model "${model.name}" on "${device.name}": its weights and one request of ` +
				`${maxTokensPerRequest} tokens need ${((weights + perRequest / stages) / GIB).toFixed(1)} GiB of ` +
				`${(available / GIB).toFixed(1)} GiB; more tensor parallelism or shorter requests would do`,
		);
	return {
		maxBatch: Math.max(1, Math.floor(slots / stages)),
		numBlocks: Math.floor(maxTokensPerRequest / blockSize) * slots,
	};
}
