import * as z from 'zod';

/** Names end in terminals and files. */
const VISIBLE = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u;

/** Degrees, north +. */
export const Latitude = z.number().min(-90).max(90).describe('Degrees north');
/** Degrees, east +. */
export const Longitude = z.number().min(-180).max(180).describe('Degrees east');
/** From the shore of the Dead Sea to above the highest summit. */
export const AltitudeM = z.number().min(-450).max(9000).describe('Metres above sea level');

/** Where something is: a known place by name, or its coordinates. */
export const Location = z.union([
	z.string().min(1),
	z.strictObject({
		name: z
			.string()
			.regex(VISIBLE, { error: 'must have visible characters' })
			.default('site')
			.describe('Name shown in reports'),
		latitude: Latitude,
		longitude: Longitude,
		timezone: z
			.string()
			.optional()
			.describe('IANA time zone, such as Europe/Berlin; left out: that of the nearest city'),
		altitudeM: AltitudeM.optional().describe(
			'Metres above sea level; left out: those of the nearest city',
		),
		gridZone: z
			.string()
			.optional()
			.describe('Grid zone for the carbon signal; left out: that of the nearest city'),
	}),
]);
