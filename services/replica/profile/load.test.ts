import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../../protocol/errors.ts';
import { defaultProfile, findModel, profiles, ReplicaConfig, replicaDefaults } from '../config.ts';
import { buildEngine } from '../replica.ts';
import { loadTables } from './load.ts';

const needs = {
	model: findModel('meta-llama/Meta-Llama-3-8B'),
	device: 'a100',
	tensorParallel: 1,
};

function refusal(run: () => unknown): string {
	try {
		run();
	} catch (error) {
		assert.instance(error, ConfigError);
		return (error as Error).message;
	}
	return 'accepted';
}

test('loadTables() names a profile that is not there, or of something else', () => {
	assert.is(
		refusal(() => loadTables('nothing', needs)),
		'Cannot load profile "nothing": it is neither a name in profiling-data/ nor a path',
	);
	assert.is(
		refusal(() => loadTables('llama-3-8b-a100-tp1', { ...needs, tensorParallel: 2 })),
		'Cannot use profile "llama-3-8b-a100-tp1" for meta-llama/Meta-Llama-3-8B on a100 with tensor parallelism 2: ' +
			'it is of meta-llama/Meta-Llama-3-8B on a100 with tensor parallelism 1',
	);
});

test('loadTables() says what is wrong with a file that is no profile', () => {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-profile-'));
	const path = join(folder, 'broken.json');
	writeFileSync(path, '{"model": 3}');
	assert.match(
		refusal(() => loadTables(path, needs)),
		`Cannot read profile "${path}": `,
	);
	assert.match(
		refusal(() => loadTables(folder, needs)),
		`Cannot load profile "${folder}": it has no token_ops.csv`,
	);
	rmSync(folder, { recursive: true });
});

test('every listed profile is there and of what the list says', () => {
	for (const { name, model, ...rest } of profiles)
		loadTables(name, { model: findModel(model), ...rest });
});

test('defaultProfile() is the first listed for model, device and parallelism, or says what there is', () => {
	assert.is(defaultProfile('meta-llama/Llama-2-7b-hf', 'a100', 1), 'llama-2-7b-a100-tp1');
	assert.is(defaultProfile('meta-llama/Meta-Llama-3-8B', 'a100', 1), replicaDefaults.profile);
	assert.match(
		refusal(() => defaultProfile('meta-llama/Llama-2-7b-hf', 'h100', 1)),
		'Cannot find a profile for "meta-llama/Llama-2-7b-hf" on "h100" x 1: there are meta-llama/Meta-Llama-3-8B on a100 x 1, ',
	);
});

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
		refusal(() => buildEngine({ ...config, ...change }, tables));
	assert.match(refused({ pipelineStages: 2 }), 'with 2 pipeline stages: only 1');
	assert.match(refused({ numTensorParallelWorkers: 3 }), 'its width of 4096 cannot be divided');
	assert.match(refused({ maxTokensPerRequest: 20_000 }), '20000 tokens in a batch');
});

test.run();
