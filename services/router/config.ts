import * as z from 'zod';
import { Name } from '../../protocol/readings.ts';
import { ReplicaCounts } from '../../protocol/scaling.ts';
import { Client } from '../../protocol/scenario/clients.ts';
import { given, givenMembers } from '../../protocol/scenario/given.ts';
import { Lengths as ScenarioLengths } from '../../protocol/scenario/lengths.ts';
import { RouterPolicy } from '../../protocol/scenario/parts.ts';
import {
	Factor,
	HourFactors,
	MarkovBursts,
	Overlong,
	Intervals as ScenarioIntervals,
	VidurSeed,
	ZeroTokens,
} from '../../protocol/scenario/requests.ts';
import { Sessions } from '../../protocol/scenario/sessions.ts';
import { UserKeys } from '../../protocol/scenario/users.ts';
import { GeoConfig } from './geo-config.ts';
import { Prefixes } from './prefixes.ts';

const [trace, fixed, uniform, zipf, distributions, lengthFile, traceFile] = givenMembers(
	ScenarioLengths.options,
);
const isOrdered = (lengths: { minTokens: number; maxTokens: number }): boolean =>
	lengths.minTokens <= lengths.maxTokens;
const UNORDERED = { path: ['minTokens'], error: 'minTokens must not exceed maxTokens' };

/** Prompt and output lengths of an empirical table shipped with the project. */
export const TraceLengths = trace;
export type TraceLengths = z.infer<typeof TraceLengths>;

/** Every request alike. */
export const FixedLengths = fixed;
export type FixedLengths = z.infer<typeof FixedLengths>;

/** Total length uniform in [minTokens, maxTokens], split in a fixed proportion. */
export const UniformLengths = uniform.refine(isOrdered, UNORDERED);
export type UniformLengths = z.infer<typeof UniformLengths>;

/** Total length minTokens + k - 1 with a chance in proportion to k^-theta, split in a fixed proportion. */
export const ZipfLengths = zipf.refine(isOrdered, UNORDERED);
export type ZipfLengths = z.infer<typeof ZipfLengths>;

/** Lengths drawn from the rows of a file, each row as likely as any other; `path` is absolute. */
export const LengthFile = lengthFile;
export type LengthFile = z.infer<typeof LengthFile>;

/** Arrivals and lengths replayed from a file; `path` is absolute. */
export const TraceFile = traceFile;
export type TraceFile = z.infer<typeof TraceFile>;

export const Lengths = z.discriminatedUnion('type', [
	TraceLengths,
	FixedLengths,
	UniformLengths,
	ZipfLengths,
	distributions,
	LengthFile,
	TraceFile,
]);
export type Lengths = z.infer<typeof Lengths>;

/** The gaps between arrivals, of mean 1/qps unless they say otherwise; paths are absolute. */
export const Intervals = z.discriminatedUnion('type', givenMembers(ScenarioIntervals.options));
export type Intervals = z.infer<typeof Intervals>;

/** The same without files. */
const DrawnLengths = z.discriminatedUnion('type', [
	TraceLengths,
	FixedLengths,
	UniformLengths,
	ZipfLengths,
	distributions,
]);

const client = given(Client.shape);

/** Those who send requests, each by itself; `path` is absolute. */
const Clients = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('list'),
		clients: z
			.array(
				z.strictObject({
					count: client.count,
					weight: client.weight,
					gaps: client.gaps,
					cv: client.cv,
					/** For how long each factor counts. */
					everyUs: z.int().positive(),
					factors: client.factors,
					/** null: as all requests. */
					lengths: DrawnLengths.nullable(),
				}),
			)
			.min(1),
	}),
	/** A folder as ServeGen publishes it. */
	z.strictObject({
		type: z.literal('servegen'),
		path: z.string().min(1),
		/** Time of the pool that is the start of the run. */
		fromUs: z.int().nonnegative(),
		most: z.int().positive().nullable(),
	}),
]);

const users = given(UserKeys);
const markov = given(MarkovBursts.shape);

/** Times of a higher or lower rate. */
export const Bursts = z.discriminatedUnion('type', [
	/** Calm and burst take turns, each of exponential length with the given mean. Begins calm. */
	z.strictObject({
		type: markov.type,
		burstFactor: markov.burstFactor,
		calmFactor: markov.calmFactor,
		meanBurstUs: z.int().positive(),
		meanCalmUs: z.int().positive(),
	}),
	/** At given times since the start; where several overlap their factors multiply. */
	z.strictObject({
		type: z.literal('scheduled'),
		bursts: z
			.array(
				z.strictObject({
					fromUs: z.int().nonnegative(),
					untilUs: z.int().positive(),
					factor: Factor,
				}),
			)
			.min(1),
	}),
]);
export type Bursts = z.infer<typeof Bursts>;

/** How the rate changes with time: the product of all factors times qps. */
export const Rate = z.strictObject({
	startEpochMs: z.int(),
	timezone: z.string().min(1),
	/** By hour of local time; null: 1 throughout. */
	diurnal: z.strictObject({ weekday: HourFactors, weekend: HourFactors }).nullable(),
	/** By day of the local week, Monday first; null: 1 throughout. */
	weekly: z.array(Factor).length(7).nullable(),
	bursts: Bursts.nullable(),
});
export type Rate = z.infer<typeof Rate>;

/** Draw the very requests of Vidur, whose generators begin with `seed`. */
export const Compatibility = z.strictObject({
	type: z.literal('vidur'),
	seed: VidurSeed,
});
export type Compatibility = z.infer<typeof Compatibility>;

