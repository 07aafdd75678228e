import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { memoryOf, vllmPlanOf } from '../../services/replica/memory-plan.ts';
import type { VllmMemoryPlan } from '../../silicon/vllm-memory.ts';
import type { Frame } from './plan.ts';
import { replicaConfig } from './replica-config.ts';

/** KV memory of a replica, and of one of its GPUs what each part takes where vLLM's plan counts. */
export type ReplicaMemory = Partial<Omit<VllmMemoryPlan, 'numBlocks' | 'kvTokens'>> & {
	readonly numBlocks: number;
	readonly kvTokens: number;
};

/** The memory of a replica as it is planned; null where nothing is served. */
export function replicaMemory(scenario: Scenario, frame: Frame): ReplicaMemory | null {
	if (scenario.serving === null) return null;
	const config = replicaConfig(scenario, frame);
	const { numBlocks } = memoryOf(config);
	const kvTokens = numBlocks * config.scheduler.blockSize;
	return { ...vllmPlanOf(config), numBlocks, kvTokens };
}

/** The same in lines. */
export function memoryLines(memory: ReplicaMemory): string[] {
	const blocks = `KV cache of a replica: ${memory.kvTokens} tokens in ${memory.numBlocks} blocks`;
	const { requestedGiB, deviceGiB, weightsGiB, activationGiB, otherGiB, cudaGraphGiB } = memory;
	const { kvCacheGiB, maxConcurrency } = memory;
	if (kvCacheGiB === undefined) return [blocks];
	const gib = (value: number | undefined) => `${(value ?? 0).toFixed(2)} GiB`;
	return [
		`${blocks}, ${(maxConcurrency ?? 0).toFixed(1)} requests of full length`,
		`of a GPU: ${gib(requestedGiB)} of ${gib(deviceGiB)}; weights ${gib(weightsGiB)}, peak of a step ${gib(activationGiB)}, ` +
			`contexts ${gib(otherGiB)}, CUDA graphs ${gib(cudaGraphGiB)}, KV cache ${gib(kvCacheGiB)}`,
	];
}
