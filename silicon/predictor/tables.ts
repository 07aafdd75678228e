import { ConfigError } from '../../protocol/errors.ts';
import type { Parallelism } from '../model.ts';
import { tabulate } from './interpolate.ts';

/**
 * Operator times of one layer in ms, dense by their key so that pricing a batch is a few array reads.
 * Arrays by tokens have the entries 0..maxTokens (a multiple of 8).
 */
export interface LatencyTables {
	readonly maxTokens: number;
	/** One of the operators that the columns below hold sums of. */
	operatorMs(operator: SummedOperator, tokens: number): number;
	/** Projections around the attention and its rotary embedding. */
	readonly projections: Float64Array;
	readonly kvCacheSave: Float64Array;
	readonly allReduce: Float64Array;
	readonly inputNorm: Float64Array;
	/** Both MLP projections and the activation. */
	readonly mlp: Float64Array;
	readonly postNorm: Float64Array;
	readonly add: Float64Array;
	/** Handing the activations on to the next pipeline stage, once per stage. */
	readonly sendRecv: Float64Array;
	/** The same between nodes; as within one where it was not measured. */
	readonly sendAcrossNodes: Float64Array;
	/** A replica of more GPUs than this is on several nodes; infinity where it is not known. */
	readonly gpusPerNode: number;
	/** Entry `batch * decodeColumns + kv / 64` for batches 0..maxBatch. */
	readonly decodeMs: Float64Array;
	readonly decodeColumns: number;
	readonly maxBatch: number;
	/** Longest KV cache of one decoding request. */
	readonly maxDecodeKv: number;
	/** Attention of `chunk` prompt tokens after `kv` cached ones. */
	prefillMs(kv: number, chunk: number): number;
	readonly maxChunk: number;
	/** Operators of the model without a time, which cost nothing; none where it is left out. */
	readonly missing?: readonly string[];
	/** Tables of measured kernels have what follows, and count nothing on top: no all-reduce is launched, no batching costs more. */
	readonly step?: {
		/** Last norm, output head and gathering of its logits by sampled sequences, ms, on the last stage. */
		readonly headMs: Float64Array;
	};
	/** Tokens that a batch is padded to, by its tokens; left out: multiples of 8. */
	readonly paddedTokens?: Int32Array;
	/** Attention of so many prompts (not always whole), each of `chunk` tokens after `kv` cached ones; left out: `prefillMs` of one. */
	promptMs?(prompts: number, chunk: number, kv: number): number;
	/** Keys of the attention's tables that were not measured and lie between measured ones. */
	readonly filled?: number;
}

/** Operators that every batch needs together, so that only their sums are kept ready. */
export type SummedOperator = (typeof PROJECTIONS)[number] | (typeof MLP)[number];
const PROJECTIONS = ['attn_pre_proj', 'attn_post_proj', 'attn_rope'] as const;
const MLP = ['mlp_up_proj', 'mlp_down_proj', 'mlp_act'] as const;

/** Times of token operators, column by column, at rising token counts. */
export interface TokenOps {
	readonly tokens: readonly number[];
	readonly ms: Readonly<Record<string, readonly number[]>>;
}

/** The token operators of `TokenOps`, dense and added up where a batch always needs the sum. */
export type DenseTokenOps = Pick<
	LatencyTables,
	| 'maxTokens'
	| 'operatorMs'
	| 'projections'
	| 'kvCacheSave'
	| 'allReduce'
	| 'inputNorm'
	| 'mlp'
	| 'postNorm'
	| 'add'
	| 'sendRecv'
	| 'sendAcrossNodes'
	| 'missing'
>;

/**
 * Makes dense tables of token operators, linear between the given token counts.
 *
 * @throws ConfigError where there is no time of an operator that every model has
 */
