import { findDevice } from '../device.ts';
import type { ModelGeometry, Parallelism, WeightFormat } from '../model.ts';
import { powerCurve } from '../power.ts';
import { findModel } from '../profile/load-cards.ts';
import { fillTraffic, trafficOf } from '../traffic.ts';
import { readTable, type Table } from './table.ts';

/** The steady state of a measured run: what one GPU moved and worked, as parts of its maker's peaks, and what it drew. */
export interface RooflineRun {
	readonly model: string;
	/** Runs of models that are alike are left out together. */
	readonly family: string;
	readonly isDense: boolean;
	readonly weights: WeightFormat;
	readonly isParallel: boolean;
	/** Bytes of memory over its bandwidth, and operations over the peak of FP16. */
	readonly memory: number;
	readonly compute: number;
	readonly powerW: number;
}

/** What `P = min(maxW, base + memory m + compute c^exponent)(1 - loss)` is made of, W at the peaks. */
export interface RooflineFit {
	readonly memoryW: number;
	readonly computeW: number;
	readonly exponent: number;
	readonly loss: number;
}

/** Mean prompts of the tasks, tokens: chat and questions. What images, videos and code have is not recorded. */
const PROMPT_TOKENS: Readonly<Record<string, number>> = { 'lm-arena-chat': 250, gpqa: 300 };

/** Models of the benchmark by the cards whose geometry they have. */
const CARDS: readonly (readonly [RegExp, string, string])[] = [
	[/Qwen3-8B$/, 'Qwen/Qwen3-8B', 'qwen3-8b'],
	[/Qwen3-235B/, 'Qwen/Qwen3-235B-A22B', 'qwen3-235b'],
	[/Llama-3.1-8B/, 'meta-llama/Llama-3.1-8B-Instruct', 'llama-3.1-8b'],
	[/Llama-3.1-70B/, 'meta-llama/Llama-3.1-70B-Instruct', 'llama-3.1-70b'],
	[/Llama-3.1-405B/, 'meta-llama/Llama-3.1-405B-Instruct', 'llama-3.1-405b'],
	[/gemma-3-12b/, 'google/gemma-3-12b-it', 'gemma-3-12b'],
	[/gemma-3-27b/, 'google/gemma-3-27b-it', 'gemma-3-27b'],
	[/gpt-oss-120b/, 'openai/gpt-oss-120b', 'gpt-oss'],
	[/DeepSeek-V3/, 'deepseek-ai/DeepSeek-V3', 'deepseek'],
	[/Llama-4-Scout/, 'meta-llama/Llama-4-Scout-17B-16E-Instruct', 'llama-4'],
	[/Llama-4-Maverick/, 'meta-llama/Llama-4-Maverick-17B-128E-Instruct', 'llama-4'],
];

/** The runs of chats and questions on a GPU whose models have a card, of the ML.ENERGY Benchmark. */
export function rooflineRuns(text: string, file: string, gpu: string): RooflineRun[] {
	const table = readTable(text, file);
	return table.rows.flatMap((_, row) =>
		table.text(row, 'gpu').toLowerCase() === gpu ? (runOf(table, row, gpu) ?? []) : [],
	);
}

function runOf(table: Table, row: number, gpu: string): RooflineRun | null {
	const number = (column: string) => table.number(row, column);
	const name = table.text(row, 'model');
	const card = CARDS.find(([pattern]) => pattern.test(name));
	const prompt = PROMPT_TOKENS[table.text(row, 'task')];
	if (card === undefined || prompt === undefined) return null;
	const geometry = findModel(card[1]);
	const model = { ...geometry, ...formatOf(table.text(row, 'weights'), geometry) };
	const cut = { tensorParallel: number('gpus') / number('dp'), pipelineStages: 1 };
	const rate = number('output_tokens_per_s') / number('dp');
	const steps = rate / (number('mean_batch') / number('dp'));
	const sequences = number('mean_batch') / number('dp');
	const ended = rate / number('mean_output_tokens');
	const rates = { steps, sequences, ended, prompt };
	const context = prompt + number('mean_output_tokens_held');
	return {
		model: name,
		family: card[2],
		isDense: model.moe === undefined,
		weights: model.weights ?? model.expertWeights ?? 'bf16',
		isParallel: cut.tensorParallel > 1,
		...partsOf(model, cut, gpu, { ...rates, context }),
		powerW: number('power_w_per_gpu'),
	};
}

