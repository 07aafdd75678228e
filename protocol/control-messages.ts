import * as z from 'zod';
import { Command, CommandBy } from './commands.ts';
import { Pace } from './pace.ts';
import { Name } from './readings.ts';

/** What users, programs and hosts want of a run while it goes on; see messages.ts. */

/** What a person or a program may ask of a run while it goes on. Answered by Ok, RunState or Refused. */
export const Control = z.discriminatedUnion('command', [
	z.strictObject({ type: z.literal('control'), command: z.literal('pause') }),
	z.strictObject({ type: z.literal('control'), command: z.literal('resume') }),
	z.strictObject({ type: z.literal('control'), command: z.literal('stop') }),
	/** How does it stand? Answered by RunState. */
	z.strictObject({ type: z.literal('control'), command: z.literal('status') }),
	/** Simulated seconds per second of real time; null: as fast as possible. */
	z.strictObject({
		type: z.literal('control'),
		command: z.literal('pace'),
		factor: Pace.nullable(),
	}),
	/** So many more steps of the microgrid, and then it pauses. */
	z.strictObject({
		type: z.literal('control'),
		command: z.literal('step'),
		count: z.int().positive(),
	}),
	/** This shall act from the next window on. */
	z.strictObject({
		...{ type: z.literal('control'), command: z.literal('act') },
		...{ what: Command, by: CommandBy },
	}),
]);
export type Control = z.infer<typeof Control>;

/**
 * Somebody beside an actor, in its process, wants a command to act, such as what a feed gave. Nobody answers: it is logged and
 * comes to all with a grant, or it is lost and what comes next is proposed again.
 */
export const Proposal = z.strictObject({
	type: z.literal('proposal'),
	host: Name,
	/** Of its welcome. */
	seat: z.int().nonnegative(),
	/** Whose it is; a signal is for the actor itself. */
	actor: Name,
	command: Command,
});
export type Proposal = z.infer<typeof Proposal>;
