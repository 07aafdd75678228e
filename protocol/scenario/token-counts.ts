import * as z from 'zod';

const Count = z.number().positive();
const max = z
	.int()
	.positive()
	.nullable()
	.default(null)
	.describe('More count as this many; null: no limit, so that requests.overlong is needed');

const PARTS = [
	z.strictObject({
		type: z.literal('fixed').describe('Always the same'),
		tokens: z.int().positive().describe('So many'),
	}),
	z.strictObject({
		type: z.literal('exponential').describe('Outputs of language models, as ServeGen finds them'),
		mean: Count.describe('Mean'),
		max,
	}),
	z.strictObject({
		type: z.literal('lognormal').describe('The body of prompts'),
		median: Count.describe('Median, exp(mu)'),
		sigma: Count.describe('Standard deviation of the logarithm'),
		max,
	}),
	z.strictObject({
		type: z.literal('pareto').describe('The tail of prompts'),
		least: Count.describe('Least'),
		alpha: Count.describe('Exponent: below 1 the mean has no limit'),
		max,
	}),
	z.strictObject({
		type: z.literal('table').describe('As counted'),
		tokens: z.array(z.int().positive()).min(1).describe('Numbers of tokens'),
		weights: z.array(z.number().nonnegative()).min(1).describe('How often each comes'),
	}),
] as const;

const Part = z.discriminatedUnion('type', PARTS);
export type Part = z.infer<typeof Part>;

/** How many tokens, by a distribution: rounded, and at least 1. */
export const TokenCounts = z.discriminatedUnion('type', [
	...PARTS,
	z.strictObject({
		type: z.literal('mixture').describe('One of several'),
		parts: z
			.array(
				z.strictObject({
					share: z.number().positive().describe('How often, to the others'),
					of: Part.describe('Which'),
				}),
			)
			.min(1)
			.describe('Of these'),
	}),
]);
export type TokenCounts = z.infer<typeof TokenCounts>;

/** What is wrong with a distribution; null: nothing. */
export function countsProblem(counts: TokenCounts): string | null {
	if (counts.type === 'mixture') {
		for (const { of } of counts.parts) {
			const problem = countsProblem(of);
			if (problem !== null) return problem;
		}
		return null;
	}
	if (counts.type !== 'table') return null;
	const { tokens, weights } = counts;
	if (tokens.length !== weights.length)
		return `must have as many weights as tokens, ${tokens.length} (it has ${weights.length})`;
	return weights.every((weight) => weight === 0) ? 'one of its weights must be above 0' : null;
}
