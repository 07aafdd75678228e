import * as z from 'zod';

/** Errors of a part at points that it was not fitted to, relative. */
export const HeldOut = z.strictObject({
	median: z.number(),
	p95: z.number(),
	samples: z.int(),
	/** Which points, and what they were predicted from. */
	how: z.string(),
});
export type HeldOut = z.infer<typeof HeldOut>;

/** Held-out errors by part. */
export const Errors = z.record(z.string(), HeldOut);
export type Errors = z.infer<typeof Errors>;
