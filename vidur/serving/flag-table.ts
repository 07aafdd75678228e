/** What the value of a flag may be. Switches are given as `--flag` or `--no-flag`, lists take several values. */
export type FlagKind = 'integer' | 'number' | 'text' | 'switch' | 'list';
export type FlagValue = number | string | boolean | null | readonly string[];

/** A flag of `python -m vidur.main`, without its dashes. */
export interface Flag {
	readonly name: string;
	readonly kind: FlagKind;
	/** Vidur's default. */
	readonly initial: FlagValue;
	/** `ignored`: accepted, but nothing here depends on it; `fixed`: only the default is supported. */
	readonly use: 'used' | 'ignored' | 'fixed';
	/** The values that a text may have. */
	readonly choices: readonly string[] | null;
}

type Field = readonly [name: string, kind: FlagKind, initial: FlagValue];

const flags: Flag[] = [];

function section(prefix: string, use: Flag['use'], fields: readonly Field[]): void {
	for (const [name, kind, initial] of fields)
		flags.push({ name: `${prefix}${name}`, kind, initial, use, choices: null });
}

function choice(name: string, initial: string, choices: readonly string[]): void {
	flags.push({ name, kind: 'text', initial, use: 'used', choices });
}

section('', 'used', [
	['seed', 'integer', 42],
	['time_limit', 'integer', 0],
	['cluster_config_num_replicas', 'integer', 1],
]);
section('', 'ignored', [['log_level', 'text', 'info']]);

section('replica_config_', 'used', [
	['model_name', 'text', 'meta-llama/Llama-2-7b-hf'],
	['memory_margin_fraction', 'number', 0.1],
	['num_pipeline_stages', 'integer', 1],
	['tensor_parallel_size', 'integer', 1],
]);
choice('replica_config_device', 'a100', ['a40', 'a100', 'h100']);
choice('replica_config_network_device', 'a100_pairwise_nvlink', [
	'a40_pairwise_nvlink',
	'a100_pairwise_nvlink',
	'h100_pairwise_nvlink',
	'a100_dgx',
	'h100_dgx',
]);

choice('global_scheduler_config_type', 'round_robin', ['round_robin', 'random', 'lor']);
const schedulerTypes = ['vllm', 'sarathi', 'orca', 'faster_transformer', 'lightllm'] as const;
choice('replica_scheduler_config_type', 'sarathi', schedulerTypes);
for (const type of schedulerTypes) {
	const prefix = `${type}_scheduler_config_`;
	section(prefix, 'used', [
		['batch_size_cap', 'integer', 128],
		['block_size', 'integer', 16],
		['num_blocks', 'integer', null],
	]);
	const watermark = type === 'vllm' || type === 'sarathi';
	section(prefix, watermark ? 'used' : 'ignored', [['watermark_blocks_fraction', 'number', 0.01]]);
}
section('', 'used', [
	['vllm_scheduler_config_max_tokens_in_batch', 'integer', 4096],
	['sarathi_scheduler_config_chunk_size', 'integer', 512],
	['lightllm_scheduler_config_max_tokens_in_batch', 'integer', 4096],
	['lightllm_scheduler_config_max_waiting_iters', 'integer', 10],
]);

choice('request_generator_config_type', 'synthetic', ['synthetic', 'trace_replay']);
section('synthetic_request_generator_config_', 'used', [
	['seed', 'integer', 42],
	['num_requests', 'integer', 128],
	['duration', 'number', null],
]);
section('trace_request_generator_config_', 'used', [
	['seed', 'integer', 42],
	['trace_file', 'text', 'data/processed_traces/splitwise_conv.csv'],
	['prefill_scale_factor', 'number', 1],
	['decode_scale_factor', 'number', 1],
	['time_scale_factor', 'number', 1],
	['max_tokens', 'integer', 4096],
]);

const intervalTypes = ['poisson', 'gamma', 'static', 'trace'] as const;
choice('interval_generator_config_type', 'poisson', intervalTypes);
for (const type of intervalTypes)
	section(`${type}_request_interval_generator_config_`, 'ignored', [['seed', 'integer', 42]]);
section('poisson_request_interval_generator_config_', 'used', [['qps', 'number', 0.5]]);
section('gamma_request_interval_generator_config_', 'used', [
	['qps', 'number', 0.2],
	['cv', 'number', 0.5],
]);
section('trace_request_interval_generator_config_', 'used', [
	[
		'trace_file',
		'text',
		'data/processed_traces/AzureFunctionsInvocationTraceForTwoWeeksJan2021Processed.csv',
	],
	['start_time', 'text', '1970-01-04 12:00:00'],
	['end_time', 'text', '1970-01-04 15:00:00'],
	['time_scale_factor', 'number', 1],
]);

