import * as z from 'zod';
import { Name } from './readings.ts';
import { Words } from './words.ts';

/** What a study and the workers that do its jobs put into its queue and its store, and say beside them; see README.md. */

/** An identity or a place: compared or kept, never long. */
const Word = z.string().max(4_000);

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'must be a SHA-256 in hexadecimal' });

/** More than the largest run folder has: a year of 1,000 replicas with all that can be recorded. */
export const JOB_BYTES_MAX = 64 * 2 ** 30;
const JOB_FILES_MAX = 100_000;

/** A worker has room for whole runs; nobody answers. */
export const JobsWanted = z.strictObject({
	type: z.literal('jobs-wanted'),
	/** Version and contents of its program: others would give other results. */
	program: Words,
	/** Machine and process, for people. */
	worker: Words,
});
export type JobsWanted = z.infer<typeof JobsWanted>;

/** A job as it lies in the queue of its study. */
export const Job = z.strictObject({
	type: z.literal('job'),
	/** Version and contents of the study’s program: a worker of another one gives it back. */
	program: Word,
	kind: Name,
	/** SHA-256 of the job with the contents of its files; the worker's must be the same. */
	hash: Word,
	spec: z.json(),
	/** Where its files will be, for what they say of it; null if none are wanted. The worker writes to a folder of its own. */
	folder: Word.nullable(),
	command: z.string().max(65_536).nullable(),
	/** A worker that is given it after so many others says so, and does not do it. */
	tries: z.int().min(1).max(1_000),
});
export type Job = z.infer<typeof Job>;

/** The job goes on. */
export const JobWord = z.strictObject({
	type: z.literal('job-word'),
	/** Its name in the queue. */
	job: Name,
	worker: Words,
	part: z.number().min(0).max(1),
	/** How many times it has been given out. */
	count: z.int().min(1),
});
export type JobWord = z.infer<typeof JobWord>;

/** The worker has put what a job came to into the store, or gives the job back. */
export const JobOver = z.strictObject({
	type: z.literal('job-over'),
	job: Name,
	worker: Words,
	/** Why it is given back; null: it is done. */
	reason: Words.nullable(),
});
export type JobOver = z.infer<typeof JobOver>;

/** What a job came to, as it lies in the store. */
export const JobResult = z.strictObject({
	type: z.literal('job-result'),
	job: Name,
	/** That of the job. */
	hash: Word,
	worker: Words,
	/** Null: it was given to as many workers as it may, and none did it. */
	outcome: z
		.union([z.strictObject({ result: z.json() }), z.strictObject({ failure: Words })])
		.nullable(),
	/** Its files, one after the other, lie in the store as `<parts>.<i>`, cut into so many of at most `PART_BYTES`. */
	parts: Name,
	files: z
		.array(
			z.strictObject({
				/** Within the job's folder, with slashes. */
				path: Word,
				bytes: z.int().nonnegative().max(JOB_BYTES_MAX),
			}),
		)
		.max(JOB_FILES_MAX),
	/** Of each file's path and a line break, then its contents, in this order. */
	sha256: Sha256,
});
export type JobResult = z.infer<typeof JobResult>;

/** Each part of the files of a job but the last has so many bytes: what is in memory at a time, on both sides. */
export const PART_BYTES = 4 * 2 ** 20;
