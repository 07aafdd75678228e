import * as z from 'zod';
import { Pace } from './pace.ts';
import { Name } from './readings.ts';
import { Words } from './words.ts';

/** What hosts say of how far they are, and the coordinator of the whole run; see messages.ts. */

const SimTimeUs = z.int().nonnegative();
const Count = z.int().nonnegative();

/** Asks a host how far it is. Answered by StatusReport. */
export const Status = z.strictObject({ type: z.literal('status') });
export type Status = z.infer<typeof Status>;

const ActorProgress = z.strictObject({
	name: Name,
	progressUs: SimTimeUs,
	waits: z.array(z.strictObject({ from: Words, actor: Name, knownUntilUs: SimTimeUs })),
});

/** How far each actor of a host is, and which inputs keep it from going on. */
export const StatusReport = z.strictObject({
	type: z.literal('status-report'),
	host: Name,
	/** The request that it carries out; null: none, so that whoever waits for an answer knows that one of the two was lost. */
	carriesOut: z.enum(['wired', 'restore', 'grant', 'stop']).nullable(),
	/** Main memory that the process holds; left out by one that does not know. */
	memoryBytes: Count.exactOptional(),
	actors: z.array(ActorProgress),
	/** What beside the simulation keeps an actor from its work for now, such as a full disk. */
	held: Words.exactOptional(),
});
export type StatusReport = z.infer<typeof StatusReport>;

/** How a run stands. */
export const RunState = z.strictObject({
	type: z.literal('run-state'),
	run: Name,
	phase: z.enum(['gathering', 'wiring', 'running', 'paused', 'stopping', 'ended']),
	/** Simulated seconds per second of real time; null: as fast as possible. */
	pace: Pace.nullable(),
	/** How far it is behind the schedule of that pace, real milliseconds; null: there is none. */
	lagMs: z.number().nonnegative().nullable(),
	attempt: Count,
	/** The window granted last, -1 before the first. */
	window: z.int().min(-1),
	/** Up to where every host has simulated, where the window ends, and the run. */
	completedUs: SimTimeUs,
	windowUntilUs: SimTimeUs,
	untilUs: SimTimeUs,
	/** Where this process went on from, and real time since, in milliseconds. */
	fromUs: SimTimeUs,
	elapsedMs: z.number().nonnegative(),
	/** Times that the run went back, checkpoints that were kept, and where it would go back to. */
	setbacks: Count,
	checkpoints: Count,
	checkpointUs: SimTimeUs,
	/** Messages that were refused, and that came twice. */
	refused: Count,
	duplicates: Count,
	hosts: z.array(
		z.strictObject({
			host: Name,
			/** Awaited: nobody has come; making: its actors; simulating; done: with the window that was granted last. */
			stage: z.enum(['awaited', 'making', 'simulating', 'done']),
			/** Null until one has come. */
			machine: Words.nullable(),
			pid: z.int().nullable(),
			/** Null: it does not answer, or does not know. */
			memoryBytes: Count.nullable(),
			/** What beside the simulation keeps it from its work for now, such as a full disk. */
			held: Words.exactOptional(),
			/** Null: it does not answer. */
			actors: z.array(ActorProgress).nullable(),
			/** Names of its actors. */
			names: z.array(Name),
		}),
	),
});
export type RunState = z.infer<typeof RunState>;
