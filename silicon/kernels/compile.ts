import { ConfigError } from '../../protocol/errors.ts';
import { headWidth, layerGroups, type ModelGeometry } from '../model.ts';
import { tabulate } from '../predictor/interpolate.ts';
import type { LatencyTables, SummedOperator } from '../predictor/tables.ts';
import { graphPadding } from '../vllm-server.ts';
import { decodeTable, type PromptTime, promptTime } from './attention.ts';
import { ncclTime, sendAcrossNodesTime, sendTime } from './collectives.ts';
import { deltaNetGrid } from './delta-net.ts';
import type { PricedCurve } from './evidence.ts';
import { gemmTime } from './gemm.ts';
import { type DeviceHeads, type HeadGrid, headGrid } from './heads.ts';
import type { KernelSet } from './kernel-set.ts';
import { latentGrid } from './latent.ts';
import type { LayerCut } from './layer-cut.ts';
import { type Column, type TokenOperator, tokenOperators } from './operators.ts';
import { smallOperator } from './small-operators.ts';

/** Largest batches and longest requests of compiled tables. */
const MOST_TOKENS = 131_072;
const MOST_BATCH = 1024;
const KV_STEP = 64;
/** Those of a scheduler that has none of its own (`graphPadding`). */
const USUAL_LIMITS = { maxNumSeqs: MOST_BATCH, maxNumBatchedTokens: 8192 };
const BYTES = 2;

/** Token counts at which operators are priced; between them tables are straight. Captured graphs are all among them. */
const TOKENS: readonly number[] = [
	...[1, 2, 4],
	...steps(8, 1024, 8),
	...steps(1024 + 32, 4096, 32),
	...steps(4096 + 256, 32_768, 256),
	...steps(32_768 + 4096, MOST_TOKENS, 4096),
];

function steps(from: number, to: number, step: number): number[] {
	return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}

/** Attention of one kind of layers, and which part of the layers is of that kind. */
export interface AttentionPart {
	readonly perLayer: number;
	readonly what: string;
	readonly prompts: HeadGrid;
	readonly decode: HeadGrid;
}

/** All that the price of a step of a model is made of. */
export interface StepParts {
	readonly operators: readonly TokenOperator[];
	readonly attention: readonly AttentionPart[];
	readonly send: PricedCurve;
	readonly sendAcrossNodes: PricedCurve;
	/** Output head over sampled sequences. */
	readonly head: readonly PricedCurve[];
}

/**
 * What a step of the model is made of on a GPU.
 *
 * @throws ConfigError for heads, formats or kinds of layers of which no kernel was measured
 */
export function stepParts(kernels: KernelSet, model: ModelGeometry, cut: LayerCut): StepParts {
	return {
		operators: tokenOperators(kernels, model, cut),
		attention: attentionParts(kernels, model, cut),
		send: sendTime(kernels),
		sendAcrossNodes: sendAcrossNodesTime(kernels),
		head: headCurves(kernels, model, cut),
	};
}

function attentionParts(
	kernels: KernelSet,
	model: ModelGeometry,
	{ tensorParallel }: LayerCut,
): AttentionPart[] {
	return layerGroups(model).map(({ attention, count }) => {
		const perLayer = count / model.layers;
		switch (attention) {
			case 'mla':
				return {
					...{ perLayer, what: 'latent attention' },
					prompts: latentGrid(kernels, 'mla-prompt', model, tensorParallel),
					decode: latentGrid(kernels, 'mla-decode', model, tensorParallel),
				};
			case 'linear':
				return {
					...{ perLayer, what: 'delta net' },
					prompts: deltaNetGrid(kernels, 'context', model, tensorParallel),
					decode: deltaNetGrid(kernels, 'generation', model, tensorParallel),
				};
			default:
				return { perLayer, ...headPart(kernels, model, tensorParallel, attention) };
		}
	});
}

function headPart(
	kernels: KernelSet,
	model: ModelGeometry,
	tensorParallel: number,
	attention: 'full' | 'window',
): Omit<AttentionPart, 'perLayer'> {
	const window = attention === 'window' ? (model.window ?? 0) : 0;
	const heads: DeviceHeads = {
		query: model.queryHeads / tensorParallel,
		keyValue: Math.ceil(model.keyValueHeads / tensorParallel),
		width: headWidth(model),
		window,
		kvCache: model.kvCache ?? 'bf16',
	};
	const prompts = headGrid(kernels, 'prompt-attention', heads);
	const decode = headGrid(kernels, 'decode-attention', heads);
	if (prompts === null || decode === null)
		throw new ConfigError(
			`Cannot price attention of "${model.name}" on ${kernels.gpu.name.toUpperCase()}: no such heads were measured`,
		);
	const what = window === 0 ? 'full attention' : `attention to ${window} tokens`;
	return { what, prompts, decode };
}

