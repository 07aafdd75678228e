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

/** The keys of an entry that its module reads. */
export function ownConfigOf(entry: OwnActor): Record<string, unknown> {
	const { name: _name, module: _module, type: _type, ...config } = entry;
	return config;
}