/** What a router does, completely. */
export const RouterConfig = z
	.strictObject({
		/** Mean arrivals per second where the rate's factor is 1; null when a file gives the arrivals. */
		qps: z.number().positive().nullable(),
		intervals: Intervals,
		/** null: constant. */
		rate: Rate.nullable(),
		/** No request arrives at or after this time; null: no such limit. */
		untilUs: z.int().nonnegative().nullable(),
		maxRequests: z.int().nonnegative().nullable(),
		lengths: Lengths,
		/** Longest prompt and output together. */
		maxTokens: z.int().min(2),
		/** Of longer requests; cut: they lose prompt tokens. */
		overlong: Overlong,
		/** Of rows whose prompt or answer has no tokens; one: it counts as 1. */
		zeroTokens: ZeroTokens,
		/** null: our own generators. */
		compatibility: Compatibility.nullable(),
		policy: RouterPolicy,
		/** null: prompts have nothing in common. */
		prefixes: Prefixes.nullable(),
		replicas: z.array(Name).min(1),
		/** `replicas` are places for them, of which the first ones are on; left out: all, at all times. */
		scaling: ReplicaCounts.extend({
			/** From being added to the first request. */
			startupUs: z.int().nonnegative(),
		}).optional(),
		/** Each sends its next request when the one before is answered; left out: nobody waits. */
		users: z
			.strictObject({
				count: z.int().positive(),
				/** Mean of an exponential time between hearing of the answer and the request, s. */
				thinkS: users.thinkS,
				/** They begin one after the other over so long, s. */
				rampS: users.rampS,
			})
			.optional(),
		/** Requests are turns, each sent when the one before is answered; left out: none follows from another. */
		sessions: z
			.strictObject({
				...given(Sessions.shape),
				pauseS: z.number().nonnegative(),
				later: DrawnLengths.nullable(),
			})
			.optional(),
		/** Each sends at a rate of its own, all together at qps; left out: nobody is told apart. */
		clients: Clients.optional(),
		/** Left out: one site, to which there is no way. */
		geo: GeoConfig.optional(),
		/** Requests come from outside too; left out: none do. */
		live: z
			.strictObject({
				/** Of each model that can be asked for: places of its replicas. */
				models: z.array(z.array(z.int().nonnegative()).min(1)).min(1),
				/** Whether they say what their prompts begin with. */
				prefixes: z.boolean(),
			})
			.optional(),
	})
	.refine((config) => (config.qps === null) === (hasOwnArrivals(config) || !!config.users), {
		path: ['qps'],
		error: 'qps is null exactly when a file or users give the arrivals',
	})
	.refine((config) => !config.users || (!hasOwnArrivals(config) && config.rate === null), {
		path: ['users'],
		error: 'users send when they are answered: neither a file nor a rate says when',
	})
	.refine((config) => !config.sessions || !hasOwnArrivals(config), {
		path: ['sessions'],
		error: 'turns follow from answers: no file says when',
	})
	.refine((config) => config.prefixes?.type !== 'turns' || config.sessions !== undefined, {
		path: ['prefixes'],
		error: 'only sessions have turns',
	})
	.refine((config) => config.rate === null || !hasOwnArrivals(config), {
		path: ['rate'],
		error: 'a file gives the arrivals, so there is no rate to change',
	})
	.refine((config) => config.policy !== 'prefix' || tellsPrefixes(config), {
		path: ['policy'],
		error: 'policy prefix needs prefixes',
	})
	.refine((config) => new Set(config.replicas).size === config.replicas.length, {
		path: ['replicas'],
		error: 'names of replicas must differ',
	})
	.refine(({ scaling, replicas }) => !scaling || mostOf(scaling) <= replicas.length, {
		path: ['scaling'],
		error: 'it needs more replicas than there are',
	})
	.refine(({ policy, geo, scaling }) => !scaling || (policy !== 'prefix' && geo === undefined), {
		path: ['scaling'],
		error: 'replicas can be scaled on one site, and not with policy prefix',
	})
	.refine(({ policy, geo }) => policy !== 'prefix' || !geo?.choice, {
		path: ['policy'],
		error: 'policy prefix chooses among the replicas of all sites: drop requests.geo',
	});
export type RouterConfig = z.infer<typeof RouterConfig>;

/** Whether anything is known of what prompts have in common. */
export function tellsPrefixes({
	prefixes,
	live,
}: {
	readonly prefixes: Prefixes | null;
	readonly live?: { readonly prefixes: boolean } | undefined;
}): boolean {
	return prefixes !== null || live?.prefixes === true;
}

function mostOf({ initial, schedule }: ReplicaCounts): number {
	return Math.max(initial, ...schedule.map(({ replicas }) => replicas));
}

/** Whether requests may be sent otherwise than their source has them. */
export function changesLengths({
	overlong,
	zeroTokens,
	lengths,
}: Pick<RouterConfig, 'overlong' | 'zeroTokens' | 'lengths'>): boolean {
	const isFile = lengths.type === 'trace-file' || lengths.type === 'length-file';
	return overlong !== 'refuse' || (isFile && zeroTokens !== 'refuse');
}

/** Whether arrivals come from a file rather than from a rate. */
export function hasOwnArrivals(config: { lengths: Lengths; intervals: Intervals }): boolean {
	return config.lengths.type === 'trace-file' || config.intervals.type === 'trace';
}
