import * as z from 'zod';

/** What several sections of a scenario have in common. */

export const Fraction = z
	.number()
	.min(0, { error: 'must lie between 0 and 1' })
	.max(1, { error: 'must lie between 0 and 1' });

export const Efficiency = Fraction.refine((eta) => eta > 0, { error: 'must lie above 0' });

/** A magnitude of power. */
export const PowerW = z.number().nonnegative({ error: 'must be at least 0 W' });

/** What of a series counts in a step. */
export const Sampling = z
	.enum(['mean', 'start'])
	.default('mean')
	.describe('Average over the step, or value at its start (as Vessim has it)');

/** Keys of a CSV file of values over time. */
export const TraceFile = {
	path: z.string().min(1).describe('CSV file, relative to the scenario file'),
	column: z
		.string()
		.nullable()
		.default(null)
		.describe('Column of the values; needed if there are several'),
	fill: z
		.enum(['ffill', 'bfill'])
		.default('ffill')
		.describe('Value between rows: of the row before or after'),
	anchor: z
		.string()
		.nullable()
		.default(null)
		.describe('Time in the file that is the start of the run; null: by the calendar'),
	timezone: z
		.string()
		.nullable()
		.default(null)
		.describe('Zone of date-times without an offset, such as UTC; null: that of the location'),
	extend: z
		.enum(['error', 'hold', 'repeat-day', 'repeat-week', 'repeat-year'])
		.default('error')
		.describe('What holds where the file has no data'),
	scale: z.number().default(1).describe('Factor on the values'),
};
