import * as z from 'zod';
import { Name } from './readings.ts';
import { Words } from './words.ts';

/** Messages with which a study lends whole runs to workers, see README.md. */

/** An identity or a place: compared or kept, never long. */
const Word = z.string().max(4_000);

/** Names a loan, and cannot be guessed. */
const Token = Name;

/**
 * Made by the worker for as long as it lives, and said with every word of a job that it took: whoever knows the token
 * alone is not the worker.
 */
const Secret = z.string().regex(/^[0-9a-f]{64}$/, { error: 'must be 32 bytes in hexadecimal' });

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'must be a SHA-256 in hexadecimal' });

/** A worker has room for a whole run of somebody's study. */
export const JobsWanted = z.strictObject({
	type: z.literal('jobs-wanted'),
	/** Version and contents of its program: others would give other results. */
	program: Words,
	/** Machine and process, for people. */
	worker: Words,
});
export type JobsWanted = z.infer<typeof JobsWanted>;

/** The answer of a study that has work. */
export const JobsOffered = z.strictObject({ type: z.literal('jobs-offered'), study: Name });
export type JobsOffered = z.infer<typeof JobsOffered>;

/** Gives the worker one job of the study; refused if somebody else was faster. */
export const JobTake = z.strictObject({
	type: z.literal('job-take'),
	worker: Words,
	secret: Secret,
});
export type JobTake = z.infer<typeof JobTake>;

export const Job = z.strictObject({
	type: z.literal('job'),
	/** Names this loan of the job in all that follows. */
	token: Token,
	kind: Name,
	/** SHA-256 of the job with the contents of its files; the worker's must be the same. */
	hash: Word,
	spec: z.json(),
	/** Where its files will be, for what they say of it; null if none are wanted. The worker writes to a folder of its own. */
	folder: Word.nullable(),
	command: z.string().max(65_536).nullable(),
	/** How often the study wants to hear of it. */
	wordEveryMs: z.number().min(1).max(600_000),
});
export type Job = z.infer<typeof Job>;

/** The job goes on; a refusal means that it is somebody else's by now. */
export const JobWord = z.strictObject({
	type: z.literal('job-word'),
	token: Token,
	secret: Secret,
	part: z.number().min(0).max(1),
});
export type JobWord = z.infer<typeof JobWord>;

/** The next part of a file that the job wrote. */
export const JobFile = z.strictObject({
	type: z.literal('job-file'),
	token: Token,
	secret: Secret,
	/** Within the job's folder, with slashes. */
	path: Word,
	/** Where in the file the part begins: where the one before ended. */
	at: z.int().nonnegative(),
	bytes: z.instanceof(Uint8Array),
});
export type JobFile = z.infer<typeof JobFile>;

/** What the job came to; null: the worker gives it back. */
export const JobEnd = z.strictObject({
	type: z.literal('job-end'),
	token: Token,
	secret: Secret,
	/** That of the job. */
	hash: Word,
	outcome: z
		.union([z.strictObject({ result: z.json() }), z.strictObject({ failure: Words })])
		.nullable(),
	/** Why it is given back. */
	reason: Words,
	/** Of all its files together. */
	bytes: z.int().nonnegative(),
	/** Of each file's path and a line break, then its contents, in the order in which they were sent. */
	sha256: Sha256,
});
export type JobEnd = z.infer<typeof JobEnd>;
