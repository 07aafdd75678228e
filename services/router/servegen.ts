import type { Prng } from '../../kernel/actor/random.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { plainText, quoted } from '../../protocol/plain-text.ts';
import { SECOND_US } from '../../protocol/time.ts';
import type { ClientModel } from './client-generator.ts';
import { exponentialGaps, type GapSampler, gammaGaps, weibullGaps } from './intervals.ts';
import type { RequestLengths } from './request-lengths.ts';
import { weighted } from './token-counts.ts';

/** The pools of clients of ServeGen (github.com/alibaba/ServeGen), read as they are published. */

/** Rates and gaps of a client, by windows of the pool’s time. */
export interface PoolTrace {
	readonly fromS: number[];
	/** Requests per second. */
	readonly rate: number[];
	readonly pattern: ('Gamma' | 'Weibull' | 'Exponential' | null)[];
	/** Of Gamma and Weibull. */
	readonly shape: number[];
}

/** Prompts and answers of a client, each by how often it comes, from the times given on. */
export interface PoolDataset {
	readonly fromS: number[];
	readonly prompt: Counts[];
	readonly output: Counts[];
}

interface Counts {
	readonly tokens: number[];
	readonly weights: number[];
}

/**
 * Reads `chunk-N-trace.csv`: start, rate, coefficient of variation, pattern and its two parameters.
 *
 * @param file as it is called in messages
 * @throws ConfigError naming the line
 */
export function parsePoolTrace(text: string, file: string): PoolTrace {
	const trace: PoolTrace = { fromS: [], rate: [], pattern: [], shape: [] };
	for (const [i, line] of text.split(/\r?\n/).entries()) {
		if (line.trim() === '') continue;
		const [from, rate, , pattern = '', shape] = line.split(',').map((cell) => cell.trim());
		const known = pattern === 'Gamma' || pattern === 'Weibull' || pattern === 'Exponential';
		const at = { from: Number(from), rate: known ? Number(rate) : 0, shape: Number(shape) };
		const needsShape = pattern === 'Gamma' || pattern === 'Weibull';
		if (
			!(at.from >= 0) ||
			!(at.rate >= 0) ||
			(needsShape && !(at.shape > 0)) ||
			(!known && pattern !== '')
		)
			throw new ConfigError(
				`Cannot read ${quoted(file)}: line ${i + 1} is ${quoted(plainText(line, 80))}; give start, rate, cv, Gamma, Weibull or Exponential, and two parameters`,
			);
		trace.fromS.push(at.from);
		trace.rate.push(at.rate);
		trace.pattern.push(known ? pattern : null);
		trace.shape.push(at.shape);
	}
	const [first = 0, second = first + 600] = trace.fromS;
	const isEven = trace.fromS.every(
		(fromS, i) => Math.abs(fromS - first - i * (second - first)) < 1e-6,
	);
	if (trace.fromS.length === 0 || !isEven || second <= first)
		throw new ConfigError(
			`Cannot read ${quoted(file)}: its windows must follow each other, each as long as the first`,
		);
	return trace;
}

/**
 * Reads `chunk-N-dataset.json`: by start, how often each number of tokens comes, as JSON or as Python writes a dictionary.
 *
 * @param file as it is called in messages
 * @throws ConfigError where it is something else
 */
export function parsePoolDataset(text: string, file: string): PoolDataset {
	const refuse = (what: string) => new ConfigError(`Cannot read ${quoted(file)}: ${what}`);
	if (text.startsWith('version https://git-lfs'))
		throw refuse('it is a pointer of Git LFS; fetch the file itself (git lfs pull)');
	let windows: unknown;
	try {
		windows = JSON.parse(text);
	} catch {
		throw refuse('it is no JSON');
	}
	const dataset: PoolDataset = { fromS: [], prompt: [], output: [] };
	const entries = Object.entries((windows ?? {}) as Record<string, unknown>);
	for (const [start, fields] of entries.sort(([a], [b]) => Number(a) - Number(b))) {
		const { input_tokens: input, output_tokens: output } = (fields ?? {}) as Record<
			string,
			unknown
		>;
		const [prompt, answer] = [countsOf(input), countsOf(output)];
		if (prompt === null || answer === null || !(Number(start) >= 0))
			throw refuse(
				`${quoted(plainText(start, 40))} has no input_tokens and output_tokens, each as a mapping of tokens to how often they come`,
			);
		// Where nothing was sent nothing is known.
		if (prompt.tokens.length === 0 || answer.tokens.length === 0) continue;
		dataset.fromS.push(Number(start));
		dataset.prompt.push(prompt);
		dataset.output.push(answer);
	}
	return dataset;
}

