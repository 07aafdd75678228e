import * as z from 'zod';
import { readTable } from './read-table.ts';
import { servedModel } from './served-model.ts';
import { servedBy } from './server.ts';
import { lengthsFile, SILVER, spreadLengths } from './spread-lengths.ts';
import type { Family, TruthCase } from './truth-case.ts';

const Row = z.object({
	task: z.string(),
	model: z.string(),
	weights: z.string(),
	gpu: z.string(),
	gpus: z.coerce.number().int().positive(),
	tp: z.coerce.number().int().positive(),
	ep: z.coerce.number().int().positive(),
	dp: z.coerce.number().int().positive(),
	max_num_seqs: z.coerce.number().int().positive(),
	mean_batch: z.coerce.number().positive(),
	mean_output_tokens: z.coerce.number().positive(),
	mean_output_tokens_held: z.coerce.number().positive(),
	output_tokens_per_s: z.coerce.number().positive(),
	itl_median_ms: z.coerce.number().positive(),
	itl_p99_ms: z.coerce.number().positive(),
	power_w_per_gpu: z.coerce.number().positive(),
	energy_per_output_token_j: z.coerce.number().positive(),
});
type Row = z.infer<typeof Row>;

const FILE = 'truth/mlenergy.csv';
/** Mean prompts of its tasks, tokens: assumed, since its tables do not say. */
const PROMPT_TOKENS: Readonly<Record<string, number>> = {
	'lm-arena-chat': 250,
	gpqa: 300,
};
/** Their standard deviation over the mean: as of prompts in conversations of Azure's trace (0.96). */
const PROMPT_SPREAD = 1;
/** Of vLLM 0.11 with top-p sampling, fitted to its dense runs on H100 in BF16. */
const OVERHEADS = { stepMs: 1.22, samplingNs: 0.288, kernelScale: 0.96 };
/** Requests for each that may run at a time, of which a third warms up. */
const WAVES = 5;
const LEAST_REQUESTS = 64;
/** A simulation that is so much slower than what was measured is still seen whole. */
const SLOWEST = 3;
/** Steps of a run; the power is read by the step. */
const STEPS = 240;

/** vLLM in the steady state on H100 and B200, with the power that Zeus measured. */
export const mlenergy: Family = {
	name: 'mlenergy',
	title: 'ML.ENERGY Benchmark v3: vLLM on H100 and B200',
	source:
		'ML.ENERGY Benchmark v3, University of Michigan (arXiv 2505.06371), data card Apache-2.0: profiling-data/truth/mlenergy.csv',
	workload:
		'the steady state of its chats and reasoning (of code completion nobody says how long prompts are, so it is left out): max_num_seqs requests run and others wait; answers spread as means of tokens and of tokens held say; prompts of 250 (gpqa: 300) tokens in the mean, as spread as those of Azure’s conversations, are assumed',
	fitted:
		'step overhead, sampling and the factor on kernels of the engine (vLLM 0.11), to its dense runs on H100 in BF16; power of H100 and B200, dense and with experts, to runs of this very table, so errors of power are those of the fit (profiling-data/README.md has them by family left out)',
	heldOut:
		'times of MoE, FP8 and B200, no power; prompts were spread when medians had been seen without; kernels are measured elsewhere',
	cases: (data) =>
		readTable(data.shipped(FILE), FILE, Row)
			.filter(({ task }) => PROMPT_TOKENS[task] !== undefined)
			.map(caseOf),
};

function caseOf(row: Row): TruthCase {
	const prompt = PROMPT_TOKENS[row.task] as number;
	const { mean_output_tokens: mean, max_num_seqs: most } = row;
	const count = Math.max(WAVES * most, LEAST_REQUESTS);
	// Of requests in their course, the mean of what they hold says how answers spread.
	const spread = Math.sqrt(Math.max(0.05, (2 * row.mean_output_tokens_held) / mean - 1));
	const answers = spreadLengths(count, { mean, spread });
	const prompts = spreadLengths(count, { mean: prompt, spread: PROMPT_SPREAD, by: SILVER });
	const seconds = (SLOWEST * count * mean) / row.output_tokens_per_s;
	const stepS = Math.max(1, Math.ceil(seconds / STEPS));
	const kind = kindOf(row);
	const served = servedModel(row.model, row.weights);
	return {
		family: 'mlenergy',
		id: `${row.gpu}-${row.model.replace(/^.*\//, '')}-${row.task}-${row.gpus}-${most}`,
		groups: [
			`${row.gpu} ${kind}`,
			...(kind === 'dense bf16' ? [] : [`${row.gpu} ${row.model.replace(/^.*\//, '')}`]),
		],
		model: row.model,
		server: serverText(row),
		workload: `${row.task}, ${most} at a time`,
		protocol: 'steady',
		gpus: row.gpus,
		scenario: {
			...servedBy({
				model: served.name,
				device: row.gpu.toLowerCase(),
				tensorParallel: row.gpus,
				expertParallel: row.ep > 1,
				maxNumSeqs: most,
				maxNumBatchedTokens: 8192,
				overheads: OVERHEADS,
				maxTokens: Math.max(...prompts) + Math.max(...answers),
			}),
			step: `${stepS}s`,
			until: `${stepS * STEPS}s`,
			requests: {
				qps: 'inf',
				maxRequests: count,
				lengths: { type: 'length-file', path: 'lengths.csv' },
			},
			outputs: { batches: true },
		},
		files: { ...served.files, 'lengths.csv': lengthsFile(prompts, answers) },
		measured: {
			itlMedianMs: row.itl_median_ms,
			outputTokensPerS: row.output_tokens_per_s,
			meanBatch: row.mean_batch,
			powerW: row.power_w_per_gpu,
			energyJPerToken: row.energy_per_output_token_j,
		},
		isQuick: isQuick(row),
	};
}

/** Small and large, few and many at a time. */
function isQuick({ task, model, gpu, max_num_seqs: most }: Row): boolean {
	return (
		gpu === 'H100' &&
		task === 'lm-arena-chat' &&
		/Llama-3.1-(8|70)B-Instruct$/.test(model) &&
		[8, 64, 256].includes(most)
	);
}

function serverText({ gpu, gpus, tp, ep, weights }: Row): string {
	const experts = ep > 1 ? `, EP ${ep}` : '';
	return `${gpus} x ${gpu}, TP ${tp}${experts}, ${weights}`;
}

function kindOf({ model, weights }: Row): string {
	if (/Nemotron/.test(model)) return 'hybrid';
	if (/A\d+B|gpt-oss|DeepSeek|Maverick|Scout/.test(model)) return 'MoE';
	return `dense ${weights === 'bfloat16' ? 'bf16' : weights}`;
}
