import * as z from 'zod';
import { Fraction } from './parts.ts';

/** Most tokens that are drafted at once. */
const MOST = 32;

/** Tokens of answers that are guessed and then verified several at once. */
export const Speculative = z.strictObject({
	tokens: z
		.int()
		.min(1)
		.max(MOST)
		.describe('Tokens drafted for each step of a request (vLLM’s num_speculative_tokens)'),
	acceptance: z
		.union([Fraction, z.array(Fraction).min(1).max(MOST)])
		.describe(
			'Chance that a drafted token is accepted when those before it were: one for all places, or one for each',
		),
	draftCost: z
		.number()
		.nonnegative()
		.max(10)
		.default(0)
		.describe('Time to draft one token, as part of a batch in which each request decodes one'),
});
export type Speculative = z.infer<typeof Speculative>;
