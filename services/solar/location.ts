import * as z from 'zod';

/** A place with what the models need to know of it. Temperatures are approximate, rounded to 1 degC. */
export const Location = z.strictObject({
	name: z.string().min(1),
	/** ISO 3166 code; null when unknown. */
	country: z.string().length(2).nullable(),
	/** Zone of the electricity grid, as Electricity Maps names it; null when unknown. */
	gridZone: z.string().min(2).nullable(),
	latitude: z.number().min(-90).max(90),
	longitude: z.number().min(-180).max(180),
	altitudeM: z.number().min(-450).max(9000),
	/** IANA name. */
	timeZone: z.string().min(1),
	/** Usual tilt and azimuth of PV modules there. */
	tiltDeg: z.number().min(0).max(90),
	azimuthDeg: z.number().min(0).max(360),
	linkeTurbidity: z.number().min(1).max(10),
	windMs: z.number().nonnegative(),
	/** Mean air temperature of each month, January first. */
	airMeanC: z.array(z.number().min(-90).max(60)).length(12),
	/** Half of what lies between a day's coldest and warmest hour. */
	airDailyAmplitudeC: z.number().nonnegative(),
});
export type Location = z.infer<typeof Location>;

export const LocationsFile = z.strictObject({ locations: z.array(Location).min(1) });
export type LocationsFile = z.infer<typeof LocationsFile>;
