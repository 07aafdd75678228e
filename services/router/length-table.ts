import * as z from 'zod';

/**
 * An empirical joint distribution of prompt and output lengths, as quantiles at evenly spaced levels
 * 0, 1/(n-1), …, 1. Row i of `output` belongs to the prompts between quantile i/rows and (i+1)/rows.
 */
export const LengthTable = z.strictObject({
	source: z.string(),
	method: z.string(),
	error: z.string(),
	requests: z.int().positive(),
	prompt: z.array(z.number().positive()).min(2),
	output: z.array(z.array(z.number().positive()).min(2)).min(1),
});
export type LengthTable = z.infer<typeof LengthTable>;

/** The file profiling-data/request-lengths.json: tables by name. */
export const LengthTables = z.strictObject({
	tables: z.strictObject({ 'azure-conversation': LengthTable }),
});
export type LengthTables = z.infer<typeof LengthTables>;

/** The value at `level` in [0, 1] of evenly spaced quantiles, linear in between. */
export function quantileAt(quantiles: readonly number[], level: number): number {
	const last = quantiles.length - 1;
	const position = level * last;
	const below = Math.min(Math.floor(position), last - 1);
	const low = quantiles[below] ?? Number.NaN;
	const high = quantiles[below + 1] ?? Number.NaN;
	return low + (high - low) * (position - below);
}

/** Quantiles of ascending values at `count` evenly spaced levels, linear between order statistics (type 7). */
function quantilesOf(ascending: readonly number[], count: number): number[] {
	const quantiles: number[] = [];
	for (let i = 0; i < count; i++) quantiles.push(quantileAt(ascending, i / (count - 1)));
	return quantiles;
}

/**
 * Reduces requests to a table. Prompts that tie are ordered by arrival, which cuts a cluster of equal
 * prompts at the edge of two bins without bias.
 *
 * @param requests prompt and output tokens, in order of arrival
 * @param size levels of the prompt's quantiles, bins of prompts, levels of each bin's output quantiles
 */
export function tabulate(
	requests: readonly { prefillTokens: number; decodeTokens: number }[],
	size: { promptLevels: number; bins: number; outputLevels: number },
): { prompt: number[]; output: number[][] } {
	const byPrompt = requests.toSorted((a, b) => a.prefillTokens - b.prefillTokens);
	const rounded = (values: number[]): number[] =>
		values.map((value) => Math.round(value * 10) / 10);
	const output: number[][] = [];
	for (let bin = 0; bin < size.bins; bin++) {
		const from = Math.round((bin / size.bins) * byPrompt.length);
		const until = Math.round(((bin + 1) / size.bins) * byPrompt.length);
		const lengths = byPrompt.slice(from, until).map((request) => request.decodeTokens);
		output.push(
			rounded(
				quantilesOf(
					lengths.sort((a, b) => a - b),
					size.outputLevels,
				),
			),
		);
	}
	const prompts = byPrompt.map((request) => request.prefillTokens);
	return { prompt: rounded(quantilesOf(prompts, size.promptLevels)), output };
}
