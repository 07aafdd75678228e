import type { SchedulerConfig } from '../config.ts';
import { orcaScheduler } from './orca.ts';
import type { PooledScheduler } from './pool.ts';
import { pooledFasterTransformer } from './pooled-faster-transformer.ts';
import { pooledLightllm } from './pooled-lightllm.ts';
import { pooledOrca } from './pooled-orca.ts';
import { pooledSarathi } from './pooled-sarathi.ts';
import { pooledVllm } from './pooled-vllm.ts';
import { pooledVllmV1 } from './pooled-vllm-v1.ts';
import { sarathiScheduler } from './sarathi.ts';
import type { Scheduler } from './scheduler.ts';
import { vllmScheduler } from './vllm.ts';
import { vllmV1Scheduler } from './vllm-v1.ts';

/** What a scheduler must know of its replica. */
export interface SchedulerFrame {
	readonly numBlocks: number;
	/** Requests of full length that fit for each batch in flight. */
	readonly maxBatch: number;
	/** Blocks of a request of full length. */
	readonly blocksPerRequest: number;
	readonly stages: number;
	readonly vidur: boolean;
}

/** The scheduler for the engine that fast-forwards; null when the configuration needs the other engine. */
export function fastScheduler(config: SchedulerConfig, frame: SchedulerFrame): Scheduler | null {
	if (frame.stages > 1) return null;
	switch (config.type) {
		case 'vllm':
			return vllmScheduler({ ...config, ...pagedFrame(config, frame) });
		case 'sarathi':
			return sarathiScheduler({ ...config, ...pagedFrame(config, frame) });
		case 'orca':
			return orcaScheduler({ ...frame, maxBatchSize: maxBatchSize(config, frame) });
		case 'vllm-v1':
			// With a threshold several prompts can be partly done, and hold up others; with drafts answers grow apart.
			return config.longPrefillTokenThreshold > 0 || config.speculative !== null
				? null
				: vllmV1Scheduler({ ...config, numBlocks: frame.numBlocks });
		default:
			return null;
	}
}

/** The scheduler for any number of batches in flight. */
export function pooledScheduler(config: SchedulerConfig, frame: SchedulerFrame): PooledScheduler {
	switch (config.type) {
		case 'vllm':
			return pooledVllm({ ...config, ...pagedFrame(config, frame) });
		case 'sarathi':
			return pooledSarathi({ ...config, ...pagedFrame(config, frame) });
		case 'vllm-v1':
			return pooledVllmV1({
				...config,
				numBlocks: frame.numBlocks,
				stages: frame.stages,
				draftTokens: config.speculative?.tokens ?? 0,
			});
		case 'lightllm':
			return pooledLightllm({ ...config, ...frame });
		case 'orca':
			return pooledOrca({ ...frame, maxBatchSize: maxBatchSize(config, frame) });
		case 'faster_transformer':
			return pooledFasterTransformer({ ...frame, maxBatchSize: maxBatchSize(config, frame) });
	}
}

/** Most requests in a batch of a scheduler that reserves memory for requests of full length. */
function maxBatchSize(config: SchedulerConfig, { maxBatch }: SchedulerFrame): number {
	return Math.min(maxBatch, config.batchSizeCap);
}

function pagedFrame(
	config: { readonly batchSizeCap: number; readonly watermarkFraction: number },
	{ numBlocks, stages, vidur }: SchedulerFrame,
) {
	return {
		numBlocks,
		vidur,
		watermarkBlocks: Math.floor(config.watermarkFraction * numBlocks),
		microBatchCap: Math.max(1, Math.floor(config.batchSizeCap / stages)),
	};
}
