import * as z from 'zod';
import { readTable } from './read-table.ts';
import { servedModel } from './served-model.ts';
import { servedBy } from './server.ts';
import type { Family, TruthCase } from './truth-case.ts';

const Numbers = z.string().transform((text) => text.split(';').map(Number));
const Row = z.object({
	set: z.string(),
	id: z.string(),
	model: z.string(),
	tp: z.coerce.number().int().positive(),
	precision: z.string(),
	workload: z.string(),
	max_num_batched_tokens: z.coerce.number().int().positive(),
	max_num_seqs: z.string(),
	stage: z.string(),
	question_tokens: z.coerce.number(),
	system_prompt_tokens: z.coerce.number(),
	system_prompts: z.coerce.number(),
	rates_per_s: Numbers,
	durations_s: Numbers,
	output_tokens: z.coerce.number(),
	ttft_mean_ms: z.coerce.number(),
	ttft_p90_ms: z.coerce.number(),
	ttft_p99_ms: z.coerce.number(),
	itl_mean_ms: z.coerce.number(),
	e2e_mean_ms: z.coerce.number(),
	e2e_p90_ms: z.coerce.number(),
	e2e_p99_ms: z.coerce.number(),
});

const FILE = 'blis/vllm_runs_h100.csv';
/** What vLLM takes where a run does not say: the runs that do say have 128. */
const MAX_NUM_SEQS = 128;
/** After the last arrival, so that all are answered, s. */
const DRAIN_S = 300;
/** The few that are run where time is short: of one stage, dense and MoE. */
const QUICK: ReadonlySet<string> = new Set(['19', '7']);

/** Runs of vLLM 0.15.1 on H100 under Poisson arrivals. */
export const blis: Family = {
	name: 'blis',
	title: 'BLIS: vLLM 0.15.1 on H100',
	source:
		'inference-sim/sim-to-real-accuracy-validation dcec3fd, without a licence: its figures are compared where they are at hand, and do not ship',
	workload:
		'Poisson arrivals in stages of constant rate; a prompt is one of a few system prompts and a question, and lengths are the means that the source states',
	fitted:
		'the step overhead and the sampling of its engine (calibration vllm-0.15-h100), to its dense runs',
	heldOut: 'Mixtral and Llama-4; kernels are measured elsewhere',
	cases(data) {
		const text = data.unshipped(FILE);
		if (text === null) return null;
		return readTable(text, FILE, Row).flatMap((row) => {
			const isKnown = row.rates_per_s.length === row.durations_s.length;
			const hasRates = row.rates_per_s.every((rate) => rate > 0);
			return row.stage === 'whole run' && isKnown && hasRates ? [caseOf(row)] : [];
		});
	},
};

function caseOf(row: z.infer<typeof Row>): TruthCase {
	const { model, tp, system_prompt_tokens: shared } = row;
	const prompt = row.question_tokens + shared;
	const answer = Math.round(row.output_tokens);
	const untilS = row.durations_s.reduce((sum, one) => sum + one, 0) + DRAIN_S;
	const kind = kindOf(model);
	const served = servedModel(model, row.precision);
	return {
		family: 'blis',
		id: row.id,
		groups: [kind, ...(kind === 'dense' ? [tp > 1 ? 'dense, TP > 1' : 'dense, TP 1'] : [])],
		model,
		server: `H100, TP ${tp}, ${row.precision}`,
		workload: `${row.workload}, ${row.rates_per_s.join(' and ')}/s`,
		protocol: 'requests',
		gpus: tp,
		scenario: {
			...servedBy({
				model: served.name,
				device: 'h100',
				tensorParallel: tp,
				maxNumSeqs: row.max_num_seqs === '' ? MAX_NUM_SEQS : Number(row.max_num_seqs),
				maxNumBatchedTokens: row.max_num_batched_tokens,
				maxTokens: 4096,
				prefixCache: true,
				calibration: 'vllm-0.15-h100',
			}),
			step: '60s',
			until: `${Math.ceil(untilS / 60)}min`,
			requests: {
				qps: row.rates_per_s[0] as number,
				rate: { bursts: stagesOf(row) },
				lengths: { type: 'fixed', prefillTokens: prompt, decodeTokens: answer },
				prefixes: { type: 'groups', groups: row.system_prompts, tokens: shared, theta: 0 },
			},
		},
		files: served.files,
		measured: {
			ttftMeanMs: row.ttft_mean_ms,
			ttftP90Ms: row.ttft_p90_ms,
			ttftP99Ms: row.ttft_p99_ms,
			itlMeanMs: row.itl_mean_ms,
			e2eMeanMs: row.e2e_mean_ms,
			e2eP90Ms: row.e2e_p90_ms,
			e2eP99Ms: row.e2e_p99_ms,
		},
		isQuick: QUICK.has(row.id),
	};
}

/** Stages as factors on the rate of the first, and no arrival after the last. */
function stagesOf({ rates_per_s: rates, durations_s: durations }: z.infer<typeof Row>) {
	let fromS = 0;
	const bursts = durations.map((lengthS, i) => {
		const one = {
			from: `${fromS}s`,
			length: `${lengthS}s`,
			factor: (rates[i] as number) / (rates[0] as number),
		};
		fromS += lengthS;
		return one;
	});
	return {
		type: 'scheduled',
		bursts: [...bursts.slice(1), { from: `${fromS}s`, length: `${DRAIN_S + 60}s`, factor: 0 }],
	};
}

function kindOf(model: string): string {
	if (/Llama-4/.test(model)) return 'Llama-4 Scout FP8';
	return /Mixtral/.test(model) ? 'Mixtral' : 'dense';
}
