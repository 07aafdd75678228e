import { behaviourOf } from '../../silicon/compatibility.ts';
import { type MemoryPlan, planMemory } from '../../silicon/memory.ts';
import type { Parallelism } from '../../silicon/model.ts';
import { planVllmMemory, type VllmMemoryPlan } from '../../silicon/vllm-memory.ts';
import type { ReplicaConfig, SchedulerConfig } from './config.ts';

/** How a replica's model is cut over its GPUs. */
export function cutOf(config: ReplicaConfig): Parallelism {
	return {
		tensorParallel: config.numTensorParallelWorkers,
		pipelineStages: config.pipelineStages,
	};
}

/** Whether a scheduler reserves the memory of whole requests. */
export function reservesMemory({ type }: SchedulerConfig): boolean {
	return type === 'orca' || type === 'faster_transformer';
}

/** The planner's memory; given KV blocks count instead, but the planner still says how many fit in a batch. */
export function memoryOf(config: ReplicaConfig): MemoryPlan {
	const { scheduler } = config;
	if (scheduler.numBlocks !== null && !reservesMemory(scheduler))
		return { numBlocks: scheduler.numBlocks, maxBatch: scheduler.batchSizeCap };
	const plan = plannedMemory(config);
	return { ...plan, numBlocks: scheduler.numBlocks ?? plan.numBlocks };
}

function plannedMemory(config: ReplicaConfig): MemoryPlan {
	const vllm = vllmPlanOf(config);
	if (vllm !== null) {
		const { numBlocks, maxConcurrency } = vllm;
		return { numBlocks, maxBatch: Math.max(1, Math.floor(maxConcurrency / config.pipelineStages)) };
	}
	return planMemory({
		model: config.model,
		device: config.device,
		cut: cutOf(config),
		marginFraction: config.memoryMarginFraction,
		maxTokensPerRequest: config.maxTokensPerRequest,
		blockSize: config.scheduler.blockSize,
		vidur: behaviourOf(config.compatibility).vidur,
	});
}

/**
 * vLLM's plan of a replica's memory; null where it is not planned so.
 *
 * @throws ConfigError when not even one request of full length fits
 */
export function vllmPlanOf(config: ReplicaConfig): VllmMemoryPlan | null {
	const { model, device, vllmMemory, scheduler, maxTokensPerRequest } = config;
	if (vllmMemory === undefined) return null;
	return planVllmMemory({
		...{ model, device, cut: cutOf(config), ...vllmMemory },
		maxNumSeqs: scheduler.batchSizeCap,
		maxNumBatchedTokens: tokensOf(scheduler, maxTokensPerRequest),
		...{ maxTokensPerRequest, blockSize: scheduler.blockSize },
	});
}

/** Most tokens of a batch. */
function tokensOf(scheduler: SchedulerConfig, maxTokensPerRequest: number): number {
	switch (scheduler.type) {
		case 'vllm-v1':
			return scheduler.maxNumBatchedTokens;
		case 'sarathi':
			return scheduler.chunkSize + scheduler.batchSizeCap;
		case 'vllm':
		case 'lightllm':
			return scheduler.maxTokensInBatch;
		default:
			return scheduler.batchSizeCap * maxTokensPerRequest;
	}
}
