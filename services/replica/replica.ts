import { ConfigError } from '../../protocol/errors.ts';
import type { ReplicaConfig } from './config.ts';
import { createEngine, type Engine } from './engine/engine.ts';
import { planMemory } from './memory.ts';
import { powerCurve } from './power.ts';
import { tablePredictor } from './predictor/predictor.ts';
import { checkRange, type LatencyTables } from './predictor/tables.ts';
import { vllmScheduler } from './scheduler/vllm.ts';

/**
 * The engine that a configuration describes, with the latency tables of its profile.
 *
 * @throws ConfigError when the parts do not fit together
 */
export function buildEngine(config: ReplicaConfig, tables: LatencyTables): Engine {
	const { model, device, scheduler } = config;
	const cut = {
		tensorParallel: config.numTensorParallelWorkers,
		pipelineStages: config.pipelineStages,
	};
	checkCut(config);
	const numBlocks =
		scheduler.numBlocks ??
		planMemory({
			model,
			device,
			cut,
			marginFraction: config.memoryMarginFraction,
			maxTokensPerRequest: config.maxTokensPerRequest,
			blockSize: scheduler.blockSize,
		}).numBlocks;
	checkRange(
		tables,
		{
			tokens: Math.max(
				scheduler.maxTokensInBatch,
				config.maxTokensPerRequest,
				scheduler.batchSizeCap,
			),
			decodes: scheduler.batchSizeCap,
			tokensPerRequest: config.maxTokensPerRequest,
		},
		config.profile,
	);
	return createEngine({
		predictor: tablePredictor(tables, model, cut),
		scheduler: vllmScheduler({
			numBlocks,
			blockSize: scheduler.blockSize,
			watermarkBlocks: Math.floor(scheduler.watermarkFraction * numBlocks),
			batchSizeCap: scheduler.batchSizeCap,
			maxTokensInBatch: scheduler.maxTokensInBatch,
		}),
		power: powerCurve(model, device, cut, config.compatibility === 'vidur'),
		limits: {
			numBlocks,
			blockSize: scheduler.blockSize,
			maxTokensPerRequest: config.maxTokensPerRequest,
		},
	});
}

function checkCut(config: ReplicaConfig): void {
	const { model, numTensorParallelWorkers: workers, pipelineStages } = config;
	if (pipelineStages !== 1)
		throw new ConfigError(
			`Cannot run a replica with ${pipelineStages} pipeline stages: only 1 is supported so far`,
		);
	for (const [what, size] of [
		['width', model.width],
		['query heads', model.queryHeads],
	] as const)
		if (size % workers !== 0)
			throw new ConfigError(
				`Cannot cut model "${model.name}" over ${workers} workers: its ${what} of ${size} cannot be divided`,
			);
}
