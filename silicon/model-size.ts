import type { WeightFormat } from '../protocol/hardware.ts';
import {
	headWidth,
	type LayerGroup,
	layerGroups,
	layersWith,
	type ModelGeometry,
	type Parallelism,
	parametersPerDevice,
} from './model.ts';

/** What a parameter takes, bytes, with the scales that its format keeps beside: of a block of 128 x 128, of 16, of 32 and of 128 values. */
const FORMAT_BYTES: Readonly<Record<WeightFormat, number>> = {
	bf16: 2,
	fp8: 1,
	fp8_block: 1 + 4 / 128 ** 2,
	fp4: 0.5 + 1 / 16,
	mxfp4: 0.5 + 1 / 32,
	int4: 0.5 + 2 / 128,
};
const BF16_BYTES = 2;
const FP32_BYTES = 4;
const KV_BYTES = { bf16: 2, fp8: 1 } as const;

/** Bytes of one parameter kept in `format`, its scales included. */
export function bytesPerParameter(format: WeightFormat): number {
	return FORMAT_BYTES[format];
}

/** Bytes of one value of the KV cache. */
function kvValueBytes(model: ModelGeometry): number {
	return KV_BYTES[model.kvCache ?? 'bf16'];
}

/** Parameters by part, of a whole model or of what one device has of it. */
export interface Parameters {
	readonly embedding: number;
	/** Output head; 0 where it is the embedding. */
	readonly head: number;
	readonly attention: number;
	/** MLPs of dense layers. */
	readonly mlp: number;
	/** Experts that some tokens are sent to. */
	readonly experts: number;
	/** Experts that all tokens go through. */
	readonly shared: number;
	readonly routers: number;
	readonly norms: number;
}

const WHOLE: Parallelism = { tensorParallel: 1, pipelineStages: 1 };

/** Parameters of the whole model. */
export function parametersByPart(model: ModelGeometry): Parameters {
	const { attention, mlp, experts, shared, routers, norms } = layerParameters(model, WHOLE);
	const table = (model.vocabulary ?? 0) * model.width;
	return {
		embedding: table,
		head: model.tiedEmbeddings === true ? 0 : table,
		...{ attention, mlp, experts, shared, routers, norms: norms + model.width },
	};
}

/** Parameters of the whole model. */
export function totalParameters(model: ModelGeometry): number {
	return Object.values(parametersByPart(model)).reduce(
		(sum: number, part: number) => sum + part,
		0,
	);
}

/** Parameters that one token is multiplied with: no embedding but as output head, and of the routed experts those that it is sent to. */
export function activeParameters(model: ModelGeometry): number {
	const { embedding, head, ...layers } = parametersByPart(model);
	const { experts, ...dense } = layers;
	const others = Object.values(dense).reduce((sum, part) => sum + part, 0);
	return (model.tiedEmbeddings === true ? embedding : head) + others + experts * activeShare(model);
}

function activeShare({ moe }: ModelGeometry): number {
	return moe === undefined ? 0 : moe.perToken / moe.experts;
}

/**
 * Parameters of one device's layers, those of one stage. KV heads, MLA's latent projections, routers and norms are on every device of a
 * tensor-parallel group once there is less than one for each; whole experts are spread with `expertParallel`, else each is cut, which is as many.
 */
export function layerParameters(
	model: ModelGeometry,
	cut: Parallelism,
): Omit<Parameters, 'embedding' | 'head'> {
	const sum = { attention: 0, mlp: 0, experts: 0, shared: 0, routers: 0, norms: 0 };
	for (const group of layerGroups(model)) {
		const layers = group.count / cut.pipelineStages;
		sum.attention += layers * attentionParameters(model, group.attention, cut.tensorParallel);
		sum.norms += layers * normParameters(model, group);
		if (group.mlp === 'dense') sum.mlp += layers * mlpParameters(model, model.mlpWidth, cut);
		else addMoe(sum, layers, model, cut);
	}
	return sum;
}

function addMoe(
	sum: { experts: number; shared: number; routers: number },
	layers: number,
	model: ModelGeometry,
	cut: Parallelism,
): void {
	const { moe } = model;
	if (moe === undefined) return;
	const expert = mlpParameters(model, moe.expertWidth, WHOLE);
	sum.experts += (layers * moe.experts * expert) / cut.tensorParallel;
	sum.shared += layers * mlpParameters(model, moe.sharedWidth, cut);
	sum.routers += layers * moe.experts * (model.width + (model.biases === 'all' ? 1 : 0));
}

/**
 * Operations of one token in the matrices of one device's layers, output head aside; 2 for each parameter that it meets. Of a plain dense model
 * without biases, as Vidur counts them.
 */
export function flopsPerTokenOnDevice(model: ModelGeometry, cut: Parallelism): number {
	if (model.layerGroups === undefined) return 2 * parametersPerDevice(model, cut);
	const { attention, mlp, experts, shared, routers } = layerParameters(model, cut);
	return 2 * (attention + mlp + shared + routers + experts * activeShare(model));
}

/**
 * Operations of one device for each pair of a token and one that it attends to, in the layers whose work grows with all that is before; those
 * of a window or a state are left out.
 */
export function flopsPerAttentionOnDevice(model: ModelGeometry, cut: Parallelism): number {
	const layers = (layersWith(model, 'full') + layersWith(model, 'mla')) / cut.pipelineStages;
	const heads = model.queryHeads / cut.tensorParallel;
	return 4 * layers * heads * headWidth(model);
}

function mlpParameters(model: ModelGeometry, mlpWidth: number, cut: Parallelism): number {
	if (mlpWidth === 0) return 0;
	const matrices = model.gatedMlp ? 3 : 2;
	const bias = model.biases === 'all' ? (matrices - 1) * mlpWidth + model.width : 0;
	return (matrices * model.width * mlpWidth + bias) / cut.tensorParallel;
}

