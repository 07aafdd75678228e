import * as z from 'zod';
import { ConfigError } from '../protocol/errors.ts';
import { KvFormat, WeightFormat } from '../protocol/hardware.ts';
import { PLAINLY } from '../protocol/plain-issue.ts';

export type { WeightFormat } from '../protocol/hardware.ts';

/** How a layer attends: to all before, to a window, by latent vectors (DeepSeek's MLA), or by a state (gated delta nets). */
const AttentionForm = z.enum(['full', 'window', 'mla', 'linear']);
export type AttentionForm = z.infer<typeof AttentionForm>;

/** Layers that are alike; their order does not matter. */
export const LayerGroup = z.strictObject({
	count: z.int().positive(),
	attention: AttentionForm,
	mlp: z.enum(['dense', 'moe']),
});
export type LayerGroup = z.infer<typeof LayerGroup>;

/** Experts of an MoE layer. */
export const MoeGeometry = z.strictObject({
	experts: z.int().positive(),
	/** Experts that a token is sent to, those aside that all go through. */
	perToken: z.int().positive(),
	/** Width inside one expert. */
	expertWidth: z.int().positive(),
	/** Width inside the expert that all tokens go through; 0: there is none. */
	sharedWidth: z.int().nonnegative(),
});
export type MoeGeometry = z.infer<typeof MoeGeometry>;

/** Widths of multi-head latent attention. */
export const MlaGeometry = z.strictObject({
	/** Of the latent query; left out: queries are projected in one step. */
	queryRank: z.int().positive().optional(),
	/** Of the latent keys and values, which is what the KV cache holds, with `ropeWidth`. */
	kvRank: z.int().positive(),
	/** Of a query or key head without and with position. */
	nopeWidth: z.int().positive(),
	ropeWidth: z.int().positive(),
	/** Of a value head. */
	valueWidth: z.int().positive(),
});
export type MlaGeometry = z.infer<typeof MlaGeometry>;

/** Heads and widths of a gated delta net. */
export const LinearGeometry = z.strictObject({
	keyHeads: z.int().positive(),
	valueHeads: z.int().positive(),
	keyWidth: z.int().positive(),
	valueWidth: z.int().positive(),
	/** Tokens that its convolution sees. */
	convWidth: z.int().positive(),
	/** Of the state that a sequence keeps; left out: bf16. */
	state: z.enum(['bf16', 'fp32']).optional(),
});
export type LinearGeometry = z.infer<typeof LinearGeometry>;

/**
 * What the formulas need to know of a transformer: the published geometry of its decoder layers. What is left out is as in a dense
 * model in BF16 whose layers all attend to all that is before.
 */
export const ModelGeometry = z.strictObject({
	name: z.string().min(1),
	layers: z.int().positive(),
	queryHeads: z.int().positive(),
	keyValueHeads: z.int().positive(),
	width: z.int().positive(),
	/** Width of one attention head, where it is not the width over the query heads. */
	headWidth: z.int().positive().optional(),
	/** Of dense layers. */
	mlpWidth: z.int().positive(),
	/** Gated MLPs have three matrices, plain ones two. */
	gatedMlp: z.boolean(),
	postAttentionNorm: z.boolean(),
	/** Entries of the vocabulary. */
	vocabulary: z.int().positive().optional(),
	/** The output head is the embedding. */
	tiedEmbeddings: z.boolean().optional(),
	/** Queries and keys are normalised, head by head. */
	qkNorm: z.boolean().optional(),
	/** Norms of a layer, those of heads aside; left out: one, and one more with `postAttentionNorm`. */
	normsPerLayer: z.int().positive().optional(),
	/** Which layers' matrices add a bias: those of queries, keys and values, or all. */
	biases: z.enum(['qkv', 'all']).optional(),
	/** Attention is gated by its input, with a matrix as large as that of the queries. */
	gatedAttention: z.boolean().optional(),
	/** Left out: all attend in full and are dense. Counts add up to `layers`. */
	layerGroups: z.array(LayerGroup).min(1).optional(),
	/** Tokens that a layer with a window attends to. */
	window: z.int().positive().optional(),
	/** Windows do not slide: a token attends to those of its chunk. */
	chunkedWindow: z.boolean().optional(),
	moe: MoeGeometry.optional(),
	mla: MlaGeometry.optional(),
	linear: LinearGeometry.optional(),
	/** Of the matrices of layers. Embedding, output head, norms and routers are BF16. */
	weights: WeightFormat.optional(),
	/** Of attention and of routed experts, where it is another one. */
	attentionWeights: WeightFormat.optional(),
	expertWeights: WeightFormat.optional(),
	kvCache: KvFormat.optional(),
	/** Most tokens of a sequence. */
	maxPosition: z.int().positive().optional(),
});
export type ModelGeometry = z.infer<typeof ModelGeometry>;

