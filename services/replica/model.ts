import * as z from 'zod';

/** What the formulas need to know of a transformer: the published geometry of its decoder layers. */
export const ModelGeometry = z.strictObject({
	name: z.string().min(1),
	layers: z.int().positive(),
	queryHeads: z.int().positive(),
	keyValueHeads: z.int().positive(),
	width: z.int().positive(),
	mlpWidth: z.int().positive(),
	/** Gated MLPs have three matrices, plain ones two. */
	gatedMlp: z.boolean(),
	postAttentionNorm: z.boolean(),
});
export type ModelGeometry = z.infer<typeof ModelGeometry>;

/** Public geometries (the models' own config.json files). */
export const models: readonly ModelGeometry[] = [
	{
		name: 'meta-llama/Meta-Llama-3-8B',
		layers: 32,
		queryHeads: 32,
		keyValueHeads: 8,
		width: 4096,
		mlpWidth: 14336,
		gatedMlp: true,
		postAttentionNorm: true,
	},
	{
		name: 'meta-llama/Llama-2-7b-hf',
		layers: 32,
		queryHeads: 32,
		keyValueHeads: 32,
		width: 4096,
		mlpWidth: 11008,
		gatedMlp: true,
		postAttentionNorm: true,
	},
	{
		name: 'meta-llama/Llama-2-70b-hf',
		layers: 80,
		queryHeads: 64,
		keyValueHeads: 8,
		width: 8192,
		mlpWidth: 28672,
		gatedMlp: true,
		postAttentionNorm: true,
	},
];

/** How a model is cut over the GPUs of one replica. */
export interface Parallelism {
	readonly tensorParallel: number;
	readonly pipelineStages: number;
}

/** Width of one attention head. */
export function headWidth(model: ModelGeometry): number {
	return model.width / model.queryHeads;
}

/**
 * Weights of one pipeline stage's layers on one device, in parameters. Embeddings and the output head are
 * left out, as in Vidur, whose KV-block counts and MFU this must reproduce.
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
