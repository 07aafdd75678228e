import type { Prng } from '../actor/random.ts';
import type { FixedLengths, UniformLengths } from './config.ts';
import { type LengthTable, quantileAt } from './length-table.ts';

/** The lengths of one request, in tokens. The decode tokens include the one that the prefill yields. */
export interface RequestLengths {
	prefillTokens: number;
	decodeTokens: number;
}

/** Draws the next request's lengths. Takes the same count of random numbers each time. */
export type LengthSampler = (prng: Prng) => RequestLengths;

export function fixedLengths(config: FixedLengths): LengthSampler {
	const { prefillTokens, decodeTokens } = config;
	return () => ({ prefillTokens, decodeTokens });
}

/**
 * Total uniform over the integers minTokens..maxTokens; decode = ceil(total / (1 + ratio)), prefill the
 * rest. Vidur draws a real total and truncates the prefill; integers here, so that the total is exact.
 */
export function uniformLengths(config: UniformLengths): LengthSampler {
	const { minTokens, maxTokens, prefillToDecodeRatio } = config;
	const width = maxTokens - minTokens + 1;
	return (prng) => {
		const total = minTokens + Math.floor(prng.uniform() * width);
		const decodeTokens = Math.min(Math.ceil(total / (1 + prefillToDecodeRatio)), total - 1);
		return { prefillTokens: total - decodeTokens, decodeTokens };
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

/**
 * Holds prompt and output together to `maxTokens`. The prompt gives way, so that the work of answering
 * stays (Vidur's trace replay does the same); both keep at least one token.
 */
export function clipLengths(lengths: RequestLengths, maxTokens: number): RequestLengths {
	if (lengths.prefillTokens + lengths.decodeTokens <= maxTokens) return lengths;
	const decodeTokens = Math.min(lengths.decodeTokens, maxTokens - 1);
	return { prefillTokens: maxTokens - decodeTokens, decodeTokens };
}
