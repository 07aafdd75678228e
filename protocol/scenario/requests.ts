import * as z from 'zod';
import { Clients, checkClients } from './clients.ts';
import { Duration } from './duration.ts';
import { GeoKeys } from './geo.ts';
import { Lengths } from './lengths.ts';
import { RouterPolicy } from './parts.ts';
import { ArrivalFile } from './request-files.ts';
import { checkSessions, Sessions } from './sessions.ts';
import { checkUsers, UserKeys } from './users.ts';

export const Intervals = z.discriminatedUnion('type', [
	z.strictObject({ type: z.literal('poisson').describe('Independent arrivals') }),
	z.strictObject({
		type: z.literal('gamma').describe('Arrivals that cluster (cv above 1) or keep apart (below 1)'),
		cv: z.number().positive().default(0.5).describe('Coefficient of variation of the gaps'),
	}),
	z.strictObject({
		type: z.literal('static').describe('Equal gaps'),
		gapS: z
			.number()
			.nonnegative()
			.nullable()
			.default(null)
			.describe('Gap, s; 0: all at once; null: 1/qps'),
	}),
	z.strictObject({
		type: z.literal('trace').describe('Arrivals from a file, lengths drawn'),
		...ArrivalFile,
		column: z
			.string()
			.nullable()
			.default(null)
			.describe(
				'CSV column of the arrivals; null: arrived_at, TIMESTAMP, arrival_time or timestamp',
			),
	}),
]);

/** On the rate of requests. */
export const Factor = z.number().nonnegative();
export const HourFactors = z
	.array(Factor)
	.length(24, { error: 'must have 24 factors, one for each hour of the day' });

const Diurnal = z.strictObject({
	weekday: HourFactors.describe('Factor of each local hour from 00:00 on, Monday to Friday'),
	weekend: HourFactors.nullable()
		.default(null)
		.describe('The same on other days; null: as weekday'),
});

export const MarkovBursts = z.strictObject({
	type: z.literal('markov').describe('Calm and burst take turns, of random length'),
	burstFactor: Factor.describe('Factor on the rate in a burst'),
	calmFactor: Factor.default(1).describe('Factor on the rate between bursts'),
	meanBurst: Duration.describe('Mean length of a burst'),
	meanCalm: Duration.describe('Mean time between bursts'),
});

const Bursts = z.discriminatedUnion('type', [
	MarkovBursts,
	z.strictObject({
		type: z.literal('scheduled').describe('At given times since the start of the run'),
		bursts: z
			.array(
				z.strictObject({
					from: Duration.describe('Time since the start of the run'),
					length: Duration.describe('How long it lasts'),
					factor: Factor.describe('Factor on the rate'),
				}),
			)
			.min(1)
			.describe('Where several overlap, their factors multiply'),
	}),
]);

const Rate = z.strictObject({
	diurnal: Diurnal.nullable().default(null).describe('By hour of local time; null: none'),
	weekly: z
		.array(Factor)
		.length(7, { error: 'must have 7 factors, Monday first' })
		.nullable()
		.default(null)
		.describe('Factor of each day, Monday first; null: none'),
	bursts: Bursts.nullable().default(null).describe('Times of more or fewer requests; null: none'),
});

export const Prefixes = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('groups').describe('Prompts of a group begin with the same system prompt'),
		groups: z.int().positive().default(10).describe('Number of system prompts'),
		tokens: z
			.int()
			.positive()
			.default(512)
			.describe('Tokens of each; of a shorter prompt all are its group’s'),
		theta: z
			.number()
			.nonnegative()
			.default(1)
			.describe('The k-th group has requests by k^-theta; 0: all alike'),
	}),
	z.strictObject({
		type: z
			.literal('sessions')
			.describe('Prompts go on where earlier turns ended, answers included'),
		sessions: z.int().positive().default(100).describe('Sessions open at once'),
		meanTurns: z.number().min(1).default(5).describe('Mean number of turns'),
	}),
]);

/** What becomes of requests over the limit, and of rows of files that have no tokens. */
export const Overlong = z.enum(['refuse', 'cut', 'drop']);
export type Overlong = z.infer<typeof Overlong>;
export const ZeroTokens = z.enum(['refuse', 'one', 'drop']);
export type ZeroTokens = z.infer<typeof ZeroTokens>;

/** Where requests come from: made here, asked for by whoever is outside of a run that is served, or both. */
export const RequestSource = z.enum(['generated', 'live', 'both']);
export type RequestSource = z.infer<typeof RequestSource>;

/** A seed of both Python's `random` and numpy's `RandomState`, which takes 32 bits. */
export const VidurSeed = z
	.int()
	.min(0)
	.max(2 ** 32 - 1);

