import * as z from 'zod';
import { ConfigError } from '../../protocol/errors.ts';
import { type Experiment, lengthsOf } from './experiment.ts';
import { flavours } from './run-experiment.ts';

const Count = z.int().positive();

/** What a sweep says of a run of Vidur: its `base.vidur`, with the keys that vary laid over it. */
export const VidurPoint = z.strictObject({
	model: z.string().min(1),
	tensorParallel: Count.default(1),
	pipelineStages: Count.default(1),
	requests: Count,
	qps: z.number().positive(),
	lengths: z
		.string()
		.optional()
		.describe('`zipf:MIN:MAX:THETA:RATIO` or `fixed:PREFILL:DECODE:MAX`; or the two keys below'),
	totalTokens: Count.optional().describe(
		'Fixed lengths by their sum, and prompt tokens per output token: prompt = round(sum * r / (1 + r))',
	),
	prefillToDecodeRatio: z.number().positive().optional(),
	batchSizeCap: Count.default(128),
	kvBlocks: Count.nullable().default(null).describe('null: from the memory'),
	profile: z.enum(flavours).default('reproduction'),
});
export type VidurPoint = z.infer<typeof VidurPoint>;

const NOTHING_PUBLISHED: Experiment['published'] = {
	powerW: null,
	timeS: null,
	mfuPercent: null,
	mfuSource: '',
	batchMean: null,
	batchStd: null,
};

/**
 * The experiment of a point, with what was published of it, if it is among the known ones.
 *
 * @throws ConfigError for lengths that are none
 */
export function experimentOf(
	{ profile: _, lengths, totalTokens, prefillToDecodeRatio, ...point }: VidurPoint,
	known: readonly Experiment[],
): Experiment {
	const text = lengths ?? fixedLengths(totalTokens, prefillToDecodeRatio);
	const asked = { ...point, ...lengthsOf(text, 'the sweep') };
	const found = known.find((one) => identity(one) === identity(asked));
	return found ?? { ...asked, experiment: '', index: -1, published: NOTHING_PUBLISHED };
}

function fixedLengths(total: number | undefined, ratio: number | undefined): string {
	if (total === undefined || ratio === undefined)
		throw new ConfigError(
			'Cannot sweep without lengths: give vidur.lengths, or vidur.totalTokens and vidur.prefillToDecodeRatio',
		);
	const prefill = Math.round((total * ratio) / (1 + ratio));
	return `fixed:${prefill}:${total - prefill}:${total}`;
}

function identity(one: Omit<Experiment, 'experiment' | 'index' | 'published'>): string {
	const { model, tensorParallel, pipelineStages, requests, qps, lengths, maxTokens } = one;
	const { batchSizeCap, kvBlocks } = one;
	const shape = [model, tensorParallel, pipelineStages, requests, qps, maxTokens, batchSizeCap];
	const sorted = Object.entries(lengths).sort(([a], [b]) => (a < b ? -1 : 1));
	return JSON.stringify([...shape, kvBlocks, sorted]);
}
