import * as z from 'zod';
import { DateOrder, Extension, Fill, Sampling } from '../signals.ts';
import { Duration } from './duration.ts';

/** What several sections of a scenario have in common. */

export const Fraction = z
	.number()
	.min(0, { error: 'must lie between 0 and 1' })
	.max(1, { error: 'must lie between 0 and 1' });

export const Efficiency = Fraction.refine((eta) => eta > 0, { error: 'must lie above 0' });

/** A magnitude of power. */
export const PowerW = z.number().nonnegative({ error: 'must be at least 0 W' });

/** What of a series counts in a step. */
export const SamplingKey = Sampling.default('mean').describe(
	'Average over the step, or value at its start (as Vessim has it)',
);

/** A time of the local day, such as 06:30. */
export const TimeOfDay = z
	.string()
	.regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'must be a time of day such as 06:30' });

/** Minutes since midnight of a time of day; of 24:00 1440. */
export function minutesOf(timeOfDay: string): number {
	return 60 * Number(timeOfDay.slice(0, 2)) + Number(timeOfDay.slice(3));
}

/** A column by its name in the header, or by its position, from 1, where a file has no header. */
const ColumnKey = z.union([z.string().min(1), z.int().min(1)]);

/** What of a CSV of values over time is taken from the file itself unless a scenario says it; null: as the file has it. */
export const TraceReading = {
	columns: z
		.strictObject({
			time: z
				.union([ColumnKey, z.tuple([ColumnKey, ColumnKey])])
				.nullable()
				.default(null)
				.describe('Of the times; two: of the day and of the time of day; null: the first'),
			value: ColumnKey.nullable().default(null).describe('Of the values, as `column`'),
		})
		.nullable()
		.default(null)
		.describe('Columns by name, or by position from 1 in a file without a header'),
	timeUnit: z
		.enum(['ns', 'us', 'ms', 's', 'min', 'h', 'd'])
		.nullable()
		.default(null)
		.describe('Of times that are numbers; null: that in the column’s name, else s'),
	dates: DateOrder.nullable()
		.default(null)
		.describe('What 06/08/2023 begins with; null: as other dates of the file show'),
	decimal: z
		.enum(['point', 'comma'])
		.nullable()
		.default(null)
		.describe('What numbers are written with; null: as the file shows'),
	interval: Duration.nullable()
		.default(null)
		.describe('From one row to the next, in a file without times'),
	begins: z
		.string()
		.nullable()
		.default(null)
		.describe('Time of the first row with `interval`: a date-time, or `start` for that of the run'),
};

/** Keys of a CSV file of values over time. */
export const TraceFile = {
	path: z.string().min(1).describe('CSV file, relative to the scenario file'),
	column: z
		.string()
		.nullable()
		.default(null)
		.describe('Column of the values; needed if there are several'),
	fill: Fill.default('ffill').describe('Value between rows: of the row before or after'),
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
	extend: Extension.default('error').describe('What holds where the file has no data'),
	scale: z.number().default(1).describe('Factor on the values'),
	...TraceReading,
};

/** How a router chooses a replica. */
export const RouterPolicy = z.enum(['round_robin', 'random', 'least_outstanding', 'prefix']);
export type RouterPolicy = z.infer<typeof RouterPolicy>;

/** How places of workers are dealt out: the first that comes takes all it can, or evenly once there is room for all. */
export const Arrangement = z.enum(['packed', 'spread']);
export type Arrangement = z.infer<typeof Arrangement>;

/** How many runs of one scenario. */
export const Repeats = z.int().min(1).max(10_000);
