import * as z from 'zod';
import { Name } from '../../protocol/readings.ts';
import { Duration } from '../../protocol/scenario/duration.ts';
import { Design, StudyBase } from '../sweep/design.ts';
import { Slo } from './slo.ts';

/** A part of a trial's requests at one of its ends. */
export const TrialEnd = z.number().min(0).max(0.9, { error: 'must lie between 0 and 0.9' });

const Search = z.strictObject({
	tolerance: z
		.number()
		.min(1e-4, { error: 'must be 0.0001 or more' })
		.max(1, { error: 'must be 1 or less' })
		.default(0.02)
		.describe(
			'The capacity is known when a rate that fails is at most this much above it, relatively',
		),
	startQps: z
		.number()
		.positive()
		.nullable()
		.default(null)
		.describe(
			'The first rate tried; null: 0.7 of what is served per second of requests that come all at once',
		),
	minQps: z
		.number()
		.positive()
		.default(0.01)
		.describe('Below this rate a configuration counts as unable to keep the objectives'),
	requests: z
		.int()
		.min(20, { error: 'must be 20 or more' })
		.default(2000)
		.describe('Least requests of a trial'),
	minDuration: Duration.default('2min').describe('Least simulated time over which they arrive'),
	warmup: TrialEnd.default(0.15).describe('Part of a trial’s first requests that is not measured'),
	cooldown: TrialEnd.default(0.1).describe('Of the last requests'),
	keepUp: z
		.number()
		.min(0)
		.max(1)
		.default(0.95)
		.describe('Least completions over arrivals while measuring; below it the replicas fall behind'),
	maxTrials: z
		.int()
		.min(2)
		.default(40)
		.describe('Rates tried per configuration, those of the curve not counted'),
	curve: z
		.array(z.number().positive().lt(1))
		.default([0.25, 0.5, 0.75, 0.9])
		.describe('Parts of the capacity that are tried as well'),
});
export type Search = z.infer<typeof Search>;

/** The file of `gridbeat capacity`. */
export const CapacityFile = z.strictObject({
	name: Name.default('capacity').describe('Name of the search, and of its folder in capacity/'),
	base: StudyBase.describe('Of its keys serving, requests, location, carbon and price count'),
	...Design.shape,
	gpus: z
		.int()
		.positive()
		.nullable()
		.default(null)
		.describe(
			'GPUs of each configuration: it has as many replicas as fit; null: serving.replicas counts',
		),
	slo: Slo.default({ schedulingDelayS: { p99: 5 } }).describe(
		'The most that quantiles of latencies may be, s',
	),
	search: Search.prefault({}).describe('How the largest rate is found'),
	gpuUsdPerHour: z
		.record(z.string(), z.number().nonnegative())
		.default({})
		.describe('Instead of the list prices that ship with the project, by device'),
});
export type CapacityFile = z.infer<typeof CapacityFile>;
