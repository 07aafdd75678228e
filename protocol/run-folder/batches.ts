import { each, table, text, time } from './table.ts';

/** batch_metrics.csv, a row a batch, in order of their ends: Vidur's columns, then ours. */
export const BATCHES = table({
	file: 'batch_metrics.csv',
	columns: [
		each(
			'Batch Id',
			'1',
			'number within the replica, from 0, in the order in which batches were formed (Vidur counts over all replicas)',
			{ isCount: true },
		),
		each('batch_num_tokens', 'tokens', 'of all its requests', { isCount: true }),
		each('batch_num_prefill_tokens', 'tokens', 'of requests in their prompt', { isCount: true }),
		each('batch_num_decode_tokens', 'tokens', 'of requests past their prompt', { isCount: true }),
		each('batch_size', 'requests', 'requests in it', { isCount: true }),
		each('batch_execution_time', 's', 'from its forming to the end of the last stage'),
		text('replica', 'where it ran'),
		time('start', 's', 'when it was formed, from the start of the run'),
	],
});

/** Operations of a batch under the names of Vidur's operation metrics, in their order. */
export const OPERATIONS = [
	'mlp_up_proj',
	'mlp_activation',
	'mlp_down_proj',
	'mlp_down_proj_all_reduce',
	'attn_pre_proj',
	'attn_post_proj',
	'attn_post_proj_all_reduce',
	'attn_prefill',
	'attn_kv_cache_save',
	'attn_decode',
	'attn_rope',
	'pipeline_send_recv',
	'add',
	'input_layernorm',
	'post_attention_layernorm',
] as const;

const TEXTS: Readonly<Record<(typeof OPERATIONS)[number], string>> = {
	mlp_up_proj: 'up and gate projections of the MLP',
	mlp_activation: 'activation of the MLP',
	mlp_down_proj: 'down projection of the MLP',
	mlp_down_proj_all_reduce: 'sum of the MLP over the GPUs of a stage',
	attn_pre_proj: 'projections to query, key and value',
	attn_post_proj: 'output projection of the attention',
	attn_post_proj_all_reduce: 'sum of the attention over the GPUs of a stage',
	attn_prefill: 'attention of prompts',
	attn_kv_cache_save: 'writing keys and values to the cache',
	attn_decode: 'attention of answers',
	attn_rope: 'rotary position embedding',
	pipeline_send_recv: 'sending on to the next stage',
	add: 'additions of the residual (Vidur’s metric is twice the price, ours is the price)',
	input_layernorm: 'norm before the attention',
	post_attention_layernorm: 'norm before the MLP',
};

/** operation_metrics.csv, a row a replica. */
export const OPERATION_METRICS = table({
	file: 'operation_metrics.csv',
	columns: [
		text('replica', 'name of the replica'),
		...OPERATIONS.map((name) => each(name, 's', TEXTS[name])),
	],
});
