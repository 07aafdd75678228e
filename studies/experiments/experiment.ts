import { parse } from 'csv-parse/sync';
import * as z from 'zod';
import { ConfigError } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import type { VidurLengths } from '../../services/router/vidur-config.ts';

const Cell = z.union([z.literal('').transform(() => null), z.coerce.number()]);
const Count = z.coerce.number().int().positive();

/** A row of profiling-data/vidur-energy-experiments.csv; README.md there says where it is from. */
const Row = z.strictObject({
	experiment: z.string(),
	model: z.string(),
	tensor_parallel: Count,
	pipeline_stages: Count,
	requests: Count,
	qps: z.coerce.number().positive(),
	lengths: z.string(),
	batch_size_cap: Count,
	kv_blocks: Cell,
	power_w: Cell,
	time_s: Cell,
	mfu_percent: Cell,
	mfu_source: z.string(),
	batch_size_mean: Cell,
	batch_size_std: Cell,
});

/** What an experiment was published to give; null where nothing was. */
export interface Published {
	/** Of one GPU, weighted by time, idle time at idle power, mean over the stages. */
	readonly powerW: number | null;
	/** Until the last completion. */
	readonly timeS: number | null;
	/** Weighted by time, idle time as 0, mean over the stages, in percent. */
	readonly mfuPercent: number | null;
	/** `printed`, or `digitised` from a figure: within 0.05 percentage points. */
	readonly mfuSource: string;
	/** Requests of a batch, all batches alike: mean and population's standard deviation. */
	readonly batchMean: number | null;
	readonly batchStd: number | null;
}

/** One run of Vidur-Energy's paper. */
export interface Experiment {
	/** Number of the experiment, and of the row within the table. */
	readonly experiment: string;
	readonly index: number;
	readonly model: string;
	readonly tensorParallel: number;
	readonly pipelineStages: number;
	readonly requests: number;
	readonly qps: number;
	readonly lengths: VidurLengths;
	readonly maxTokens: number;
	readonly batchSizeCap: number;
	/** null: from the memory. */
	readonly kvBlocks: number | null;
	readonly published: Published;
}

const SEED = 42;

/**
 * Experiments from the text of a table.
 *
 * @throws ConfigError naming the line that cannot be read
 */
export function parseExperiments(text: string, file: string): Experiment[] {
	const rows = parse(text, { columns: true }) as unknown[];
	return rows.map((row, index) => {
		const result = Row.safeParse(row, PLAINLY);
		if (!result.success) {
			const issue = result.error.issues[0];
			throw new ConfigError(
				`Cannot read "${file}" line ${index + 2}: ${issue?.path.join('.')}: ${issue?.message}`,
			);
		}
		const one = result.data;
		return {
			experiment: one.experiment,
			index,
			model: one.model,
			tensorParallel: one.tensor_parallel,
			pipelineStages: one.pipeline_stages,
			requests: one.requests,
			qps: one.qps,
			...lengthsOf(one.lengths, `"${file}" line ${index + 2}`),
			batchSizeCap: one.batch_size_cap,
			kvBlocks: one.kv_blocks,
			published: {
				powerW: one.power_w,
				timeS: one.time_s,
				mfuPercent: one.mfu_percent,
				mfuSource: one.mfu_source,
				batchMean: one.batch_size_mean,
				batchStd: one.batch_size_std,
			},
		};
	});
}

/** `zipf:MIN:MAX:THETA:RATIO` or `fixed:PREFILL:DECODE:MAX`, MAX being what memory is planned for. */
export function lengthsOf(
	text: string,
	where: string,
): { lengths: VidurLengths; maxTokens: number } {
	const [type, ...words] = text.split(':');
	const [a, b, c, d] = words.map(Number);
	if (type === 'fixed' && a !== undefined && b !== undefined && c !== undefined)
		return { lengths: { type, prefillTokens: a, decodeTokens: b }, maxTokens: c };
	if (type !== 'zipf' || d === undefined)
		throw new ConfigError(`Cannot read ${where}: "${text}" are no lengths`);
	const range = { minTokens: a as number, maxTokens: b as number };
	return {
		lengths: { type, ...range, theta: c as number, prefillToDecodeRatio: d, seed: SEED },
		maxTokens: b as number,
	};
}
