import * as z from 'zod';
import { Pace } from '../../protocol/pace.ts';
import { Name } from '../../protocol/readings.ts';
import { RunStatus } from '../../protocol/run-folder/metadata.ts';
import { RunState } from '../../protocol/status-messages.ts';
import { Snapshot } from './snapshot.ts';

/** What requests and answers of the API hold. */

const SimTimeUs = z.int().nonnegative();

/** Words of others, without line breaks and other characters that nobody sees. */
export const Visible = z
	.string()
	.min(1)
	.max(200)
	.regex(/^[ -~\u00a0-\uffff]*$/);
const VisibleList = z
	.string()
	.max(10_000)
	.regex(/^[ -~\u00a0-\uffff]*$/);

/** The name of its folder. No path: it has no slash, and begins with no dot. */
const RunId = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/);

export const RunParams = z.strictObject({ id: RunId.describe('id of a run') });

export const SiteParams = RunParams.extend({ site: Visible });

export const Listing = z.strictObject({
	id: z.string(),
	status: z.enum([...RunStatus.options, 'starting']),
	isLive: z.boolean().describe('whether it goes on and can be controlled from here'),
	name: z.string().describe('name of its scenario'),
	location: z.string().nullable(),
	startedAt: z.string().nullable().describe('real time, ISO 8601'),
	endedAt: z.string().nullable(),
	simStart: z.string().nullable().describe('civil time of the first step, ISO 8601'),
	timezone: z.string().nullable(),
	stepUs: SimTimeUs.nullable(),
	simulatedUs: SimTimeUs.nullable().describe('up to where it is simulated'),
	untilUs: SimTimeUs.nullable().describe('where it ends'),
	reason: z.string().nullable().describe('why it did not complete'),
});

export const Start = z.strictObject({
	scenario: z
		.union([z.string().max(1_000_000), z.record(z.string(), z.unknown())])
		.describe('YAML text, or an object with the keys of a scenario (docs/scenario.md)'),
	options: z
		.strictObject({
			id: Name.optional().describe('id of the run; default: name and time'),
			speed: Pace.nullable()
				.optional()
				.describe('simulated seconds per real second; null: as fast as possible'),
		})
		.optional(),
});

export const Speed = z.strictObject({
	factor: Pace.nullable().describe('simulated seconds per real second; null: as fast as possible'),
});

export const Step = z.strictObject({ count: z.int().min(1).max(1_000_000).default(1) });

/** What a control call answers. */
export const Done = z.strictObject({ status: z.literal('ok') });
/** It is under way. */
export const Accepted = z.strictObject({ status: z.literal('accepted') });

export const StateOfRun = z.strictObject({
	run: Listing,
	state: RunState.omit({ type: true })
		.loose()
		.nullable()
		.describe('as `gridbeat status --json`; null: the run does not go on here'),
	snapshot: Snapshot.nullable().describe('values of its last step; null: there is none'),
});

const Actor = z.strictObject({
	name: z.string(),
	kind: z.string(),
	about: z.record(z.string(), z.unknown()),
});

export const Site = z.strictObject({
	name: z.string(),
	location: z.string().nullable(),
	latitude: z.number().nullable(),
	longitude: z.number().nullable(),
	actors: z.array(Actor),
});
export const Actors = z.array(Actor);

/** Most points of a history. */
const POINTS_MAX = 20_000;
const POINTS = 1_000;

const SimTimeText = z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

export const HistoryParts = z.strictObject({
	site: Visible.optional().describe('default: the first'),
	table: z
		.string()
		.regex(/^[a-z][a-z0-9_-]{0,80}$/)
		.default('timeseries')
		.describe('file without ending, such as usage or weather'),
	of: Visible.optional().describe(
		'the replica or site whose rows are wanted, where the table has those of several',
	),
	sum: z
		.enum(['true', 'false'])
		.default('false')
		.describe('adds up the rows of all replicas or sites, of columns that count or sum something'),
	columns: VisibleList.optional().describe('names with commas; default: all of numbers'),
	from: SimTimeText.default(0).describe('simulated microseconds from the start'),
	to: SimTimeText.optional().describe('before this; default: to the end'),
	points: z.coerce
		.number()
		.int()
		.min(2)
		.max(POINTS_MAX)
		.default(POINTS)
		.describe('rows at most; of more, the least and the greatest of each stretch'),
});

export const LatencyParts = HistoryParts.pick({ site: true, from: true, to: true }).extend({
	points: z.coerce.number().int().min(2).max(2_000).default(200).describe('stretches at most'),
});

const Seconds = z.array(z.number());
export const LatencyAnswer = z.strictObject({
	site: z.string(),
	timeUs: z.array(z.number()).describe('end of each stretch that has requests'),
	requests: z.array(z.int()).describe('that were completed in it'),
	ttftP50S: Seconds.describe('to the first token, half of them'),
	ttftP99S: Seconds,
	e2eP50S: Seconds.describe('to the last token, half of them'),
	e2eP99S: Seconds,
});

export const HistoryAnswer = z.strictObject({
	site: z.string(),
	table: z.string(),
	rows: z.int().nonnegative().describe('that there are between the two times'),
	perBucket: z.int().positive().describe('rows of one stretch; 1: nothing was thinned'),
	timeUs: z.array(z.number()).describe('simulated time of each row'),
	columns: z.record(z.string(), z.array(z.number().nullable())),
	units: z.record(z.string(), z.string()),
});

export const Compare = z.strictObject({
	runs: VisibleList.describe('ids with commas, two or more'),
});
