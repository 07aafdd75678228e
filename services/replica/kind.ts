import type { ActorKind } from '../../kernel/actor/contract.ts';
import { loadTables } from '../../silicon/profile/load.ts';
import { replicaActor } from './actor.ts';
import { apiLatency } from './api-stage.ts';
import { BatchFeed } from './batch-feed.ts';
import { ReplicaConfig } from './config.ts';
import { ProgressFeed } from './progress-feed.ts';
import { buildMachine, buildOperations } from './replica.ts';
import { allFeeds, TokenFeed } from './token-feed.ts';

/** An LLM replica: continuous batching on one GPU or a group of them, with its power. */
export const replicaKind: ActorKind<ReplicaConfig> = {
	kind: 'replica',
	config: ReplicaConfig,
	create(config, env) {
		const tables = loadTables(config.profile, {
			model: config.model,
			device: config.device.name,
			tensorParallel: config.numTensorParallelWorkers,
			compatibility: config.compatibility,
		});
		const seed = env.random('prefix-cache').state();
		const { tells } = config;
		const operations = tells?.operations === true ? buildOperations(config, tables) : null;
		const batches =
			tells?.batches === true || operations !== null
				? new BatchFeed(config.pipelineStages, operations)
				: null;
		const tokens = tells?.tokens === true ? new TokenFeed() : null;
		const progress =
			tells?.progress === true ? new ProgressFeed(config.pipelineStages, apiLatency(config)) : null;
		const observer = allFeeds([batches, tokens, progress]);
		const machine = buildMachine(config, tables, observer, seed);
		return replicaActor(env.name, config, machine, { batches, tokens, progress });
	},
};