const ENTRY = /(\d+)\s*:\s*([\d.]+(?:[eE][+-]?\d+)?)/g;

/** Numbers of tokens and how often each comes; those of 0 tokens count as 1, which a prefill yields anyway. */
function countsOf(field: unknown): Counts | null {
	const text = typeof field === 'string' ? field : JSON.stringify(field)?.replaceAll('"', '');
	if (text === undefined || !/^\s*\{[^{}]*\}\s*$/.test(text)) return null;
	const counts: Counts = { tokens: [], weights: [] };
	for (const [, tokens, weight] of text.matchAll(ENTRY)) {
		if (!(Number(weight) > 0)) continue;
		counts.tokens.push(Math.max(1, Number(tokens)));
		counts.weights.push(Number(weight));
	}
	return counts;
}

/** Requests that a client sends in a span of the pool’s time, on average; its windows come again after the last. */
export function requestsIn(
	{ fromS, rate }: PoolTrace,
	span: { fromS: number; untilS: number },
): number {
	const everyS = lengthOf(fromS);
	let sum = 0;
	const last = Math.min(
		Math.ceil(span.untilS / everyS),
		Math.floor(span.fromS / everyS) + rate.length,
	);
	for (let i = Math.floor(span.fromS / everyS); i < last; i++) {
		const [beginS, endS] = [
			Math.max(span.fromS, i * everyS),
			Math.min(span.untilS, (i + 1) * everyS),
		];
		sum += (rate[i % rate.length] as number) * Math.max(0, endS - beginS);
	}
	return sum;
}

/** Seconds after which the windows of a client come again. */
export function cycleS({ fromS }: PoolTrace): number {
	return fromS.length * lengthOf(fromS);
}

/** The start of the window that a time is in. */
export function windowStartS({ fromS }: PoolTrace, atS: number): number {
	const everyS = lengthOf(fromS);
	return Math.floor(atS / everyS) * everyS;
}

function lengthOf(fromS: readonly number[]): number {
	return fromS.length > 1 ? (fromS[1] as number) - (fromS[0] as number) : 600;
}

/** The longest prompt and answer together that a client may send. */
export function mostTokens({ prompt, output }: PoolDataset): number {
	const most = (counts: readonly Counts[]) =>
		counts.reduce((max, { tokens }) => tokens.reduce((a, b) => Math.max(a, b), max), 0);
	return most(prompt) + most(output);
}

/**
 * A client of the pool as the generator has it.
 *
 * @param how `fromS` of the pool’s time is the start of the run, and its rates are multiplied by `scale`
 */
export function poolClient(
	trace: PoolTrace,
	dataset: PoolDataset,
	how: { readonly fromS: number; readonly scale: number },
): ClientModel {
	const everyS = lengthOf(trace.fromS);
	const count = trace.rate.length;
	const windowOf = (step: number) => step % count;
	const first = Math.floor(how.fromS / everyS);
	const factors = Float64Array.from(
		{ length: count },
		(_, i) => trace.rate[(first + i) % count] as number,
	);
	const gaps: (GapSampler | undefined)[] = [];
	const lengths: ((prng: Prng) => RequestLengths)[] = dataset.fromS.map((_, i) =>
		lengthDraw(dataset.prompt[i] as Counts, dataset.output[i] as Counts),
	);
	const datasetAt = (step: number): number => {
		const atS = trace.fromS[(first + windowOf(step)) % count] as number;
		let index = 0;
		while (index + 1 < dataset.fromS.length && (dataset.fromS[index + 1] as number) <= atS) index++;
		return index;
	};
	return {
		meanGapUs: SECOND_US / how.scale,
		everyUs: everyS * SECOND_US,
		factors,
		gaps(step) {
			const window = (first + windowOf(step)) % count;
			gaps[window] ??= gapsOf(trace.pattern[window] ?? null, trace.shape[window] as number);
			return gaps[window];
		},
		lengths: (step, prng) => (lengths[datasetAt(step)] as (prng: Prng) => RequestLengths)(prng),
	};
}

function gapsOf(pattern: PoolTrace['pattern'][number], shape: number): GapSampler {
	if (pattern === 'Gamma') return gammaGaps(1 / Math.sqrt(shape));
	return pattern === 'Weibull' ? weibullGaps(shape) : exponentialGaps;
}

function lengthDraw(prompt: Counts, output: Counts): (prng: Prng) => RequestLengths {
	const [prompts, outputs] = [weighted(prompt.weights), weighted(output.weights)];
	return (prng) => ({
		prefillTokens: prompt.tokens[prompts(prng)] as number,
		decodeTokens: output.tokens[outputs(prng)] as number,
	});
}