export function denseTokenOps(ops: TokenOps, postAttentionNorm: boolean): DenseTokenOps {
	const missing = missingOps(ops, postAttentionNorm);
	const needed = missing.filter((name) => NEEDED.includes(name));
	if (needed.length > 0)
		throw new ConfigError(`Cannot use a profile without times of ${needed.join(', ')}`);
	const maxTokens = Math.floor((ops.tokens.at(-1) ?? 0) / 8) * 8;
	const dense = (name: string) => {
		const column = ops.ms[name];
		const length = maxTokens + 1;
		return column === undefined
			? new Float64Array(length)
			: tabulate(ops.tokens, column, { length, unit: 1 });
	};
	const sum = (...names: string[]) => {
		const [first, ...rest] = names.map(dense) as [Float64Array, ...Float64Array[]];
		for (const table of rest)
			for (let n = 0; n < first.length; n++) first[n] = (first[n] as number) + (table[n] as number);
		return first;
	};
	const single = new Map<SummedOperator, Float64Array>();
	return {
		maxTokens,
		operatorMs(operator, tokens) {
			let column = single.get(operator);
			if (column === undefined) {
				column = dense(operator);
				single.set(operator, column);
			}
			return column[tokens] as number;
		},
		projections: sum(...PROJECTIONS),
		kvCacheSave: dense('attn_kv_cache_save'),
		allReduce: dense('all_reduce'),
		inputNorm: dense('input_layernorm'),
		mlp: sum(...MLP),
		postNorm: postAttentionNorm
			? dense('post_attention_layernorm')
			: new Float64Array(maxTokens + 1),
		add: dense('add'),
		sendRecv: dense('send_recv'),
		sendAcrossNodes: dense(
			ops.ms['send_recv_across_nodes'] === undefined ? 'send_recv' : 'send_recv_across_nodes',
		),
		...(missing.length === 0 ? {} : { missing }),
	};
}

const NEEDED: readonly string[] = [...PROJECTIONS, ...MLP];

/** Operators without a column: their times are 0, which is said, and refused where it would count. */
function missingOps({ ms }: TokenOps, postAttentionNorm: boolean): string[] {
	const norms = ['input_layernorm', ...(postAttentionNorm ? ['post_attention_layernorm'] : [])];
	return [...NEEDED, ...norms, 'add', 'all_reduce', 'send_recv'].filter(
		(name) => ms[name] === undefined,
	);
}

/**
 * Collectives that a cut over several GPUs needs.
 *
 * @throws ConfigError where the profile has no time of one, which would then cost nothing
 */
export function checkCollectives(
	{ missing = [] }: Pick<LatencyTables, 'missing'>,
	{ tensorParallel, pipelineStages }: Parallelism,
	profile: string,
): void {
	for (const [operator, cut, count] of [
		['all_reduce', 'a tensor parallelism', tensorParallel],
		['send_recv', 'a number of pipeline stages', pipelineStages],
	] as const)
		if (count > 1 && missing.includes(operator))
			throw new ConfigError(
				`Cannot use profile "${profile}" with ${cut} of ${count}: it has no times of ${operator}; ` +
					`import it with the ${operator}.csv of its network, or with --borrow-network DEVICE`,
			);
}

/** The largest batch a configuration can form. */
export interface TableRange {
	readonly tokens: number;
	/** Its prompts, as one chunk of the root of their squares' sum; as many as `tokens` when left out. */
	readonly chunk?: number;
	readonly decodes: number;
	readonly tokensPerRequest: number;
}

/** @throws ConfigError when a batch within `range` would fall outside the tables */
export function checkRange(tables: LatencyTables, range: TableRange, profile: string): void {
	const limits: [string, number, number][] = [
		['tokens in a batch', range.tokens, tables.maxTokens],
		['tokens in a batch', range.chunk ?? range.tokens, tables.maxChunk],
		['requests in a batch', range.decodes, Math.min(tables.maxBatch, tables.maxTokens)],
		['tokens per request', range.tokensPerRequest, tables.maxDecodeKv],
	];
	for (const [what, wanted, limit] of limits)
		if (wanted > limit)
			throw new ConfigError(
				`Cannot use profile "${profile}" for ${wanted} ${what}: it was measured up to ${limit}`,
			);
}
