import * as z from 'zod';

function dayProfile(value: z.ZodNumber) {
	/** One value for each hour of the local day. */
	const hourly = z
		.array(value)
		.length(24, { error: 'a day profile has 24 values, one for each hour of the local day' });
	return z.strictObject({
		weekday: hourly,
		/** For Saturday and Sunday; null: as on weekdays. */
		weekend: hourly.nullable(),
		/** January to December. */
		monthlyFactor: z
			.array(z.number().nonnegative())
			.length(12, { error: 'there are 12 monthly factors, January to December' }),
		/** Values of their own in some months, 1 to 12; the first that has the month. */
		seasons: z
			.array(
				z.strictObject({
					months: z.array(z.int().min(1).max(12)),
					weekday: hourly,
					weekend: hourly.nullable(),
				}),
			)
			.optional(),
		/** Days that count as weekend: `2025-12-25`, or `12-25` of each year. */
		holidays: z.array(z.string()).optional(),
		/** IANA name of the zone whose hours these are; left out: that of the run. */
		timezone: z.string().min(1).optional(),
	});
}

/** A day that repeats in local time; the month's factor multiplies it. */
export const DayProfile = dayProfile(z.number().nonnegative());
/** The same of prices, which may be negative. */
export const PriceProfile = dayProfile(z.number());
export type DayProfile = z.infer<typeof DayProfile>;
export type PriceProfile = z.infer<typeof PriceProfile>;

/** A value that holds from its instant until the next point's. */
export const SeriesPoint = z.strictObject({ epochMs: z.int(), value: z.number().nonnegative() });
export type SeriesPoint = z.infer<typeof SeriesPoint>;
