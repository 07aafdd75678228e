import { ConfigError } from '../../protocol/errors.ts';
import type { Scenario } from '../../protocol/scenario.ts';
import type { ReplicaConfig } from '../replica/config.ts';
import { findDevice, findModel, replicaDefaults } from '../replica/config.ts';
import type { Frame } from './plan.ts';

/** A replica's configuration from the scenario's serving section. */
export function replicaConfig(scenario: Scenario, frame: Frame): ReplicaConfig {
	const { serving } = scenario;
	if (serving === null)
		throw new ConfigError('Cannot configure a replica: the scenario has no serving');
	return {
		stepUs: frame.stepUs,
		model: findModel(serving.model),
		device: findDevice(serving.device),
		profile: serving.profile === 'default' ? replicaDefaults.profile : serving.profile,
		numTensorParallelWorkers: serving.tensorParallel,
		pipelineStages: serving.pipelineStages,
		scheduler: {
			type: 'vllm',
			batchSizeCap: serving.batchSizeCap,
			maxTokensInBatch: serving.maxTokensInBatch,
			blockSize: serving.blockSize,
			watermarkFraction: serving.watermarkFraction,
			numBlocks: null,
		},
		memoryMarginFraction: serving.memoryMarginFraction,
		maxTokensPerRequest: serving.maxTokens,
		pue: serving.pue,
		compatibility: null,
	};
}
