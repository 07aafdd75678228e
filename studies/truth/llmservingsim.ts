import * as z from 'zod';
import { quantile } from './quantile.ts';
import { readTable } from './read-table.ts';
import { servedModel } from './served-model.ts';
import { servedBy } from './server.ts';
import type { Family, Figures, TruthCase, TruthData } from './truth-case.ts';

const Row = z.object({
	queued_s: z.coerce.number(),
	prompt_tokens: z.coerce.number().int().positive(),
	output_tokens: z.coerce.number().int().positive(),
	scheduled_s: z.coerce.number(),
	first_token_s: z.coerce.number(),
	last_token_s: z.coerce.number(),
});
type Row = z.infer<typeof Row>;

/** Two engines with the experts between them, in the second. */
const RUNS = [
	{ model: 'meta-llama/Llama-3.1-8B', file: 'llama-3.1-8b', engines: 1 },
	{ model: 'Qwen/Qwen3-30B-A3B-Instruct-2507', file: 'qwen3-30b-a3b-instruct-2507', engines: 2 },
] as const;

/** Every request of two runs of vLLM 0.19 on an RTX PRO 6000, as the engine logged it. */
export const llmservingsim: Family = {
	name: 'llmservingsim',
	title: 'LLMServingSim: vLLM 0.19 on RTX PRO 6000, request by request',
	source: 'casys-kaist/LLMServingSim 5daddb2, MIT: profiling-data/truth/llmservingsim-*.csv',
	workload:
		'300 requests of ShareGPT at 10 a second, each as it came: when the engine had it, with its prompt and its answer',
	fitted:
		'nothing; a step takes 0.6 ms beside its kernels, as in BLIS, which was taken over when runs without had been seen (TTFT 8 % and TPOT 2 % too low)',
	heldOut: 'both runs',
	cases: (data) => RUNS.map((run) => caseOf(run, data)),
};

function caseOf({ model, file, engines }: (typeof RUNS)[number], data: TruthData): TruthCase {
	const path = `truth/llmservingsim-${file}.csv`;
	const rows = readTable(data.shipped(path), path, Row);
	const served = servedModel(model, 'bfloat16');
	const short = model.replace(/^.*\//, '');
	const trace = rows.map((row) => [row.queued_s, row.prompt_tokens, row.output_tokens].join(','));
	return {
		family: 'llmservingsim',
		id: short,
		groups: [short],
		model,
		server: `${engines} x RTX PRO 6000, vLLM 0.19${engines > 1 ? ', DP 2, EP' : ''}, bf16`,
		workload: `${rows.length} requests of ShareGPT, 10/s`,
		protocol: 'requests',
		gpus: engines,
		scenario: {
			...servedBy({
				model: served.name,
				device: 'rtx-pro-6000',
				tensorParallel: 1,
				replicas: engines,
				expertParallel: engines > 1,
				maxNumSeqs: 128,
				maxNumBatchedTokens: 2048,
				overheads: { stepMs: 0.6 },
				maxTokens: Math.max(...rows.map((row) => row.prompt_tokens + row.output_tokens)),
			}),
			step: '60s',
			until: '10min',
			requests: { lengths: { type: 'trace-file', path: 'trace.csv' } },
		},
		files: {
			...served.files,
			'trace.csv': ['arrived_at,num_prefill_tokens,num_decode_tokens', ...trace, ''].join('\n'),
		},
		measured: measuredOf(rows),
		isQuick: true,
	};
}

function measuredOf(rows: readonly Row[]): Figures {
	const ms = (of: (row: Row) => number) => Float64Array.from(rows, (row) => 1000 * of(row));
	const ttft = ms((row) => row.first_token_s - row.queued_s);
	const e2e = ms((row) => row.last_token_s - row.queued_s);
	const tpot = ms((row) => (row.last_token_s - row.first_token_s) / (row.output_tokens - 1));
	return {
		...{ ttftP50Ms: quantile(ttft, 0.5), ttftP90Ms: quantile(ttft, 0.9) },
		...{ ttftP99Ms: quantile(ttft, 0.99), tpotP50Ms: quantile(tpot, 0.5) },
		...{ tpotP90Ms: quantile(tpot, 0.9), tpotP99Ms: quantile(tpot, 0.99) },
		...{ e2eP50Ms: quantile(e2e, 0.5), e2eP90Ms: quantile(e2e, 0.9) },
		...{ e2eP99Ms: quantile(e2e, 0.99) },
	};
}