/** The `requests` section of a scenario: when requests arrive, and how long they are. */
export const Requests = z
	.strictObject({
		qps: z
			.union([z.number().positive(), z.literal('inf')])
			.default(1)
			.describe('Mean request rate where no factor changes it, 1/s; inf: all at once'),
		...UserKeys,
		source: RequestSource.default('generated').describe(
			'Whether requests are made by the keys below, come from outside (docs/openai.md), or both',
		),
		maxOutstanding: z
			.int()
			.positive()
			.nullable()
			.default(null)
			.describe('Most requests from outside under way at a time, others get 429; null: no limit'),
		policy: RouterPolicy.default('round_robin').describe('How the router chooses a replica'),
		intervals: Intervals.default({ type: 'poisson' }).describe('Gaps between arrivals'),
		lengths: Lengths.default({ type: 'trace', table: 'azure-conversation' }).describe(
			'Prompt and output lengths of the requests',
		),
		rate: Rate.nullable()
			.default(null)
			.describe('Factors on qps that change with time; null: constant'),
		prefixes: Prefixes.nullable()
			.default(null)
			.describe('What prompts have in common; null: nothing, or what a Mooncake trace says'),
		sessions: Sessions.nullable()
			.default(null)
			.describe(
				'Requests are turns of conversations or calls of agents, each sent when the one before is answered; null: each stands alone',
			),
		clients: Clients.nullable()
			.default(null)
			.describe(
				'Those who send, each at a rate, in gaps and with lengths of its own; null: all requests are alike',
			),
		maxRequests: z
			.int()
			.nonnegative()
			.nullable()
			.default(null)
			.describe('No more requests than this'),
		overlong: Overlong.nullable()
			.default(null)
			.describe(
				'What becomes of requests over serving.maxTokens; null: those drawn from the table that ships with Gridbeat are cut, all others refused before the run',
			),
		zeroTokens: ZeroTokens.default('refuse').describe(
			'What becomes of rows of files whose prompt or answer has 0 tokens; one: they count as 1',
		),
		compatibility: z
			.literal('vidur')
			.nullable()
			.default(null)
			.describe('vidur: draw the very requests that Vidur draws'),
		vidurSeed: VidurSeed.default(42).describe(
			'Seed of requests drawn as Vidur does; otherwise the seed of the run counts',
		),
		...GeoKeys,
	})
	.superRefine(checkRequests);

/** What no single key can say: generators that do not go together. */
function checkRequests(
	requests: {
		qps: number | string;
		concurrency: number | null;
		thinkS: number;
		rampS: number;
		source: string;
		maxRequests: number | null;
		intervals: { type: string };
		lengths: { type: string; minTokens?: number; maxTokens?: number };
		rate: unknown;
		prefixes: unknown;
		sessions: Sessions | null;
		clients: Clients | null;
		compatibility: string | null;
	},
	context: z.core.$RefinementCtx,
): void {
	const { intervals, lengths, rate, compatibility } = requests;
	const refuse = (path: string[], message: string) =>
		context.addIssue({ code: 'custom', path, message });
	if ((lengths.minTokens ?? 0) > (lengths.maxTokens ?? 0))
		refuse(['lengths', 'minTokens'], `must not exceed maxTokens, ${lengths.maxTokens}`);
	if (lengths.type === 'trace-file' && intervals.type === 'trace')
		refuse(['intervals', 'type'], 'lengths of type trace-file bring arrivals; use length-file');
	const isReplay = lengths.type === 'trace-file' || intervals.type === 'trace';
	checkUsers(requests, isReplay, refuse);
	checkSessions(requests, isReplay, refuse);
	checkClients(requests, isReplay, refuse);
	if (requests.qps === 'inf' && requests.maxRequests === null)
		refuse(['qps'], 'all at once needs a number of them: give requests.maxRequests');
	if (requests.qps === 'inf' && (isReplay || intervals.type !== 'poisson' || rate !== null))
		refuse(['qps'], 'all requests are at once: drop intervals, rate or the file of arrivals');
	if (rate !== null && isReplay)
		refuse(['rate'], 'a file gives the arrivals, so there is no rate to change; drop one of them');
	// A replayed trace is Vidur's own as it stands.
	if (compatibility === null || lengths.type === 'trace-file') return;
	if (rate !== null)
		refuse(['rate'], 'Vidur has no changing rate; drop it or the compatibility with Vidur');
	if (lengths.type === 'trace' || lengths.type === 'distributions')
		refuse(['lengths', 'type'], 'Vidur has no such table; use length-file, fixed, uniform or zipf');
	if (intervals.type === 'trace')
		refuse(['intervals', 'type'], 'not with compatibility; use poisson, gamma or static');
}
