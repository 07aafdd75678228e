import * as z from 'zod';
import { Name } from '../../protocol/readings.ts';
import { GeoConfig } from './geo-config.ts';
import { Prefixes } from './prefixes.ts';

/** Prompt and output lengths of an empirical table shipped with the project. */
export const TraceLengths = z.strictObject({
	type: z.literal('trace'),
	table: z.literal('azure-conversation'),
});
export type TraceLengths = z.infer<typeof TraceLengths>;

/** Every request alike. */
export const FixedLengths = z.strictObject({
	type: z.literal('fixed'),
	prefillTokens: z.int().positive(),
	decodeTokens: z.int().positive(),
});
export type FixedLengths = z.infer<typeof FixedLengths>;

const isOrdered = (lengths: { minTokens: number; maxTokens: number }): boolean =>
	lengths.minTokens <= lengths.maxTokens;
const UNORDERED = { path: ['minTokens'], error: 'minTokens must not exceed maxTokens' };

/** Total length uniform in [minTokens, maxTokens], split in a fixed proportion. */
export const UniformLengths = z
	.strictObject({
		type: z.literal('uniform'),
		minTokens: z.int().min(2),
		maxTokens: z.int().min(2),
		prefillToDecodeRatio: z.number().positive(),
	})
	.refine(isOrdered, UNORDERED);
export type UniformLengths = z.infer<typeof UniformLengths>;

/** Total length minTokens + k - 1 with a chance in proportion to k^-theta, split in a fixed proportion. */
export const ZipfLengths = z
	.strictObject({
		type: z.literal('zipf'),
		minTokens: z.int().min(2),
		maxTokens: z.int().min(2),
		theta: z.number().positive(),
		prefillToDecodeRatio: z.number().positive(),
	})
	.refine(isOrdered, UNORDERED);
export type ZipfLengths = z.infer<typeof ZipfLengths>;

/** Lengths drawn from the rows of a file, each row as likely as any other; `path` is absolute. */
export const LengthFile = z.strictObject({
	type: z.literal('length-file'),
	path: z.string().min(1),
	prefillScale: z.number().positive(),
	decodeScale: z.number().positive(),
});
export type LengthFile = z.infer<typeof LengthFile>;

/** Arrivals and lengths replayed from a file; `path` is absolute. */
export const TraceFile = z.strictObject({
	type: z.literal('trace-file'),
	path: z.string().min(1),
	/** A time in the file, `first` for its first row; null: 0, or the first row where dates are given. */
	anchor: z.string().nullable(),
	timeScale: z.number().positive(),
	prefillScale: z.number().positive(),
	decodeScale: z.number().positive(),
});
export type TraceFile = z.infer<typeof TraceFile>;

export const Lengths = z.discriminatedUnion('type', [
	TraceLengths,
	FixedLengths,
	UniformLengths,
	ZipfLengths,
	LengthFile,
	TraceFile,
]);
export type Lengths = z.infer<typeof Lengths>;

/** The gaps between arrivals, of mean 1/qps unless they say otherwise. */
export const Intervals = z.discriminatedUnion('type', [
	/** Exponential gaps. */
	z.strictObject({ type: z.literal('poisson') }),
	/** Gamma gaps with the coefficient of variation `cv`: 1 is Poisson, above it arrivals cluster. */
	z.strictObject({ type: z.literal('gamma'), cv: z.number().positive() }),
	/** Equal gaps of `gapS` seconds; null: 1/qps. */
	z.strictObject({ type: z.literal('static'), gapS: z.number().nonnegative().nullable() }),
	/** Arrivals of a file; `path` is absolute. */
	z.strictObject({
		type: z.literal('trace'),
		path: z.string().min(1),
		column: z.string().nullable(),
		anchor: z.string().nullable(),
		timeScale: z.number().positive(),
	}),
]);
export type Intervals = z.infer<typeof Intervals>;

const Factor = z.number().nonnegative();
const HourFactors = z.array(Factor).length(24);

/** Times of a higher or lower rate. */
export const Bursts = z.discriminatedUnion('type', [
	/** Calm and burst take turns, each of exponential length with the given mean. Begins calm. */
	z.strictObject({
		type: z.literal('markov'),
		burstFactor: Factor,
		calmFactor: Factor,
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

/** What becomes of requests over the limit, and of rows of files that have no tokens. */
export const Overlong = z.enum(['refuse', 'cut', 'drop']);
export type Overlong = z.infer<typeof Overlong>;
export const ZeroTokens = z.enum(['refuse', 'one', 'drop']);
export type ZeroTokens = z.infer<typeof ZeroTokens>;

/** Draw the very requests of Vidur, whose generators begin with `seed`. */
export const Compatibility = z.strictObject({
	type: z.literal('vidur'),
	seed: z
		.int()
		.min(0)
		.max(2 ** 32 - 1),
});
export type Compatibility = z.infer<typeof Compatibility>;

export const Policy = z.enum(['round_robin', 'random', 'least_outstanding', 'prefix']);
export type Policy = z.infer<typeof Policy>;

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
		policy: Policy,
		/** null: prompts have nothing in common. */
		prefixes: Prefixes.nullable(),
		replicas: z.array(Name).min(1),
		/** Left out: one site, to which there is no way. */
		geo: GeoConfig.optional(),
	})
	.refine((config) => (config.qps === null) === hasOwnArrivals(config), {
		path: ['qps'],
		error: 'qps is null exactly when a file gives the arrivals',
	})
	.refine((config) => config.rate === null || !hasOwnArrivals(config), {
		path: ['rate'],
		error: 'a file gives the arrivals, so there is no rate to change',
	})
	.refine((config) => config.policy !== 'prefix' || config.prefixes !== null, {
		path: ['policy'],
		error: 'policy prefix needs prefixes',
	})
	.refine((config) => new Set(config.replicas).size === config.replicas.length, {
		path: ['replicas'],
		error: 'names of replicas must differ',
	})
	.refine(({ policy, geo }) => policy !== 'prefix' || !geo?.choice, {
		path: ['policy'],
		error: 'policy prefix chooses among the replicas of all sites: drop requests.geo',
	});
export type RouterConfig = z.infer<typeof RouterConfig>;

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
