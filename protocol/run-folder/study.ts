import * as z from 'zod';
import { EXPERIMENT_FORMAT, EXPERIMENT_VERSION, ExperimentFile } from './experiment.ts';

/**
 * study.json of a sweep, and runs/point-<n>.json beside it: the records by which Vessim 0.16's viewer shows a sweep as a
 * study, a configuration for each point. What differs between ways to do the same runs, such as wall time, is null, so the
 * same runs give the same bytes.
 */

/** Vessim's names and versions of the formats. */
export const STUDY_FORMAT = 'vessim.study';
export const STUDY_VERSION = 2;
export const RUN_BATCH_FORMAT = 'vessim.viewer.run-batch';
export const RUN_BATCH_VERSION = 1;

export const StudyFile = z.strictObject({
	format: z.literal(STUDY_FORMAT).describe(`\`${STUDY_FORMAT}\``),
	schema_version: z.literal(STUDY_VERSION).describe(`version of Vessim’s format, ${STUDY_VERSION}`),
	study_id: z.string().describe('name of the sweep, with a hash of its file'),
	name: z.string().describe('name of the sweep'),
	run_parameters: z.array(z.literal('seed')).describe('what differs between runs of one point'),
	configurations: z
		.array(
			z.strictObject({
				configuration_id: z.string().describe('`point-1` and so on, as in results.csv'),
				name: z.string().describe('keys of the point and their values'),
				run_batch: z.string().describe('file of its runs'),
			}),
		)
		.describe('points with at least one run that is complete'),
});
export type StudyFile = z.infer<typeof StudyFile>;

const { format: _, schema_version: __, execution, ...record } = ExperimentFile.shape;

const BatchRun = z.strictObject({
	...record,
	parameters: z.record(z.string(), z.unknown()).describe('keys of the point, and the seed'),
	execution: execution.extend({
		steps: z.int().nonnegative().nullable().describe('steps; null where the run is not kept'),
		simulated_duration: z.number().nonnegative().nullable().describe('simulated time, s'),
	}),
});
export type BatchRun = z.infer<typeof BatchRun>;

export const RunBatchFile = z.strictObject({
	format: z.literal(RUN_BATCH_FORMAT).describe(`\`${RUN_BATCH_FORMAT}\``),
	schema_version: z
		.literal(RUN_BATCH_VERSION)
		.describe(`version of Vessim’s format, ${RUN_BATCH_VERSION}`),
	shared: z.strictObject({
		format: z.literal(EXPERIMENT_FORMAT),
		schema_version: z.literal(EXPERIMENT_VERSION),
	}),
	runs: z.array(BatchRun).describe('as experiment.json, complete runs only'),
});
export type RunBatchFile = z.infer<typeof RunBatchFile>;