function attentionParameters(
	model: ModelGeometry,
	form: LayerGroup['attention'],
	tensorParallel: number,
): number {
	const { width } = model;
	if (form === 'linear') return linearParameters(model) / tensorParallel;
	if (form === 'mla') return mlaParameters(model, tensorParallel);
	const head = headWidth(model);
	const queries = (model.queryHeads / tensorParallel) * head;
	const keyValues = 2 * Math.ceil(model.keyValueHeads / tensorParallel) * head;
	const gate = model.gatedAttention === true ? queries : 0;
	const biases = model.biases === undefined ? 0 : queries + keyValues;
	const outBias = model.biases === 'all' ? width / tensorParallel : 0;
	return width * (2 * queries + gate + keyValues) + biases + outBias;
}

function mlaParameters(model: ModelGeometry, tensorParallel: number): number {
	const { mla, width } = model;
	if (mla === undefined) return 0;
	const heads = model.queryHeads / tensorParallel;
	const queryWidth = heads * (mla.nopeWidth + mla.ropeWidth);
	const { queryRank } = mla;
	const queries =
		queryRank === undefined ? width * queryWidth : queryRank * (width + 1 + queryWidth);
	const latent = width * (mla.kvRank + mla.ropeWidth) + mla.kvRank;
	const keyValues = mla.kvRank * heads * (mla.nopeWidth + mla.valueWidth);
	return queries + latent + keyValues + heads * mla.valueWidth * width;
}

function linearParameters({ linear, width }: ModelGeometry): number {
	if (linear === undefined) return 0;
	const keys = linear.keyHeads * linear.keyWidth;
	const values = linear.valueHeads * linear.valueWidth;
	// Queries, keys, values, gates; two rates of each head; the convolution; what comes out.
	const inputs = width * (2 * keys + 2 * values + 2 * linear.valueHeads);
	const convolution = (2 * keys + values) * linear.convWidth;
	return inputs + convolution + 2 * linear.valueHeads + linear.valueWidth + values * width;
}

function normParameters(model: ModelGeometry, { attention }: LayerGroup): number {
	const ofLayer = (model.normsPerLayer ?? (model.postAttentionNorm ? 2 : 1)) * model.width;
	const hasHeads = attention === 'full' || attention === 'window';
	return ofLayer + (hasHeads && model.qkNorm === true ? 2 * headWidth(model) : 0);
}

/** Weights on the device that has most of them, bytes: layers in their formats, and of embedding and output head, in BF16, what its stage has. */
export function weightBytesPerDevice(model: ModelGeometry, cut: Parallelism): number {
	const { weights = 'bf16', attentionWeights, expertWeights } = model;
	const part = layerParameters(model, cut);
	const layers =
		part.attention * FORMAT_BYTES[attentionWeights ?? weights] +
		part.experts * FORMAT_BYTES[expertWeights ?? weights] +
		(part.mlp + part.shared) * FORMAT_BYTES[weights] +
		(part.routers + part.norms + model.width) * BF16_BYTES;
	const table = ((model.vocabulary ?? 0) * model.width * BF16_BYTES) / cut.tensorParallel;
	const tables = cut.pipelineStages === 1 && model.tiedEmbeddings !== true ? 2 : 1;
	return layers + tables * table;
}

/** KV bytes that one device keeps of each token in one layer of that form; 0: its memory does not grow with tokens. */
export function kvBytesOfLayer(
	model: ModelGeometry,
	form: LayerGroup['attention'],
	cut: Parallelism,
): number {
	const bytes = kvValueBytes(model);
	if (form === 'linear') return 0;
	if (form === 'mla')
		return model.mla === undefined ? 0 : (model.mla.kvRank + model.mla.ropeWidth) * bytes;
	const heads = Math.ceil(model.keyValueHeads / cut.tensorParallel);
	return 2 * heads * headWidth(model) * bytes;
}

/** KV bytes that each further token of a long sequence takes on one device: those of layers that attend to all before. */
export function kvBytesPerToken(model: ModelGeometry, cut: Parallelism): number {
	return (
		(layersWith(model, 'full') * kvBytesOfLayer(model, 'full', cut) +
			layersWith(model, 'mla') * kvBytesOfLayer(model, 'mla', cut)) /
		cut.pipelineStages
	);
}

/** What one device keeps of a sequence of so many tokens, bytes: windows hold no more than themselves, states are as large at any length. */
export function kvBytesOfSequence(model: ModelGeometry, cut: Parallelism, tokens: number): number {
	const inWindow = Math.min(tokens, model.window ?? tokens);
	const windowed = layersWith(model, 'window') * kvBytesOfLayer(model, 'window', cut) * inWindow;
	const states = layersWith(model, 'linear') * stateBytes(model, cut);
	return kvBytesPerToken(model, cut) * tokens + (windowed + states) / cut.pipelineStages;
}

/** The state that one layer of a gated delta net keeps of a sequence on one device, bytes. */
export function stateBytes({ linear }: ModelGeometry, cut: Parallelism): number {
	if (linear === undefined) return 0;
	const { keyHeads, keyWidth, valueHeads, valueWidth, convWidth } = linear;
	const convolution = (2 * keyHeads * keyWidth + valueHeads * valueWidth) * (convWidth - 1);
	const bytes = linear.state === 'fp32' ? FP32_BYTES : BF16_BYTES;
	const state = valueHeads * keyWidth * valueWidth * bytes;
	return (convolution * BF16_BYTES + state) / cut.tensorParallel;
}
