import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { exactTables } from '../../silicon/profile/exact-tables.ts';
import { findModel } from '../../silicon/profile/load-cards.ts';
import { ReplicaConfig, replicaDefaults, type SchedulerConfig } from './config.ts';
import { createReport } from './engine/step-report.ts';
import { buildEngine, buildMachine } from './replica.ts';

const common = { batchSizeCap: 4, blockSize: 16, numBlocks: null };
const schedulers: SchedulerConfig[] = [
	replicaDefaults.scheduler,
	{ type: 'sarathi', ...common, watermarkFraction: 0.01, chunkSize: 512 },
	{
		type: 'vllm-v1',
		...common,
		maxNumBatchedTokens: 512,
		longPrefillTokenThreshold: 0,
		asyncScheduling: true,
		speculative: null,
	},
	{ type: 'orca', ...common },
	{ type: 'faster_transformer', ...common },
	{
		type: 'lightllm',
		...common,
		blockSize: 1,
		maxTokensInBatch: 1024,
		maxWaitingIterations: 10,
	},
];

/** Tables that cost 1 ms a layer for each decoding batch and prompt, and 1 µs a token for `add`. */
function tables() {
	const ops = 'attn_pre_proj,attn_post_proj,attn_rope,mlp_up_proj,mlp_down_proj,mlp_act';
	const rows = ['8,0.008,1', '4096,4.096,1'].map((row) => `${row},0,0,0,0,0,0`);
	const tokenOps = [`num_tokens,add,send_recv,${ops}`, ...rows].join('\n');
	const decode = ['batch_size,kv_cache_size,ms'];
	for (let batch = 1; batch <= 128; batch++)
		for (let kv = 0; kv <= 4096; kv += 64) decode.push(`${batch},${kv},1`);
	const prefill = ['kv_cache_size,prefill_chunk_size,ms'];
	for (let kv = 0; kv <= 4096; kv += 64)
		for (let chunk = 1; chunk <= 4096; chunk++) prefill.push(`${kv},${chunk},1`);
	return exactTables({ tokenOps, decode: decode.join('\n'), prefill: prefill.join('\n') }, true);
}

const shared = tables();

function configOf(change: Partial<ReplicaConfig>): ReplicaConfig {
	return ReplicaConfig.parse({ ...replicaDefaults, stepUs: 1_000_000, ...change });
}

function refusal(change: Partial<ReplicaConfig>): string {
	try {
		buildMachine(configOf(change), shared);
	} catch (error) {
		assert.instance(error, ConfigError);
		return (error as Error).message;
	}
	return 'accepted';
}

test('buildMachine() serves requests with every scheduler, with and without stages', () => {
	for (const scheduler of schedulers)
		for (const pipelineStages of scheduler.type === 'lightllm' ? [1] : [1, 2, 4]) {
			const machine = buildMachine(configOf({ scheduler, pipelineStages }), shared);
			const state = machine.create();
			for (let id = 0; id < 20; id++)
				machine.submit(state, {
					id,
					arrivedAtS: 0.1 * id,
					interArrivalS: 0.1,
					prefillTokens: 700,
					decodeTokens: 9,
				});
			machine.advance(state, Number.POSITIVE_INFINITY, { completed: () => {} });
			assert.is(machine.completed(state), 20);
			const report = createReport();
			machine.closeStep(state, 1000, report);
			assert.is(report.outstanding, 0);
			assert.is(report.usedBlocks, 0);
		}
});

test('buildMachine() goes on along the line beyond the tables for schedulers without a token limit', () => {
	const config = configOf({ scheduler: { type: 'orca', ...common } });
	const { predictor } = buildEngine(config, shared);
	const prompts = { decodes: 0, decodeKv: 0, prefills: 4, prefillKv: 0 };
	// Four prompts of 4096 tokens: 16.384 ms for `add`, and one prompt of twice the length at four times the price.
	const timeS = predictor.batchTimeS({ ...prompts, tokens: 16384, prefillSquares: 4 * 4096 ** 2 });
	assert.ok(Math.abs(timeS - (32 * (16.384 + 4 * 1.1)) / 1000) < 1e-9, String(timeS));
});

test('buildMachine() refuses parts that do not fit together', () => {
	assert.match(refusal({ pipelineStages: 3 }), 'its layers of 32 cannot be divided');
	assert.match(refusal({ numTensorParallelWorkers: 3 }), 'its width of 4096 cannot be divided');
	const of = (wanted: SchedulerConfig['type']) =>
		schedulers.find(({ type }) => type === wanted) as SchedulerConfig;
	const [orca, lightllm, vllmV1] = [of('orca'), of('lightllm'), of('vllm-v1')];
	assert.match(
		refusal({ scheduler: { ...vllmV1, batchSizeCap: 600 } }),
		'maxNumBatchedTokens must be no fewer than maxNumSeqs',
	);
	assert.match(refusal({ scheduler: { ...lightllm, blockSize: 16 } }), 'it needs 1 and 1');
	assert.match(refusal({ scheduler: lightllm, pipelineStages: 2 }), 'it needs 1 and 1');
	assert.match(refusal({ scheduler: { ...orca, numBlocks: 200 } }), 'they need 256');
	assert.match(refusal({ maxTokensPerRequest: 20_000 }), '20000 tokens in a batch');
	assert.is(refusal({ model: findModel('meta-llama/Llama-2-7b-hf') }), 'accepted');
});

test.run();
