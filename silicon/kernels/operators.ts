import { headWidth, type LayerGroup, layerGroups, type ModelGeometry } from '../model.ts';
import { allReduceTime } from './collectives.ts';
import type { PricedCurve } from './evidence.ts';
import { expertTime } from './experts.ts';
import { gemmTime } from './gemm.ts';
import type { KernelSet } from './kernel-set.ts';
import type { LayerCut } from './layer-cut.ts';
import { smallOperator } from './small-operators.ts';

/** Operators of all tokens of a batch, by the names of a profile's columns. */
export type Column =
	| 'attn_pre_proj'
	| 'attn_rope'
	| 'attn_kv_cache_save'
	| 'attn_post_proj'
	| 'mlp_up_proj'
	| 'mlp_act'
	| 'mlp_down_proj'
	| 'input_layernorm'
	| 'post_attention_layernorm'
	| 'add'
	| 'all_reduce';

/** An operator of a step. */
export interface TokenOperator {
	readonly column: Column;
	readonly what: string;
	readonly curve: PricedCurve;
	/** How often it runs, over the layers of the model. */
	readonly perLayer: number;
	/** Elements of the curve's size that a token has. */
	readonly perToken: number;
}

const BYTES = 2;

/** All operators of tokens, of all kinds of layers that a model has. */
export function tokenOperators(
	kernels: KernelSet,
	model: ModelGeometry,
	cut: LayerCut,
): TokenOperator[] {
	const operators: TokenOperator[] = [];
	for (const group of layerGroups(model)) {
		const perLayer = group.count / model.layers;
		const add = (column: Column, what: string, curve: PricedCurve) =>
			operators.push({ column, what, curve, perLayer, perToken: 1 });
		addAttention(kernels, model, cut, { group, add });
		addMlp(kernels, model, cut, { group, add });
	}
	const norm = smallOperator(kernels.gpu, 4 * BYTES * model.width, 'norm with residual');
	const all = { perLayer: 1, perToken: 1 };
	operators.push({ column: 'input_layernorm', what: 'norm before attention', curve: norm, ...all });
	const norms = (model.normsPerLayer ?? (model.postAttentionNorm ? 2 : 1)) - 1;
	if (norms > 0)
		operators.push({
			...{ column: 'post_attention_layernorm', what: 'norms after attention', curve: norm },
			...{ perLayer: norms, perToken: 1 },
		});
	addAroundLayers(kernels, model, cut, operators);
	return operators;
}

/** All-reduces, and the embedding that comes before the layers. */
function addAroundLayers(
	kernels: KernelSet,
	model: ModelGeometry,
	{ tensorParallel }: LayerCut,
	operators: TokenOperator[],
): void {
	const once = { perLayer: 1 / model.layers };
	const lookUp = smallOperator(kernels.gpu, 2 * BYTES * model.width, 'embedding');
	operators.push({ column: 'add', what: 'embedding', curve: lookUp, perToken: 1, ...once });
	if (tensorParallel === 1) return;
	const curve = allReduceTime(kernels, tensorParallel);
	const sum = { curve, perToken: model.width };
	operators.push({
		column: 'all_reduce',
		what: 'sum over GPUs, twice a layer',
		perLayer: 1,
		...sum,
	});
	operators.push({ column: 'add', what: 'sum of embeddings over GPUs', ...once, ...sum });
}

interface Adding {
	readonly group: LayerGroup;
	readonly add: (column: Column, what: string, curve: PricedCurve) => void;
}

