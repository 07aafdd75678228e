import type { KeyValue } from './packed.ts';

/** How rows of one kind of file become a table: which columns tell groups apart, and along which they are measured. */
export interface Layout {
	/** Of the table. */
	readonly name: KernelName;
	readonly keys: readonly string[];
	readonly axes: readonly string[];
	/** Values of columns that older files lack. */
	readonly absent?: Readonly<Record<string, KeyValue>>;
	/** Rows that count, by the value of a column; left out: all. */
	readonly only?: readonly [column: string, value: KeyValue];
}

/** Kernels that are measured. */
export type KernelName =
	| 'gemm'
	| 'prompt-attention'
	| 'decode-attention'
	| 'moe'
	| 'mla-prompt'
	| 'mla-decode'
	| 'delta-net'
	| 'all-reduce'
	| 'nccl';

const HEADS = ['kv_cache_dtype', 'head_dim', 'window_size', 'num_heads', 'num_key_value_heads'];
const LATENT = ['gemm_type', 'mla_dtype', 'kv_cache_dtype', 'num_heads'];

/**
 * Files of a measured tree, `<name>_perf.parquet`, as ai-dynamo/aiconfigurator lays them out. Their power column is left out: it is the
 * mean of the last second, so it remembers the kernel before. Sizes of messages are numbers of elements: vLLM's own all-reduce goes up
 * to 8 MiB, and its times change at 4,194,304.
 */
export const layouts: Readonly<Record<string, Layout>> = {
	gemm: { name: 'gemm', keys: ['gemm_dtype', 'n', 'k'], axes: ['m'] },
	context_attention: {
		name: 'prompt-attention',
		keys: HEADS,
		axes: ['batch_size', 'isl'],
		absent: { window_size: 0 },
	},
	generation_attention: {
		name: 'decode-attention',
		keys: HEADS,
		axes: ['batch_size', 'step'],
		absent: { window_size: 0 },
	},
	moe: {
		name: 'moe',
		keys: [
			...['moe_dtype', 'distribution', 'hidden_size', 'inter_size', 'num_experts', 'topk'],
			...['moe_tp_size', 'moe_ep_size'],
		],
		axes: ['num_tokens'],
	},
	mla_context_module: { name: 'mla-prompt', keys: LATENT, axes: ['batch_size', 'isl'] },
	mla_generation_module: { name: 'mla-decode', keys: LATENT, axes: ['batch_size', 'step'] },
	gdn: {
		name: 'delta-net',
		keys: [
			...['phase', 'kernel_source', 'num_k_heads', 'num_v_heads', 'head_k_dim', 'head_v_dim'],
			'd_conv',
		],
		axes: ['batch_size', 'seq_len'],
	},
	custom_allreduce: {
		name: 'all-reduce',
		keys: ['num_gpus'],
		axes: ['message_size'],
		only: ['backend', 'vllm_graph'],
	},
	nccl: {
		name: 'nccl',
		keys: ['op_name', 'num_gpus'],
		axes: ['message_size'],
		only: ['nccl_dtype', 'half'],
	},
};
