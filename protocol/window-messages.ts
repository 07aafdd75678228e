import * as z from 'zod';
import { Command } from './commands.ts';
import { Name } from './readings.ts';
import { Label, Words } from './words.ts';

/** What coordinator and hosts say to each other of windows; see messages.ts. */

const SimTimeUs = z.int().nonnegative();

/** Messages that a process has refused since the run began: those not of this run, and those that came twice. */
export const RefusalTally = z.strictObject({
	count: z.int().nonnegative(),
	duplicates: z.int().nonnegative(),
	/** The first of each sort, in words. */
	named: z.array(Words).max(16),
});
export type RefusalTally = z.infer<typeof RefusalTally>;

/** How often the very request was made before; left out: never. By it a request that was made anew is told from a copy. */
export const Again = z.int().positive().exactOptional();

/** Commands of one window. */
export const COMMANDS_MAX = 64;

/** Permission to simulate [fromUs, untilUs). Answered by Done or Failed. */
export const Grant = z.strictObject({
	type: z.literal('grant'),
	attempt: z.int().nonnegative(),
	window: z.int().nonnegative(),
	fromUs: SimTimeUs,
	untilUs: SimTimeUs,
	/** Keep what the host is before this window, so that the run can go on from there. */
	keep: z.boolean(),
	/** What acts from the start of the window on, in this order; left out: nothing. */
	commands: z.array(Command).max(COMMANDS_MAX).exactOptional(),
	again: Again,
});
export type Grant = z.infer<typeof Grant>;

/** What a host has put into the store of the run. */
export const Kept = z.strictObject({
	/** Before this window, under the attempt of the message. */
	window: z.int().nonnegative(),
	bytes: z.int().nonnegative(),
	/** Of the bytes, in hexadecimal; null where they could not be taken. */
	sha256: z.hash('sha256').nullable(),
	/** Milliseconds that the actors stood still for it. */
	tookMs: z.number().nonnegative(),
	/** Why it could not be kept, or null. */
	failure: Words.nullable(),
});
export type Kept = z.infer<typeof Kept>;

/**
 * Go back to where window `window` begins, under another attempt, with the actors as they were kept. The host forgets
 * what it is doing; what others still say under an older attempt is refused. Answered by Ok or Failed.
 */
export const Restore = z.strictObject({
	type: z.literal('restore'),
	attempt: z.int().nonnegative(),
	window: z.int().nonnegative(),
	fromUs: SimTimeUs,
	/** Objects in the store that together have every actor of the host; none: its actors begin anew. */
	objects: z
		.array(z.strictObject({ name: Label, /** What it must have. */ sha256: z.hash('sha256') }))
		.max(10_000),
	again: Again,
});
export type Restore = z.infer<typeof Restore>;

/** Every actor of the host has executed every step of the window, and all that others say of the window has come. */
export const Done = z.strictObject({
	type: z.literal('done'),
	host: Name,
	attempt: z.int().nonnegative(),
	window: z.int().nonnegative(),
	/** Steps executed in the window. */
	steps: z.int().nonnegative(),
	/** What was kept last under this attempt; null: nothing yet. */
	kept: Kept.nullable(),
	refusals: RefusalTally,
});
export type Done = z.infer<typeof Done>;

/** An actor cannot go on. */
export const Failed = z.strictObject({
	type: z.literal('failed'),
	host: Name,
	/** Of a host that could not make its actors: that of its welcome. Left out in answers, which are asked of one seat. */
	seat: z.int().nonnegative().optional(),
	actor: Name.nullable(),
	timeUs: SimTimeUs.nullable(),
	/**
	 * configuration: the user has to change something; simulation: the same would happen again; world: something beside
	 * the simulation went wrong, such as a message that was lost, and another try may do; checkpoint: what was kept is gone or
	 * is not what was kept, and an older checkpoint may do.
	 */
	cause: z.enum(['configuration', 'simulation', 'world', 'checkpoint']),
	message: Words,
});
export type Failed = z.infer<typeof Failed>;
