import * as z from 'zod';
import { RosterEntry } from '../messages.ts';
import { OwnModule } from '../own-module.ts';
import { Name, Wire } from '../readings.ts';
import { Arrangement } from '../scenario/parts.ts';

/**
 * What a run that has not reached its end leaves so that it can go on: `resume.json` with all that it is, and
 * `checkpoint.bin` with what its actors were before a window: a line of JSON, then the objects, one after the other.
 */

export const RESUME_FILE = 'resume.json';
export const CHECKPOINT_FILE = 'checkpoint.bin';
/** The same as `resume.json`, of a run that has reached its end and heard something from outside: by it, it is repeated. */
export const REPLAY_FILE = 'replay.json';

export const RESUME_FORMAT = 1;
export const CHECKPOINT_FORMAT = 1;

const Count = z.int().nonnegative();

/** Only the very program goes on with a run: another would give other results. */
export const ResumeHeader = z.looseObject({
	run: Name,
	/** Version and contents of the program. */
	program: z.string(),
});

export const ResumeFile = ResumeHeader.extend({
	format: z.literal(RESUME_FORMAT),
	/** Where the run folder was: its recorders write there. */
	folder: z.string(),
	roster: z.array(RosterEntry),
	wires: z.array(Wire),
	/** Hosts that people start by themselves. */
	external: z.array(Name),
	/** What workers must be to take those, and how many each takes. */
	placing: z.strictObject({
		needs: z.record(z.string(), z.record(z.string(), z.string())),
		arrange: Arrangement,
		foreign: z.array(Name),
	}),
	modules: z.array(OwnModule),
	sources: z.array(z.string()),
	/** Resolved, as metadata.yaml has it. */
	scenario: z.record(z.string(), z.unknown()),
	/** Place and times in the units of the actors. */
	frame: z.record(z.string(), z.unknown()),
	/** Of several sites: what is known of each; null: one. */
	sites: z
		.array(
			z.strictObject({
				folder: z.string(),
				scenario: z.record(z.string(), z.unknown()),
				frame: z.record(z.string(), z.unknown()),
				metadata: z.record(z.string(), z.unknown()),
			}),
		)
		.nullable(),
});
export type ResumeFile = z.infer<typeof ResumeFile>;

/** The first line of checkpoint.bin. */
export const CheckpointHeader = ResumeHeader.extend({
	format: z.literal(CHECKPOINT_FORMAT),
	attempt: Count,
	/** The window that comes next, and where it begins. */
	window: Count,
	fromUs: Count,
	objects: z.array(
		z.strictObject({
			name: z.string().min(1),
			actors: z.array(Name),
			bytes: Count,
			sha256: z.string(),
		}),
	),
});
export type CheckpointHeader = z.infer<typeof CheckpointHeader>;
