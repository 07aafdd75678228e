import * as z from 'zod';
import { Name } from './readings.ts';

/** Messages with which a study lends whole runs to workers, see README.md. */

/** A worker has room for a whole run of somebody's study. */
export const JobsWanted = z.strictObject({
	type: z.literal('jobs-wanted'),
	/** Version and contents of its program: others would give other results. */
	program: z.string(),
	/** Machine and process, for people. */
	worker: z.string(),
});
export type JobsWanted = z.infer<typeof JobsWanted>;

/** The answer of a study that has work. */
export const JobsOffered = z.strictObject({ type: z.literal('jobs-offered'), study: Name });
export type JobsOffered = z.infer<typeof JobsOffered>;

/** Gives the worker one job of the study; refused if somebody else was faster. */
export const JobTake = z.strictObject({ type: z.literal('job-take'), worker: z.string() });
export type JobTake = z.infer<typeof JobTake>;

export const Job = z.strictObject({
	type: z.literal('job'),
	/** Names this loan of the job in all that follows. */
	token: Name,
	kind: Name,
	/** SHA-256 of the job with the contents of its files; the worker's must be the same. */
	hash: z.string(),
	spec: z.json(),
	/** Where its files will be; null if none are wanted. */
	folder: z.string().nullable(),
	command: z.string().nullable(),
	/** How often the study wants to hear of it. */
	wordEveryMs: z.number().positive(),
});
export type Job = z.infer<typeof Job>;

/** The job goes on; a refusal means that it is somebody else's by now. */
export const JobWord = z.strictObject({
	type: z.literal('job-word'),
	token: Name,
	part: z.number(),
});
export type JobWord = z.infer<typeof JobWord>;

/** A part of a file that the job wrote. */
export const JobFile = z.strictObject({
	type: z.literal('job-file'),
	token: Name,
	/** Within the job's folder, with slashes. */
	path: z.string(),
	bytes: z.instanceof(Uint8Array),
});
export type JobFile = z.infer<typeof JobFile>;

/** What the job came to; null: the worker gives it back. */
export const JobEnd = z.strictObject({
	type: z.literal('job-end'),
	token: Name,
	outcome: z
		.union([z.strictObject({ result: z.json() }), z.strictObject({ failure: z.string() })])
		.nullable(),
	/** Why it is given back. */
	reason: z.string(),
	/** Of all its files together. */
	bytes: z.int().nonnegative(),
});
export type JobEnd = z.infer<typeof JobEnd>;