/** Attention kernels that times were fitted of (profiling-data/attention). */
const attentionKernels = ['flash-attention', 'flashinfer'] as const;

/** A model as it is written down in a YAML file: profiling-data/models, or a file of one's own. */
export const ModelCard = z
	.strictObject({
		...ModelGeometry.shape,
		/** The kernel that its attention runs in. */
		attention: z.enum(attentionKernels).default('flash-attention'),
		/** Other names of checkpoints of this geometry. */
		aliases: z.array(z.string().min(1)).default([]),
		/** Vidur's profiling data has it, so that profiles of it can be put together. */
		vidurTables: z.boolean().default(false),
	})
	.superRefine((card, context) => {
		const whole = (of: 'width' | 'queryHeads', by: 'queryHeads' | 'keyValueHeads') => {
			if (card[of] % card[by] === 0) return;
			context.addIssue({
				code: 'custom',
				path: [of],
				message: `${card[of]} cannot be divided by ${by} ${card[by]}${of === 'width' ? '; give headWidth' : ''}`,
			});
		};
		if (card.headWidth === undefined) whole('width', 'queryHeads');
		whole('queryHeads', 'keyValueHeads');
		const refuse = (key: keyof ModelGeometry, message: string) =>
			context.addIssue({ code: 'custom', path: [key], message });
		const { layerGroups: groups = [], layers } = card;
		const sum = groups.reduce((total, { count }) => total + count, 0);
		if (groups.length > 0 && sum !== layers)
			refuse('layerGroups', `their counts add up to ${sum}, not to ${layers} layers`);
		for (const { attention, mlp } of groups) {
			if (attention !== 'full' && card[attention] === undefined)
				refuse('layerGroups', `attention ${attention} needs ${attention}`);
			if (mlp === 'moe' && card.moe === undefined) refuse('layerGroups', 'mlp moe needs moe');
		}
	});
export type ModelCard = z.infer<typeof ModelCard>;

/**
 * The card in `value`, read from `path`.
 *
 * @throws ConfigError naming the first key that is wrong
 */
export function modelCard(value: unknown, path: string): ModelCard {
	const result = ModelCard.safeParse(value, PLAINLY);
	if (result.success) return result.data;
	const issue = result.error.issues[0];
	const key = issue?.path.join('.');
	throw new ConfigError(
		`Cannot use model card "${path}": ${key === undefined || key === '' ? '' : `${key}: `}${issue?.message}`,
	);
}

/** How a model is cut over the GPUs of one replica. */
export interface Parallelism {
	readonly tensorParallel: number;
	readonly pipelineStages: number;
	/** Experts are spread over the tensor-parallel group whole, in place of each being cut. */
	readonly expertParallel?: boolean;
}

/** The groups of a model's layers, also where it has none of its own. */
export function layerGroups(model: ModelGeometry): readonly LayerGroup[] {
	return model.layerGroups ?? [{ count: model.layers, attention: 'full', mlp: 'dense' }];
}

/** Layers with that attention or that MLP. */
export function layersWith(model: ModelGeometry, of: LayerGroup['attention' | 'mlp']): number {
	return layerGroups(model).reduce(
		(sum, { count, attention, mlp }) => sum + (attention === of || mlp === of ? count : 0),
		0,
	);
}

/** Width of one attention head. */
export function headWidth(model: ModelGeometry): number {
	return model.headWidth ?? model.width / model.queryHeads;
}

/**
 * Weights of one pipeline stage's layers on one device, in parameters, of a dense model. Embeddings and the output head are
 * left out, as in Vidur, whose KV-block counts and MFU this must reproduce; for all else there is model-size.ts.
 */
export function parametersPerDevice(model: ModelGeometry, cut: Parallelism): number {
	const { width, queryHeads, keyValueHeads, mlpWidth, layers } = model;
	const head = headWidth(model);
	const queries = queryHeads / cut.tensorParallel;
	const keyValues = Math.ceil(keyValueHeads / cut.tensorParallel);
	const attention = width * head * (queries + 2 * keyValues) + width * head * queries;
	const mlp = ((model.gatedMlp ? 3 : 2) * width * mlpWidth) / cut.tensorParallel;
	return ((attention + mlp) * layers) / cut.pipelineStages;
}
