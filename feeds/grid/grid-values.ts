import * as z from 'zod';

/** One value for each hour of the local day. */
const HourlyValues = z
	.array(z.number().nonnegative())
	.length(24, { error: 'a day profile has 24 values, one for each hour of the local day' });

/** A day that repeats in local time; the month's factor multiplies it. */
export const DayProfile = z.strictObject({
	weekday: HourlyValues,
	/** For Saturday and Sunday; null: as on weekdays. */
	weekend: HourlyValues.nullable(),
	/** January to December. */
	monthlyFactor: z
		.array(z.number().nonnegative())
		.length(12, { error: 'there are 12 monthly factors, January to December' }),
	/** Values of their own in some months, 1 to 12; the first that has the month. */
	seasons: z
		.array(
			z.strictObject({
				months: z.array(z.int().min(1).max(12)),
				weekday: HourlyValues,
				weekend: HourlyValues.nullable(),
			}),
		)
		.optional(),
	/** Days that count as weekend: `2025-12-25`, or `12-25` of each year. */
	holidays: z.array(z.string()).optional(),
});
export type DayProfile = z.infer<typeof DayProfile>;

/** A value that holds from its instant until the next point's. */
export const SeriesPoint = z.strictObject({ epochMs: z.int(), value: z.number().nonnegative() });
export type SeriesPoint = z.infer<typeof SeriesPoint>;
