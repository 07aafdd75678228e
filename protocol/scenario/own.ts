import * as z from 'zod';
import { Name } from '../readings.ts';

/** What an entry says that is an actor of the user's; all its other keys are for its module. */
export const OwnKeys = {
	name: Name.describe('Name of the actor and of its columns'),
	module: z
		.string()
		.min(1)
		.describe('Module (.js, .mjs) that exports its kind, relative to the scenario file'),
};

/** An actor of a kind of the user's own ([own kinds](own-kind.md)). */
export const OwnActor = z.looseObject(OwnKeys);
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
export function ownConfigOf(entry: OwnPart, ...others: readonly string[]): Record<string, unknown> {
	const config = Object.entries(entry).filter(([key]) => ![...OURS, ...others].includes(key));
	return Object.fromEntries(config);
}