/** Published checkpoints in FP8 have scales by block, but for those of Llama. */
function formatOf(
	weights: string,
	{ name }: Pick<ModelGeometry, 'name'>,
): Pick<ModelGeometry, 'weights'> {
	if (weights !== 'fp8') return {};
	return { weights: /llama/i.test(name) ? 'fp8' : 'fp8_block' };
}

interface Rates {
	readonly steps: number;
	readonly sequences: number;
	/** Requests that end, and so begin, each second. */
	readonly ended: number;
	readonly prompt: number;
	readonly context: number;
}

function partsOf(
	model: ModelGeometry,
	cut: Parallelism,
	gpu: string,
	{ steps, sequences, ended, prompt, context }: Rates,
): Pick<RooflineRun, 'memory' | 'compute'> {
	const device = findDevice(gpu);
	const curve = powerCurve(model, device, cut);
	const moved = { bytes: 0, bytesRise: 0, onceBytes: 0, kvBytes: 0, paddedFlops: 0 };
	const prompts = (ended / steps) * prompt;
	const size = { tokens: Math.round(sequences + prompts), sequences };
	fillTraffic(trafficOf(model, cut), moved, size, sequences * context + prompts);
	const tokens = steps * sequences + ended * prompt;
	const pairs = steps * sequences * context + ended * prompt * prompt;
	return {
		memory: (moved.bytes * steps) / ((device.bandwidthGBps ?? 0) * 1e9),
		compute:
			(curve.flopsPerToken * tokens + curve.flopsPerAttention * pairs + moved.paddedFlops * steps) /
			curve.peakFlops,
	};
}

/** Limit and base that are not fitted, W. */
export interface Given {
	readonly baseW: number;
	readonly maxW: number;
}

/** Power of a run by a fit. */
function rooflinePowerW(
	{ memoryW, computeW, exponent, loss }: RooflineFit,
	{ baseW, maxW }: Given,
	{ memory, compute, isParallel }: Pick<RooflineRun, 'memory' | 'compute' | 'isParallel'>,
): number {
	const part = isParallel ? 1 - loss : 1;
	return part * Math.min(maxW, baseW + memoryW * memory + computeW * compute ** exponent);
}

/** How much more was measured than the fit says, relative to it. */
export function rooflineErrors(
	runs: readonly RooflineRun[],
	fit: RooflineFit,
	given: Given,
): number[] {
	return runs.map((run) => run.powerW / rooflinePowerW(fit, given, run) - 1);
}

/** The fit of the least sum of squared relative errors: a search by coordinates with steps that halve, from a start that is near. */
export function fitRoofline(runs: readonly RooflineRun[], given: Given): RooflineFit {
	let best: RooflineFit = { memoryW: 500, computeW: 1200, exponent: 0.85, loss: 0.05 };
	const squares = (fit: RooflineFit) =>
		runs.reduce((sum, run) => sum + (rooflinePowerW(fit, given, run) / run.powerW - 1) ** 2, 0);
	let least = squares(best);
	const keys = ['memoryW', 'computeW', 'exponent', 'loss'] as const;
	const most = { memoryW: 3000, computeW: 6000, exponent: 1, loss: 0.3 };
	const least0 = { memoryW: 0, computeW: 0, exponent: 0.4, loss: 0 };
	const tried = (change: Partial<Record<(typeof keys)[number], number>>): boolean => {
		const next = { ...best };
		for (const key of keys)
			next[key] = Math.min(most[key], Math.max(least0[key], best[key] + (change[key] ?? 0)));
		const sum = squares(next);
		if (sum >= least) return false;
		best = next;
		least = sum;
		return true;
	};
	const step = { memoryW: 100, computeW: 300, exponent: 0.1, loss: 0.04 };
	for (let halvings = 0; halvings < 14; ) {
		let moved = false;
		for (const a of keys)
			for (const signA of [1, -1]) {
				if (tried({ [a]: signA * step[a] })) moved = true;
				// Pairs too: memory and compute, compute and exponent trade against each other.
				for (const b of keys)
					for (const signB of b === a ? [] : [1, -1])
						if (tried({ [a]: signA * step[a], [b]: signB * step[b] })) moved = true;
			}
		if (moved) continue;
		halvings++;
		for (const key of keys) step[key] /= 2;
	}
	return best;
}

/** Errors of all runs, those of each family by the fit to the others. */
export function heldOutRooflineErrors(runs: readonly RooflineRun[], given: Given): number[] {
	const families = [...new Set(runs.map(({ family }) => family))].sort();
	return families.flatMap((family) => {
		const others = runs.filter((run) => run.family !== family);
		const own = runs.filter((run) => run.family === family);
		return rooflineErrors(own, fitRoofline(others, given), given);
	});
}
