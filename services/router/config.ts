import * as z from 'zod';
import { Name } from '../../protocol/readings.ts';

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

/** Total length uniform in [minTokens, maxTokens], split in a fixed proportion. */
export const UniformLengths = z
	.strictObject({
		type: z.literal('uniform'),
		minTokens: z.int().min(2),
		maxTokens: z.int().min(2),
		prefillToDecodeRatio: z.number().positive(),
	})
	.refine((lengths) => lengths.minTokens <= lengths.maxTokens, {
		path: ['minTokens'],
		error: 'minTokens must not exceed maxTokens',
	});
export type UniformLengths = z.infer<typeof UniformLengths>;

/** Arrivals and lengths replayed from a CSV file with Vidur's columns; `path` is absolute. */
export const TraceFile = z.strictObject({
	type: z.literal('trace-file'),
	path: z.string().min(1),
});
export type TraceFile = z.infer<typeof TraceFile>;

export const Lengths = z.discriminatedUnion('type', [
	TraceLengths,
	FixedLengths,
	UniformLengths,
	TraceFile,
]);
export type Lengths = z.infer<typeof Lengths>;

export const Policy = z.enum(['round_robin', 'random', 'least_outstanding']);
export type Policy = z.infer<typeof Policy>;

/** What a router does, completely. */
export const RouterConfig = z
	.strictObject({
		/** Mean arrivals per second; null when a trace file gives the arrivals. */
		qps: z.number().positive().nullable(),
		/** No request arrives at or after this time; null: no such limit. */
		untilUs: z.int().nonnegative().nullable(),
		maxRequests: z.int().nonnegative().nullable(),
		lengths: Lengths,
		/** Longest prompt and output together; longer requests lose prompt tokens. */
		maxTokens: z.int().min(2),
		policy: Policy,
		replicas: z.array(Name).min(1),
	})
	.refine((config) => (config.qps === null) === (config.lengths.type === 'trace-file'), {
		path: ['qps'],
		error: 'qps is null exactly when lengths come from a trace file, which has its own arrivals',
	})
	.refine((config) => new Set(config.replicas).size === config.replicas.length, {
		path: ['replicas'],
		error: 'names of replicas must differ',
	});
export type RouterConfig = z.infer<typeof RouterConfig>;