function addAttention(
	kernels: KernelSet,
	model: ModelGeometry,
	cut: LayerCut,
	{ group, add }: Adding,
): void {
	// Latent attention was measured whole, with its matrices.
	if (group.attention === 'mla') return;
	if (group.attention === 'linear') {
		addDeltaNet(kernels, model, cut, add);
		return;
	}
	const { tensorParallel } = cut;
	const { gpu } = kernels;
	const width = headWidth(model);
	const queries = (model.queryHeads / tensorParallel) * width;
	const keyValues = Math.ceil(model.keyValueHeads / tensorParallel) * width;
	const format = model.attentionWeights ?? model.weights ?? 'bf16';
	const gates = model.gatedAttention === true ? queries : 0;
	const into = { outputs: queries + gates + 2 * keyValues, inputs: model.width, format };
	add('attn_pre_proj', 'queries, keys and values', gemmTime(kernels, into));
	add(
		'attn_post_proj',
		'output of attention',
		gemmTime(kernels, { outputs: model.width, inputs: queries, format }),
	);
	const turned = 2 * BYTES * (queries + keyValues);
	add('attn_rope', 'rotary embedding', smallOperator(gpu, turned, 'rotary embedding'));
	if (model.qkNorm === true)
		add('attn_rope', 'norms of queries and keys', smallOperator(gpu, turned, 'norms of heads'));
	if (gates > 0)
		add('attn_rope', 'gate of attention', smallOperator(gpu, 3 * BYTES * gates, 'gate'));
	const saved = 4 * BYTES * keyValues;
	add('attn_kv_cache_save', 'keys and values to the cache', smallOperator(gpu, saved, 'KV write'));
}

/** Matrices around a gated delta net; its convolution and recurrence are attention.ts's. */
function addDeltaNet(
	kernels: KernelSet,
	model: ModelGeometry,
	{ tensorParallel }: LayerCut,
	add: Adding['add'],
): void {
	const { linear } = model;
	if (linear === undefined) return;
	const keys = (linear.keyHeads * linear.keyWidth) / tensorParallel;
	const values = (linear.valueHeads * linear.valueWidth) / tensorParallel;
	const gates = Math.ceil((2 * linear.valueHeads) / tensorParallel);
	const format = model.attentionWeights ?? model.weights ?? 'bf16';
	const into = (outputs: number) => gemmTime(kernels, { outputs, inputs: model.width, format });
	add(
		'attn_pre_proj',
		'queries, keys, values and gate of the delta net',
		into(2 * (keys + values)),
	);
	add('attn_pre_proj', 'decay of the delta net', into(gates));
	const out = { outputs: model.width, inputs: values, format };
	add('attn_post_proj', 'output of the delta net', gemmTime(kernels, out));
	const gate = smallOperator(kernels.gpu, 3 * BYTES * values, 'gated norm');
	add('attn_rope', 'gated norm of the delta net', gate);
}

function addMlp(
	kernels: KernelSet,
	model: ModelGeometry,
	cut: LayerCut,
	{ group, add }: Adding,
): void {
	const { moe } = model;
	if (group.mlp === 'dense') {
		addDense(kernels, model, cut, { inner: model.mlpWidth, name: 'the MLP', add });
		return;
	}
	if (moe === undefined) return;
	const { expertWeights, weights = 'bf16', width } = model;
	const router = gemmTime(kernels, { outputs: moe.experts, inputs: width, format: 'bf16' });
	add('mlp_up_proj', 'router', router);
	const format = expertWeights ?? weights;
	add('mlp_up_proj', 'experts', expertTime(kernels, { moe, width, format }, cut));
	if (moe.sharedWidth > 0)
		addDense(kernels, model, cut, { inner: moe.sharedWidth, name: 'the shared expert', add });
}

function addDense(
	kernels: KernelSet,
	model: ModelGeometry,
	{ tensorParallel }: LayerCut,
	{
		inner: whole,
		name,
		add,
	}: { readonly inner: number; readonly name: string } & Pick<Adding, 'add'>,
): void {
	const format = model.weights ?? 'bf16';
	const inner = whole / tensorParallel;
	const up = model.gatedMlp ? 2 * inner : inner;
	add(
		'mlp_up_proj',
		`into ${name}`,
		gemmTime(kernels, { outputs: up, inputs: model.width, format }),
	);
	const act = smallOperator(kernels.gpu, BYTES * (up + inner), 'activation');
	add('mlp_act', `activation of ${name}`, act);
	const down = { outputs: model.width, inputs: inner, format };
	add('mlp_down_proj', `out of ${name}`, gemmTime(kernels, down));
}
