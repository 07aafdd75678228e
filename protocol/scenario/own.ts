import * as z from 'zod';
import { Name, Unit } from '../readings.ts';

/** What an entry says that is an actor of the user's; all its other keys are for its module. */
export const OwnKeys = {
	name: Name.describe('Name of the actor and of its columns'),
	module: z
		.string()
		.min(1)
		.describe('Module (.js, .mjs) that exports its kind, relative to the scenario file'),
};

/** What an entry says whose process is started elsewhere, in whatever language. */
export const ExternalKeys = {
	name: OwnKeys.name,
	external: Name.describe('Kind by which a process that is started elsewhere takes its place'),
	reads: z
		.record(Name, z.string().regex(/^[^.]+\.[^.]+$/, { error: 'a port is written actor.port' }))
		.default({})
		.describe('What it reads: a name for it, and the port, such as `solar.power`'),
	values: z
		.record(z.string().regex(/^[A-Za-z]\w{0,63}$/), Unit)
		.default({})
		.describe('Numbers that it puts out each step, with their units: a table `<name>-values.csv`'),
	config: z.record(z.string(), z.json()).default({}).describe('Handed to its process as it is'),
};

/** How a store is before its first step, as the controller has to know it. */
const ExternalStore = z.strictObject({
	capacityWh: z.number().positive().describe('By which states of charge are weighed'),
	soc: z.number().min(0).max(1).describe('State of charge'),
	feasibleMinW: z.number().describe('Least power that it can take in its first step, charging +'),
	feasibleMaxW: z.number().describe('The most'),
});
export type ExternalStore = z.infer<typeof ExternalStore>;

/** An actor whose process is started elsewhere ([Python](python.md)). */
const ExternalActor = z.strictObject({
	type: z
		.literal('external')
		.describe('A process that is started elsewhere ([Python](python.md)); the key may be left out'),
	...ExternalKeys,
	store: ExternalStore.nullable()
		.default(null)
		.describe('It is a store that takes part in dispatch, and starts so; null: it is none'),
	observes: z
		.boolean()
		.default(false)
		.describe('It reads, and makes or uses no power; else it is a member of the microgrid'),
});

/** An actor of a kind of the user's own ([own kinds](own-kind.md)). */
const ModuleActor = z.looseObject({
	type: z
		.literal('module')
		.optional()
		.describe('A kind of your own ([own kinds](own-kind.md)); the key may be left out'),
	...OwnKeys,
});

/** Entries say their type by their keys. */
export function withType(entry: unknown): unknown {
	if (typeof entry !== 'object' || entry === null || 'type' in entry) return entry;
	return 'external' in entry ? { type: 'external', ...entry } : entry;
}

/** An actor that Gridbeat does not know: a module of the user's, or a process elsewhere. */
export const OwnActor = z.preprocess(
	withType,
	z.discriminatedUnion('type', [ExternalActor, ModuleActor]),
);
export type OwnActor = z.infer<typeof OwnActor>;

/** A module of the user's in the place of something of ours, whose name it has; all other keys are for the module. */
export const OwnPart = z.looseObject({ module: OwnKeys.module });
export type OwnPart = z.infer<typeof OwnPart>;

/** A signal of the grid by a module of the user's. */
export const OwnSignal = OwnPart.extend({
	source: z.literal('module').describe('A signal of your own ([own kinds](own-kind.md))'),
});

/** Keys of an entry that are not its module's. */
const OURS = ['name', 'module', 'type', 'source'];

/**
 * The keys of an entry that its module reads.
 *
 * @param others that are not its module's either
 */
export function ownConfigOf(entry: object, ...others: readonly string[]): Record<string, unknown> {
	const config = Object.entries(entry).filter(([key]) => ![...OURS, ...others].includes(key));
	return Object.fromEntries(config);
}
