import * as z from 'zod';
import { readTable } from './read-table.ts';
import { servedModel } from './served-model.ts';
import { servedBy } from './server.ts';
import { evenLengths, lengthsFile } from './spread-lengths.ts';
import type { Family, TruthCase } from './truth-case.ts';

const Row = z.object({
	model: z.string(),
	sys: z.string(),
	engine: z.string(),
	engine_version: z.string(),
	gemm: z.string(),
	tp: z.coerce.number().int().positive(),
	isl: z.coerce.number().int().positive(),
	osl: z.coerce.number().int().positive(),
	concurrency: z.coerce.number().int().positive(),
	tpot_measured_ms: z.coerce.number().positive(),
	ttft_measured_ms: z.coerce.number().positive(),
});
type Row = z.infer<typeof Row>;

const FILE = 'truth/inferencex-dense.csv';
/** Engines whose way to form batches is vLLM's, or near it. */
const ENGINES: ReadonlySet<string> = new Set(['vllm', 'sglang']);
const MODELS: Readonly<Record<string, string>> = {
	'llama-3.1-70b': 'meta-llama/Llama-3.1-70B-Instruct',
	'llama-3.1-8b': 'meta-llama/Llama-3.1-8B-Instruct',
	'qwen3-32b': 'Qwen/Qwen3-32B',
};
/** Requests of a user, one after the other. */
const ROUNDS = 5;
/** Lengths are drawn evenly from this part of the stated ones up to them. */
const SHORTEST = 0.8;
/** What vLLM takes on a GPU with this much memory. */
const MAX_NUM_SEQS = 1024;
const MAX_NUM_BATCHED_TOKENS = 8192;

/** Real engines in a closed loop: so many users, of whom each has one request at a time. */
export const inferencex: Family = {
	name: 'inferencex',
	title: 'InferenceX: engines at fixed lengths and concurrency',
	source:
		'InferenceMAX dumps in silicon_sample.csv of ai-dynamo/aiconfigurator 095f58a, Apache-2.0: profiling-data/truth/inferencex-dense.csv',
	workload: `closed loop: as many users as the concurrency, of whom each sends ${ROUNDS} requests one after the other, with ${100 * SHORTEST} to 100 % of the stated lengths, as the benchmark draws them`,
	fitted: 'nothing; a step takes 0.6 ms beside its kernels, as in BLIS',
	heldOut:
		'every run; runs of TensorRT-LLM are left out, since its way to form batches is not modelled',
	cases: (data) =>
		readTable(data.shipped(FILE), FILE, Row)
			.filter(({ engine }) => ENGINES.has(engine))
			.map(caseOf),
};

function caseOf(row: Row): TruthCase {
	const { model: short, isl, osl, concurrency, tp } = row;
	const model = MODELS[short] as string;
	const served = servedModel(model, row.gemm);
	const gpu = row.sys.replace(/_.*$/, '');
	const precision = row.gemm === 'bfloat16' ? 'BF16' : 'FP8';
	const count = ROUNDS * concurrency;
	const prompts = evenLengths(count, SHORTEST * isl, isl);
	const answers = evenLengths(count + 1, SHORTEST * osl, osl)
		.slice(1)
		.reverse();
	const seconds = (4 * ROUNDS * (row.ttft_measured_ms + osl * row.tpot_measured_ms)) / 1000;
	return {
		family: 'inferencex',
		id: `${short}-${gpu}-${row.engine}-${precision}-${tp}-${isl}-${osl}-${concurrency}`,
		groups: [`${short} ${precision}, ${gpu.toUpperCase()}, ${row.engine}`],
		model,
		server: `${gpu.toUpperCase()}, TP ${tp}, ${precision}, ${row.engine} ${row.engine_version}`,
		workload: `${isl} + ${osl} tokens, ${concurrency} users`,
		protocol: 'requests',
		gpus: tp,
		scenario: {
			...servedBy({
				model: served.name,
				device: gpu,
				tensorParallel: tp,
				maxNumSeqs: MAX_NUM_SEQS,
				maxNumBatchedTokens: MAX_NUM_BATCHED_TOKENS,
				overheads: { stepMs: 0.6 },
				maxTokens: isl + osl,
			}),
			step: '60s',
			until: `${Math.ceil(seconds / 60)}min`,
			requests: {
				concurrency,
				turnaroundS: 0.001,
				maxRequests: count,
				lengths: { type: 'length-file', path: 'lengths.csv' },
			},
		},
		files: { ...served.files, 'lengths.csv': lengthsFile(prompts, answers) },
		measured: { tpotMeanMs: row.tpot_measured_ms, ttftMeanMs: row.ttft_measured_ms },
		isQuick: short === 'llama-3.1-70b' && isl === 1024 && osl === 1024 && concurrency <= 16,
	};
}
