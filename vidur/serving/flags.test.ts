import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { parseFlags } from './flags.ts';
import { setupOf } from './setup.ts';

function refusal(work: () => unknown): string {
	try {
		work();
	} catch (error) {
		assert.instance(error, ConfigError);
		const { message } = error as ConfigError;
		assert.not.match(message, /\n/);
		return message;
	}
	return assert.unreachable('nothing was refused') as never;
}

test('parseFlags() takes values behind a space or an equals sign', () => {
	const flags = parseFlags(['--seed', '7', '--poisson_request_interval_generator_config_qps=2.5']);
	assert.is(flags.number('seed'), 7);
	assert.is(flags.number('poisson_request_interval_generator_config_qps'), 2.5);
	assert.is(flags.isGiven('seed'), true);
	assert.is(flags.isGiven('time_limit'), false);
});

test('parseFlags() takes switches, their negation, and lists', () => {
	const flags = parseFlags([
		'--no-metrics_config_store_plots',
		'--metrics_config_keep_individual_batch_metrics',
		'--random_forrest_execution_time_predictor_config_num_estimators',
		'250',
		'500',
		'--no-metrics_config_store_batch_metrics',
	]);
	assert.is(flags.isOn('metrics_config_keep_individual_batch_metrics'), true);
	assert.is(flags.isOn('metrics_config_store_batch_metrics'), false);
	assert.equal(flags.value('random_forrest_execution_time_predictor_config_num_estimators'), [
		'250',
		'500',
	]);
	assert.equal(flags.ignored, [
		'--no-metrics_config_store_plots',
		'--random_forrest_execution_time_predictor_config_num_estimators',
	]);
});

for (const [words, expected] of [
	[
		['--replica_schedulr_config_type', 'vllm'],
		/"--replica_schedulr_config_type": it is unknown; similar: --replica_scheduler_config_type;/,
	],
	[['--no-seed'], /"--no-seed": it is unknown/],
	[['vllm'], /"vllm": values follow a flag/],
	[
		['--replica_scheduler_config_type', 'mlq'],
		/supported are vllm, sarathi, orca, faster_transformer, lightllm/,
	],
	[['--seed', 'x'], /"--seed x": it needs a number/],
	[['--seed', '1.5'], /it needs a whole number/],
	[['--seed'], /"--seed": it needs a value/],
	[['--metrics_config_store_plots=yes'], /it is a switch/],
	[['--metrics_config_subsamples', 'x'], /it needs a number/],
	[
		['--no-random_forrest_execution_time_predictor_config_skip_cpu_overhead_modeling'],
		/only --random_forrest_execution_time_predictor_config_skip_cpu_overhead_modeling, the default/,
	],
] as const)
	test(`parseFlags() refuses ${words.join(' ')}`, () => {
		assert.match(
			refusal(() => parseFlags(words)),
			expected,
		);
	});

test('setupOf() without flags is what Vidur does without flags', () => {
	const { replica, requests, policy, replicas, timeLimitS } = setupOf(parseFlags([]));
	assert.is(replica.model.name, 'meta-llama/Llama-2-7b-hf');
	assert.is(replica.compatibility, 'vidur');
	assert.equal(replica.scheduler, {
		type: 'sarathi',
		batchSizeCap: 128,
		blockSize: 16,
		numBlocks: null,
		watermarkFraction: 0.01,
		chunkSize: 512,
	});
	assert.equal(requests, {
		type: 'synthetic',
		seed: 42,
		durationS: null,
		numRequests: 128,
		intervals: { type: 'poisson', qps: 0.5 },
		lengths: { type: 'fixed', prefillTokens: 2048, decodeTokens: 512 },
	});
	assert.equal([policy, replicas, timeLimitS], ['round_robin', 1, Number.POSITIVE_INFINITY]);
});

test("setupOf() takes the length generator's limit of tokens, and Vidur's figure for the H100", () => {
	const { replica } = setupOf(
		parseFlags([
			'--replica_config_device=h100',
			'--length_generator_config_type=zipf',
			'--zipf_request_length_generator_config_max_tokens=8192',
		]),
	);
	assert.is(replica.maxTokensPerRequest, 8192);
	assert.is(replica.device.fp16Tflops, 1000);
	assert.is(replica.profile, 'llama-2-7b-h100-tp1-reproduction');
});

test('setupOf() refuses values that do not fit', () => {
	const setup = (...words: string[]) => refusal(() => setupOf(parseFlags(words)));
	assert.match(setup('--cluster_config_num_replicas=0'), /it must be 1 or more/);
	assert.match(setup('--sarathi_scheduler_config_chunk_size=0'), /it must be 1 or more/);
	assert.match(setup('--poisson_request_interval_generator_config_qps=0'), /intervals\.qps/);
	const mixed = [
		'--replica_config_network_device=h100_dgx',
		'--replica_config_tensor_parallel_size=2',
	];
	assert.match(setup(...mixed), /profiles have a100_pairwise_nvlink and a100_dgx/);
});

test.run();
