import * as z from 'zod';
import { OwnRole } from './ports.ts';
import { Name, PortSpec } from './readings.ts';

/** When and where a run takes place, as its actors are told. */
export const RunFacts = z.strictObject({
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

/** An input of an actor whose process is started elsewhere. */
const ExternalInput = z.strictObject({
	name: Name,
	/** What it reads, such as `solar.power`, for people. */
	from: z.string(),
	fields: PortSpec.shape.fields,
	/** It holds the value of the step before; in the first step that is null where nothing was before. */
	isDelayed: z.boolean(),
	isKnownAtFirst: z.boolean(),
});

/**
 * The configuration of an actor whose process is started elsewhere, in the roster. All its ports are of kind interval: it
 * steps with the microgrid, and puts out one row a step on each output.
 */
export const ExternalConfig = z.strictObject({
	run: RunFacts,
	role: OwnRole,
	inputs: z.array(ExternalInput),
	outputs: z.array(PortSpec),
	/** As the scenario has it. */
	config: z.record(z.string(), z.json()),
});
export type ExternalConfig = z.infer<typeof ExternalConfig>;
