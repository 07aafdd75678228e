import type { Prng } from '../../kernel/actor/random.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { TokenCounts } from '../../protocol/scenario/token-counts.ts';
import type { FixedLengths, UniformLengths, ZipfLengths } from './config.ts';
import { type LengthTable, quantileAt } from './length-table.ts';
import type { LengthRows } from './read-lengths.ts';
import type { RequestLengths } from './request-lengths.ts';
import { tokenSampler } from './token-counts.ts';

/** Draws the next request's lengths. Takes the same count of random numbers each time, but for mixtures. */
export type LengthSampler = (prng: Prng) => RequestLengths;

/** The same tokens each time; draws no random number. */
export function fixedLengths(config: FixedLengths): LengthSampler {
	const { prefillTokens, decodeTokens } = config;
	return () => ({ prefillTokens, decodeTokens });
}

/** Prompt and output each by a distribution. */
export function distributedLengths(counts: {
	readonly prompt: TokenCounts;
	readonly output: TokenCounts;
}): LengthSampler {
	const [prompt, output] = [tokenSampler(counts.prompt), tokenSampler(counts.output)];
	return (prng) => ({ prefillTokens: prompt(prng), decodeTokens: output(prng) });
}

/**
 * Total uniform over the integers minTokens..maxTokens; decode = ceil(total / (1 + ratio)), prefill the
 * rest. Vidur draws a real total and truncates the prefill; integers here, so that the total is exact.
 */
export function uniformLengths(config: UniformLengths): LengthSampler {
	const { minTokens, maxTokens, prefillToDecodeRatio } = config;
	const width = maxTokens - minTokens + 1;
	return (prng) => {
		return split(minTokens + Math.floor(prng.uniform() * width), prefillToDecodeRatio);
	};
}

/**
 * Total minTokens + k - 1 with probability in proportion to k^-theta, by its exact inverse CDF. Vidur uses
 * the approximation of Gray et al. (SIGMOD 1994), and truncates both parts, so that mostly a token is lost.
 */
export function zipfLengths(config: ZipfLengths): LengthSampler {
	const { minTokens, maxTokens, theta, prefillToDecodeRatio } = config;
	const cumulative = new Float64Array(maxTokens - minTokens + 1);
	let sum = 0;
	for (let i = 0; i < cumulative.length; i++) {
		sum += (i + 1) ** -theta;
		cumulative[i] = sum;
	}
	return (prng) => {
		const level = prng.uniform() * sum;
		let [low, high] = [0, cumulative.length - 1];
		while (low < high) {
			const middle = (low + high) >>> 1;
			if ((cumulative[middle] as number) > level) high = middle;
			else low = middle + 1;
		}
		return split(minTokens + low, prefillToDecodeRatio);
	};
}

function split(total: number, prefillToDecodeRatio: number): RequestLengths {
	const decodeTokens = Math.min(Math.ceil(total / (1 + prefillToDecodeRatio)), total - 1);
	return { prefillTokens: total - decodeTokens, decodeTokens };
}

/**
 * Any row of a file, with equal chance each time, so that a file of any size never runs out. Rows over `mostTokens` will
 * be left out.
 *
 * @throws ConfigError if none is left
 */
export function rowLengths(rows: LengthRows, mostTokens = Number.POSITIVE_INFINITY): LengthSampler {
	const { prefillTokens, decodeTokens, askedPrefill, askedDecode } = rows;
	const isLeft = prefillTokens.some(
		(prefill, row) => prefill > 0 && prefill + (decodeTokens[row] as number) <= mostTokens,
	);
	if (!isLeft)
		throw new ConfigError(
			`Cannot draw lengths from a file of ${prefillTokens.length} rows: all of them are to be left out (requests.overlong, requests.zeroTokens)`,
		);
	return (prng) => {
		const row = Math.floor(prng.uniform() * prefillTokens.length);
		return {
			isLeftOut: prefillTokens[row] === 0,
			prefillTokens: prefillTokens[row] as number,
			decodeTokens: decodeTokens[row] as number,
			askedPrefill: askedPrefill[row] as number,
			askedDecode: askedDecode[row] as number,
		};
	};
}

/**
 * Inverse CDF of an empirical table: the prompt from the quantile u1, the output from the quantile u2 of
 * the outputs that prompts near quantile u1 have. So the two stay dependent as in the data.
 */
export function tableLengths(table: LengthTable): LengthSampler {
	const bins = table.output.length;
	return (prng) => {
		const promptLevel = prng.uniform();
		const outputLevel = prng.uniform();
		const bin = Math.min(Math.floor(promptLevel * bins), bins - 1);
		return {
			prefillTokens: Math.max(1, Math.round(quantileAt(table.prompt, promptLevel))),
			decodeTokens: Math.max(1, Math.round(quantileAt(table.output[bin] ?? [], outputLevel))),
		};
	};
}
