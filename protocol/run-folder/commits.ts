import * as z from 'zod';
import { RequestFates } from './metadata.ts';

/** commits.jsonl: a first line on what the tables are, then a line a window. */

export const COMMITS_FORMAT = 1;

const Length = z.int().nonnegative();

/** What is written at the end from sums. */
const EndFiles = z.object({
	/** Columns of the quantiles; null: each request has a row instead. */
	quantiles: z.array(z.object({ name: z.string(), field: Length })).nullable(),
	/** Names of the operations; null: not written. */
	operations: z.array(z.string()).nullable(),
	replicas: z.array(z.string()),
});
export type EndFiles = z.infer<typeof EndFiles>;

/** The first line: what the tables are. */
export const CommitHeader = z.object({
	/** Of the log; a program refuses a newer one. None: from before there was one. */
	format: z.literal(COMMITS_FORMAT).optional(),
	run: z.string(),
	tables: z.array(
		z.object({
			// No path: a name from a file never leads out of the folder.
			name: z.string().regex(/^(?!\.\.$)[\w.-]+$/),
			/** Bytes before the first row. */
			begin: Length,
			/** Text that closes the file. */
			end: z.string(),
		}),
	),
	/** Null: nothing. */
	endFiles: EndFiles.nullable(),
});
export type CommitHeader = z.infer<typeof CommitHeader>;

/** A line a window: up to when it went, and the bytes of each table by then. */
export const Commit = z.object({
	untilUs: Length,
	bytes: z.array(Length).readonly(),
	/** Where the requests were then; null where nobody reports it. */
	requests: RequestFates.nullable(),
});
export type Commit = z.infer<typeof Commit>;
