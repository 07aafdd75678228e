import * as z from 'zod';
import type { Climate } from './climate.ts';

/** A place of weather-data/locations.json. */
const LocationEntry = z.strictObject({
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
});

/** A place with what the models need to know of it. */
export interface Location extends z.infer<typeof LocationEntry> {
	/** Its months. */
	readonly climate: Climate;
	/** Whether climate and clouds are the place's own, or made from its latitude and the mean of the known places. */
	readonly statistics: 'own' | 'latitude';
	/** What was assumed of it, for whoever trusts a run there. */
	readonly notes: readonly string[];
	/** Whether its grid is only that of the nearest city. */
	readonly isGridNear: boolean;
}

export const LocationsFile = z.strictObject({ locations: z.array(LocationEntry).min(1) });

/** A place and its climate as one. */
export function locationOf(
	entry: z.infer<typeof LocationEntry>,
	statistics: Location['statistics'],
	climate: Climate,
	assumed: Pick<Location, 'notes' | 'isGridNear'> = { notes: [], isGridNear: false },
): Location {
	return { ...entry, climate, statistics, ...assumed };
}
