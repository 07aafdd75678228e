import * as z from 'zod';

const SimTimeUs = z.int().nonnegative();

/** What the grid announces, as actors know it. */
export const GridEvent = z.strictObject({
	/** By which it is told from others. */
	id: z.string().min(1),
	event: z.enum(['import-limit', 'outage', 'demand-response', 'price']),
	/** From when on policies know of it. */
	announcedUs: SimTimeUs,
	/** It holds in [fromUs, untilUs). */
	fromUs: SimTimeUs,
	untilUs: SimTimeUs,
	/** Most that may be imported (import-limit), or shall be (demand-response), W. */
	limitW: z.number().nonnegative().nullable(),
	/** What energy costs (price). */
	usdPerKwh: z.number().nullable(),
});
export type GridEvent = z.infer<typeof GridEvent>;
