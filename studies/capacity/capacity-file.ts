import * as z from 'zod';
import { Name } from '../../protocol/readings.ts';
import { Duration } from '../../protocol/scenario/duration.ts';
import { Design, StudyBase } from '../sweep/design.ts';
import { Slo } from './slo.ts';

/** A part of a trial's requests at one of its ends. */
export const TrialEnd = z.number().min(0).max(0.9, { error: 'must lie between 0 and 0.9' });

const Search = z.strictObject({
	/** The capacity is known when a rate that fails is at most this much above it, relatively. */
	tolerance: z
		.number()
		.min(1e-4, { error: 'must be 0.0001 or more' })
		.max(1, { error: 'must be 1 or less' })
		.default(0.02),
	/** The first rate tried; null: 0.7 of what is served per second of requests that come all at once. */
	startQps: z.number().positive().nullable().default(null),
	/** Below this rate a configuration counts as unable to keep the objectives. */
	minQps: z.number().positive().default(0.01),
	/** Least requests of a trial, and the least simulated time over which they arrive. */
	requests: z.int().min(20, { error: 'must be 20 or more' }).default(2000),
	minDuration: Duration.default('2min'),
	/** Parts of a trial's requests at its two ends that are not measured. */
	warmup: TrialEnd.default(0.15),
	cooldown: TrialEnd.default(0.1),
	/** Least completions over arrivals while measuring; below it the replicas fall behind. */
	keepUp: z.number().min(0).max(1).default(0.95),
	/** Rates tried per configuration, those of the curve not counted. */
	maxTrials: z.int().min(2).default(40),
	/** Parts of the capacity that are tried as well. */
	curve: z.array(z.number().positive().lt(1)).default([0.25, 0.5, 0.75, 0.9]),
});
export type Search = z.infer<typeof Search>;

/** The file of `gridbeat capacity`. */
export const CapacityFile = z.strictObject({
	name: Name.default('capacity'),
	/** Of its keys serving, requests, location, carbon and price count. */
	base: StudyBase,
	...Design.shape,
	/** GPUs of each configuration: it has as many replicas as fit; null: serving.replicas counts. */
	gpus: z.int().positive().nullable().default(null),
	slo: Slo.default({ schedulingDelayS: { p99: 5 } }),
	search: Search.prefault({}),
	/** Instead of the list prices that ship with the project, by device. */
	gpuUsdPerHour: z.record(z.string(), z.number().nonnegative()).default({}),
});
export type CapacityFile = z.infer<typeof CapacityFile>;
