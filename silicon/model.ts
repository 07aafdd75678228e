import * as z from 'zod';
import { ConfigError } from '../protocol/errors.ts';
import { PLAINLY } from '../protocol/plain-issue.ts';

/** What the formulas need to know of a transformer: the published geometry of its decoder layers. */
export const ModelGeometry = z.strictObject({
	name: z.string().min(1),
	layers: z.int().positive(),
	queryHeads: z.int().positive(),
	keyValueHeads: z.int().positive(),
	width: z.int().positive(),
	/** Width of one attention head, where it is not the width over the query heads. */
	headWidth: z.int().positive().optional(),
	mlpWidth: z.int().positive(),
	/** Gated MLPs have three matrices, plain ones two. */
	gatedMlp: z.boolean(),
	postAttentionNorm: z.boolean(),
});
export type ModelGeometry = z.infer<typeof ModelGeometry>;

/** Attention kernels that times were fitted of (profiling-data/attention). */
const attentionKernels = ['flash-attention', 'flashinfer'] as const;

/** A model as it is written down in a YAML file: profiling-data/models, or a file of one's own. */
export const ModelCard = z
	.strictObject({
		...ModelGeometry.shape,
		/** Entries of the vocabulary; embeddings are not priced. */
		vocabulary: z.int().positive().optional(),
		/** The kernel that its attention runs in. */
		attention: z.enum(attentionKernels).default('flash-attention'),
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
}

/** Width of one attention head. */
export function headWidth(model: ModelGeometry): number {
	return model.headWidth ?? model.width / model.queryHeads;
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