const lengthTypes = ['fixed', 'uniform', 'zipf', 'trace'] as const;
choice('length_generator_config_type', 'fixed', lengthTypes);
for (const type of lengthTypes) {
	const prefix = `${type}_request_length_generator_config_`;
	const seeded = type === 'zipf' || type === 'trace';
	section(prefix, seeded ? 'used' : 'ignored', [['seed', 'integer', 42]]);
	section(prefix, 'used', [['max_tokens', 'integer', 4096]]);
	if (type === 'uniform' || type === 'zipf')
		section(prefix, 'used', [
			['min_tokens', 'integer', 1024],
			['prefill_to_decode_ratio', 'number', 20],
		]);
}
section('fixed_request_length_generator_config_', 'used', [
	['prefill_tokens', 'integer', 2048],
	['decode_tokens', 'integer', 512],
]);
section('zipf_request_length_generator_config_', 'used', [['theta', 'number', 0.6]]);
section('zipf_request_length_generator_config_', 'fixed', [['scramble', 'switch', false]]);
section('trace_request_length_generator_config_', 'used', [
	['trace_file', 'text', 'data/processed_traces/sharegpt_8k_filtered_stats_llama2_tokenizer.csv'],
	['prefill_scale_factor', 'number', 1],
	['decode_scale_factor', 'number', 1],
]);

const predictorTypes = ['random_forrest', 'linear_regression'] as const;
choice('execution_time_predictor_config_type', 'random_forrest', predictorTypes);
for (const type of predictorTypes) {
	const prefix = `${type}_execution_time_predictor_config_`;
	section(prefix, 'ignored', [
		['compute_input_file', 'text', './data/profiling/compute/{DEVICE}/{MODEL}/mlp.csv'],
		['attention_input_file', 'text', './data/profiling/compute/{DEVICE}/{MODEL}/attention.csv'],
		['all_reduce_input_file', 'text', './data/profiling/network/{NETWORK_DEVICE}/all_reduce.csv'],
		['send_recv_input_file', 'text', './data/profiling/network/{NETWORK_DEVICE}/send_recv.csv'],
		[
			'cpu_overhead_input_file',
			'text',
			'./data/profiling/cpu_overhead/{NETWORK_DEVICE}/{MODEL}/cpu_overheads.csv',
		],
		['k_fold_cv_splits', 'integer', 10],
		['no_cache', 'switch', false],
		['prediction_max_prefill_chunk_size', 'integer', 4096],
		['prediction_max_batch_size', 'integer', 128],
		['prediction_max_tokens_per_request', 'integer', 4096],
		['num_training_job_threads', 'integer', -1],
	]);
	section(prefix, 'used', [
		['kv_cache_prediction_granularity', 'integer', 64],
		['attention_decode_batching_overhead_fraction', 'number', 0.1],
		['attention_prefill_batching_overhead_fraction', 'number', 0.1],
		['nccl_cpu_launch_overhead_ms', 'number', 0.02],
		['nccl_cpu_skew_overhead_per_device_ms', 'number', 0],
	]);
	section(prefix, 'fixed', [['skip_cpu_overhead_modeling', 'switch', true]]);
}
section('random_forrest_execution_time_predictor_config_', 'ignored', [
	['num_estimators', 'list', ['250', '500', '750']],
	['max_depth', 'list', ['8', '16', '32']],
	['min_samples_split', 'list', ['2', '5', '10']],
]);
section('linear_regression_execution_time_predictor_config_', 'ignored', [
	['polynomial_degree', 'list', ['1', '2', '3', '4', '5']],
	['polynomial_include_bias', 'list', ['True', 'False']],
	['polynomial_interaction_only', 'list', ['True', 'False']],
	['fit_intercept', 'list', ['True', 'False']],
]);

section('metrics_config_', 'used', [
	['write_metrics', 'switch', true],
	['enable_chrome_trace', 'switch', false],
	['write_json_trace', 'switch', false],
	['store_operation_metrics', 'switch', false],
	['store_token_completion_metrics', 'switch', false],
	['store_request_metrics', 'switch', true],
	['store_batch_metrics', 'switch', true],
	['store_utilization_metrics', 'switch', true],
	['keep_individual_batch_metrics', 'switch', false],
	['output_dir', 'text', 'simulator_output'],
	['subsamples', 'integer', null],
	['min_batch_index', 'integer', null],
	['max_batch_index', 'integer', null],
	['save_table_to_wandb', 'switch', false],
]);
section('metrics_config_', 'ignored', [
	['store_plots', 'switch', true],
	['wandb_project', 'text', null],
	['wandb_group', 'text', null],
	['wandb_run_name', 'text', null],
	['wandb_sweep_id', 'text', null],
	['wandb_run_id', 'text', null],
	['cache_dir', 'text', 'cache'],
]);
/** Ours: the latency tables, see silicon/profile/load.ts. */
section('', 'used', [['profile', 'text', null]]);

/** All flags, by name. */
export const flagTable: ReadonlyMap<string, Flag> = new Map(flags.map((flag) => [flag.name, flag]));
