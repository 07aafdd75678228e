import { isAbsolute } from 'node:path';
import { IANAZone } from 'luxon';
import * as z from 'zod';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import { Field, Name } from '../../protocol/readings.ts';
import { type MetadataFile, OwnColumn, RunMetadata } from '../../protocol/run-folder/metadata.ts';
import { issueText } from '../../protocol/run-folder/read-format.ts';
import { given } from '../../protocol/scenario/given.ts';
import { RunOutputs } from '../../protocol/scenario/outputs.ts';

/** What the recorder writes, and where. */
export const RecorderConfig = z.strictObject({
	/** The run folder, absolute; made when it is not there. */
	folder: z.string().refine(isAbsolute, { error: 'the run folder must be an absolute path' }),
	/** The folder of the whole run, a real path: `folder` is it or lies below it. */
	root: z.string().refine(isAbsolute, { error: 'the run folder must be an absolute path' }),
	/** What the lock of the run's folder must say; null: it need not be locked. */
	run: z.string().min(1).nullable(),
	microgrid: z.string().min(1),
	/** Civil time of simulated time 0, in milliseconds since 1970. */
	startEpochMs: z.int(),
	timezone: z.string().refine((zone) => IANAZone.isValidZone(zone), {
		error: 'the time zone must be a name of the IANA database such as "America/Los_Angeles"',
	}),
	/** Text of the column policy_state.mode. */
	mode: z.string().min(1),
	/** Fields of the controller's port `books`. */
	books: z.array(Field).min(1),
	/** Fields of each replica's port `requests`. */
	requests: z.array(Field),
	/** Fields of each replica's port `usage`. */
	usage: z.array(Field),
	/** Ports that become tables of their own, `<name>.csv`, with a row a step; an actor is wired to each. */
	series: z.array(
		z.strictObject({
			name: Name,
			fields: z.array(Field).min(1),
			/** What they are, where protocol/run-folder/ does not describe them: metadata.yaml has it then. */
			columns: z.array(OwnColumn).min(1).optional(),
		}),
	),
	/** Members of the microgrid that consume, as they are called in `books`. */
	loadNames: z.array(Name),
	/** Those that produce, as far as a progress adds them up, and under which key. */
	producers: z.array(z.strictObject({ key: z.string().min(1), names: z.array(Name) })),
	replicas: z.array(Name),
	/** Where requests come from, by their number; left out where there is no way between them and the replicas. */
	network: z.strictObject({ origins: z.array(Name).min(1) }).optional(),
	/** Requests may be sent otherwise than their source has them; the router reports these. */
	changes: z.boolean().optional(),
	/** Becomes metadata.yaml; the keys that the recorder owns are status, end and duration. */
	metadata: z.custom<MetadataFile>((value) => RunMetadata.safeParse(value).success, {
		error: (issue) => {
			const [first] = RunMetadata.safeParse(issue.input, PLAINLY).error?.issues ?? [];
			return first === undefined ? 'no metadata' : issueText(first);
		},
	}),
	untilUs: z.int().nonnegative(),
	/** Files that are written when they are asked for. */
	extras: z
		.strictObject({
			batches: z.boolean(),
			chromeTrace: z.boolean(),
			/** Fields of each replica's port `operations`; null: not written. */
			operations: z.array(Field).nullable(),
			/** Of the requests a row each, or their quantiles alone. */
			requests: given(RunOutputs.shape).requests,
		})
		.optional(),
});
export type RecorderConfig = z.infer<typeof RecorderConfig>;