/** Each GPU has a part of the vocabulary; its entries are gathered where there are several. */
function headCurves(
	kernels: KernelSet,
	model: ModelGeometry,
	{ tensorParallel }: LayerCut,
): PricedCurve[] {
	const { vocabulary, width } = model;
	if (vocabulary === undefined)
		throw new ConfigError(
			`Cannot price the output head of "${model.name}": its card has no vocabulary`,
		);
	const outputs = Math.ceil(vocabulary / tensorParallel);
	const head = gemmTime(kernels, { outputs, inputs: width, format: 'bf16' });
	const norm = smallOperator(kernels.gpu, 4 * BYTES * width, 'last norm');
	if (tensorParallel === 1) return [norm, head];
	const gather = ncclTime(kernels, 'all_gather', tensorParallel);
	const ms = (sequences: number) => gather.ms(sequences * vocabulary);
	return [norm, head, { ...gather, ms, source: `gathering of the logits, ${gather.source}` }];
}

/** Dense tables of a step, which an engine reads. */
export function compileTables(
	kernels: KernelSet,
	parts: StepParts,
	model: ModelGeometry,
): LatencyTables {
	const column = (...names: Column[]) => denseSum(parts.operators, names);
	const sending = ({ ms }: PricedCurve) => dense(TOKENS.map((tokens) => ms(tokens * model.width)));
	const single = new Map<SummedOperator, Float64Array>();
	const decodeColumns = MOST_TOKENS / KV_STEP + 1;
	const size = { maxBatch: MOST_BATCH, columns: decodeColumns, step: KV_STEP };
	const prompt = promptsOf(parts.attention);
	return {
		maxTokens: MOST_TOKENS,
		operatorMs(operator, tokens) {
			const found = single.get(operator) ?? column(operator);
			single.set(operator, found);
			return found[tokens] as number;
		},
		projections: column('attn_pre_proj', 'attn_post_proj', 'attn_rope'),
		kvCacheSave: column('attn_kv_cache_save'),
		allReduce: column('all_reduce'),
		inputNorm: column('input_layernorm'),
		mlp: column('mlp_up_proj', 'mlp_act', 'mlp_down_proj'),
		postNorm: column('post_attention_layernorm'),
		add: column('add'),
		sendRecv: sending(parts.send),
		sendAcrossNodes: sending(parts.sendAcrossNodes),
		gpusPerNode: kernels.gpu.gpusPerNode,
		decodeMs: decodeSum(parts.attention, size),
		decodeColumns,
		maxBatch: MOST_BATCH,
		maxDecodeKv: MOST_TOKENS,
		prefillMs: (kv, chunk) => prompt(1, chunk, kv),
		maxChunk: MOST_TOKENS,
		promptMs: prompt,
		paddedTokens: graphPadding(USUAL_LIMITS, MOST_TOKENS),
		step: { headMs: headTimes(parts.head) },
	};
}

/** Sum of operators by tokens, each as often as it runs in a layer. */
function denseSum(operators: readonly TokenOperator[], names: readonly Column[]): Float64Array {
	const counted = operators.filter(({ column }) => names.includes(column));
	return dense(
		TOKENS.map((tokens) =>
			counted.reduce(
				(sum, { curve, perLayer, perToken }) => sum + perLayer * curve.ms(tokens * perToken),
				0,
			),
		),
	);
}

function dense(ms: readonly number[]): Float64Array {
	return tabulate(TOKENS, ms, { length: MOST_TOKENS + 1, unit: 1 });
}

function headTimes(curves: readonly PricedCurve[]): Float64Array {
	const table = new Float64Array(MOST_BATCH + 1);
	for (let sequences = 1; sequences <= MOST_BATCH; sequences++)
		table[sequences] = curves.reduce((sum, { ms }) => sum + ms(sequences), 0);
	return table;
}

function decodeSum(
	parts: readonly AttentionPart[],
	size: { readonly maxBatch: number; readonly columns: number; readonly step: number },
): Float64Array {
	const tables = parts.map(({ decode, perLayer }) => ({
		table: decodeTable(decode, size),
		perLayer,
	}));
	const [first, ...rest] = tables as [(typeof tables)[number], ...(typeof tables)[number][]];
	if (rest.length === 0 && first.perLayer === 1) return first.table;
	const sum = first.table;
	for (let i = 0; i < sum.length; i++)
		sum[i] = rest.reduce(
			(ms, { table, perLayer }) => ms + perLayer * (table[i] as number),
			first.perLayer * (sum[i] as number),
		);
	return sum;
}

function promptsOf(parts: readonly AttentionPart[]): PromptTime {
	const times = parts.map(({ prompts, decode, perLayer }) => ({
		time: promptTime(prompts, decode),
		perLayer,
	}));
	return (prompts, chunk, cached) => {
		let ms = 0;
		for (const { time, perLayer } of times) ms += perLayer * time(prompts, chunk, cached);
		return ms;
	};
}
