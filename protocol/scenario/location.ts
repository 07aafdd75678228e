import * as z from 'zod';

/** Names end in terminals and files. */
const VISIBLE = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u;

/** Where something is: a known place by name, or its coordinates. */
export const Location = z.union([
	z.string().min(1),
	z.strictObject({
		name: z
			.string()
			.regex(VISIBLE, { error: 'must have visible characters' })
			.default('site')
			.describe('Name shown in reports'),
		latitude: z.number().min(-90).max(90).describe('Degrees north'),
		longitude: z.number().min(-180).max(180).describe('Degrees east'),
		timezone: z.string().describe('IANA time zone, such as Europe/Berlin'),
		altitudeM: z.number().default(0).describe('Metres above sea level'),
		gridZone: z.string().optional().describe('Grid zone for the carbon signal'),
	}),
]);
