import * as z from 'zod';

/** What a run is to an actor of the user's. */
export const OwnRun = z.strictObject({
	/** The step of the microgrid. */
	stepUs: z.int().positive(),
	/** The run's start, milliseconds since 1970, UTC. */
	startEpochMs: z.int(),
	untilUs: z.int().nonnegative(),
	/** IANA name. */
	timeZone: z.string().min(1),
	/** Degrees, north + and east +. */
	latitude: z.number().min(-90).max(90),
	longitude: z.number().min(-180).max(180),
	altitudeM: z.number(),
});

/** Configuration of an actor of kind 'own': a module of the user's by its contents, and what it is configured with. */
export const OwnConfig = z.strictObject({
	/** Its file name, for messages. */
	module: z.string().min(1),
	sha256: z.hash('sha256'),
	run: OwnRun,
	/** Read by the module's own schema. */
	config: z.record(z.string(), z.json()),
});
export type OwnConfig = z.infer<typeof OwnConfig>;
