import * as z from 'zod';

const Twelve = (value: z.ZodNumber) => z.array(value).length(12);

/** What a place's weather is like in each month, January first. */
export const Climate = z.strictObject({
	/** Mean of the days' global horizontal irradiation. */
	ghiKwhPerM2Day: Twelve(z.number().positive().max(12)),
	/** Spread of the days' clear-sky index if a series of that month is known; null: from mean and June. */
	dailyIndexStd: Twelve(z.number().min(0).max(0.6)).nullable(),
	airMeanC: Twelve(z.number().min(-90).max(60)),
	/** Half of what lies between a mean day's coldest and warmest hour. */
	airDailyAmplitudeC: Twelve(z.number().nonnegative()),
	/** Mean wind speed at 10 m. */
	windMs: Twelve(z.number().nonnegative()),
});
export type Climate = z.infer<typeof Climate>;

/** published: taken from a named source. derived: from one, in the way it says. approximate: from memory. */
const Quality = z.enum(['published', 'derived', 'approximate']);

const Sourced = z.strictObject({ quality: Quality, source: z.string().min(1) });

/** An entry of the file weather-data/climate.json. */
export const ClimateEntry = z.strictObject({
	name: z.string().min(1),
	...Climate.shape,
	ghi: Sourced,
	/** Of `dailyIndexStd`. */
	spread: Sourced,
	air: Sourced,
	wind: Sourced,
	/** What others say a plant there yields in a year, to compare with; null: no source is at hand. */
	publishedYield: z
		.strictObject({
			kwhPerKw: z.number().positive(),
			tiltDeg: z.number().min(0).max(90),
			azimuthDeg: z.number().min(0).max(360),
			lossesPercent: z.number().min(0).max(50),
			source: Sourced.shape.source,
			// A figure from memory says nothing about a model.
			quality: Quality.exclude(['approximate']),
		})
		.nullable(),
});
export type ClimateEntry = z.infer<typeof ClimateEntry>;

export const ClimateFile = z.strictObject({ locations: z.array(ClimateEntry).min(1) });
