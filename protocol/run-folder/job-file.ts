import * as z from 'zod';

/** jobs/<hash>.json of studies and repeats: a job that is done, so that it need not be done again. */

/** A program reads its own; what another one did has another hash. */
export const JOB_FORMAT = 1;

const job = {
	format: z.literal(JOB_FORMAT).describe(`version of the file, ${JOB_FORMAT}`),
	hash: z.string().describe('of the program, the kind of job and its `spec`; the name of the file'),
	label: z.string().describe('for people'),
	spec: z.json().describe('what was to be done: of a run its scenario'),
};

export const JobFile = z.union([
	z.strictObject({ ...job, result: z.json().describe('what came of it: of a run its figures') }),
	z.strictObject({ ...job, failure: z.string().describe('or why nothing did, in a line') }),
]);
