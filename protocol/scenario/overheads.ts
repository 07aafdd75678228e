import * as z from 'zod';

/** What serving costs beside the GPUs’ work; 0 each, unless somebody has measured it. */
export const Overheads = z.strictObject({
	apiMs: z
		.number()
		.nonnegative()
		.max(600_000)
		.default(0)
		.describe(
			'From a request’s arrival to the scheduler, ms: HTTP, template, processes between; part of its TTFT and e2e',
		),
	tokenizeUsPerToken: z
		.number()
		.nonnegative()
		.max(100_000)
		.default(0)
		.describe('The same for each token of its prompt, us: the tokeniser'),
});
export type Overheads = z.infer<typeof Overheads>;
