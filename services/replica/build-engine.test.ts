import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { loadTables } from '../../silicon/profile/load.ts';
import { ReplicaConfig, replicaDefaults } from './config.ts';
import { buildEngine } from './replica.ts';

const needs = { model: replicaDefaults.model, device: 'a100', tensorParallel: 1 };

test('the defaults make an engine, from tables that replicas share', () => {
	const config = ReplicaConfig.parse({ ...replicaDefaults, stepUs: 1_000_000 });
	const tables = loadTables(config.profile, needs);
	assert.is(loadTables(config.profile, needs), tables);
	// 80 GiB less 10 %, less 13 GiB of weights, in requests of 4096 tokens of 128 KiB.
	assert.is(buildEngine(config, tables).limits.numBlocks, 118 * 256);
});

test('buildEngine() refuses what the replica cannot do', () => {
	const config = ReplicaConfig.parse({ ...replicaDefaults, stepUs: 1_000_000 });
	const tables = loadTables(config.profile, needs);
	const refused = (change: Partial<ReplicaConfig>) =>
		messageOf(() => buildEngine({ ...config, ...change }, tables));
	assert.match(refused({ pipelineStages: 2 }), 'with 2 pipeline stages: only 1');
	assert.match(refused({ numTensorParallelWorkers: 3 }), 'its width of 4096 cannot be divided');
	assert.match(refused({ maxTokensPerRequest: 20_000 }), '20000 tokens in a batch');
});

function messageOf(run: () => unknown): string {
	try {
		run();
	} catch (error) {
		assert.instance(error, ConfigError);
		return (error as Error).message;
	}
	return 'accepted';
}

test.run();
