import * as z from 'zod';

/**
 * experiment.json of a run folder: the record by which Vessim 0.16 and its viewer find a run. Vessim's own metrics have its
 * names and definitions; figures of ours stand under `run`, each with its unit. All numbers are finite; what has no
 * figure is null.
 */

/** Vessim's name and version of the format. */
export const EXPERIMENT_FORMAT = 'vessim.experiment';
export const EXPERIMENT_VERSION = 1;

/** Of Vessim's metrics, in its words. */
const Definition = z.strictObject({
	unit: z.string().describe('unit'),
	description: z.string().describe('meaning'),
});

const energies = {
	energy_produced: z.number().nonnegative().describe('positive power over the steps, Wh'),
	energy_consumed: z.number().nonnegative().describe('negative power over the steps, Wh'),
};
const grid = {
	grid_import: z.number().nonnegative().describe('energy from the grid, Wh'),
	grid_export: z.number().nonnegative().describe('energy into the grid, Wh'),
	peak_grid_import: z.number().nonnegative().describe('largest mean import of a step, W'),
	peak_grid_export: z.number().nonnegative().describe('largest mean export of a step, W'),
};
const Energies = z.strictObject(energies);
const Grid = z.strictObject({ ...energies, ...grid });
export type GridMetrics = z.infer<typeof Grid>;

/** By the name of the microgrid. */
const byMicrogrid = <T extends z.ZodType>(schema: T) => z.record(z.string(), schema);
/** By the name of the microgrid, then by that of the actor. */
const byActor = <T extends z.ZodType>(schema: T) => byMicrogrid(z.record(z.string(), schema));

export const ExperimentFile = z.strictObject({
	format: z.literal(EXPERIMENT_FORMAT).describe(`\`${EXPERIMENT_FORMAT}\``),
	schema_version: z
		.literal(EXPERIMENT_VERSION)
		.describe(`version of Vessim’s format, ${EXPERIMENT_VERSION}`),
	run_id: z.string().describe('id of the run; of a site with its name behind it'),
	config: z
		.strictObject({
			environment: z
				.looseObject({ backend: z.literal('gridbeat') })
				.describe('as in metadata.yaml'),
			microgrids: z.record(z.string(), z.unknown()).describe('as in metadata.yaml'),
		})
		.describe('what was run'),
	parameters: z
		.strictObject({
			seed: z.union([z.number(), z.string()]).nullable().describe('seed of the run'),
		})
		.describe('what is varied'),
	execution: z
		.strictObject({
			status: z
				.enum(['running', 'completed', 'interrupted', 'failed'])
				.describe('in Vessim’s words'),
			start: z.string().nullable().describe('real time at which the run began, UTC'),
			end: z.string().nullable().describe('real time at which it ended, UTC'),
			wall_time: z.number().nullable().describe('real time that it took, s'),
			steps: z.int().nonnegative().describe('steps that are recorded'),
			simulated_duration: z.number().nonnegative().describe('simulated time that is recorded, s'),
			until: z.number().nullable().describe('simulated time that was planned, s'),
		})
		.describe('how it went'),
	metrics: z
		.strictObject({
			run: z
				.record(z.string(), z.number().nullable())
				.describe('figures of the summary by their dotted names'),
			microgrids: byMicrogrid(Grid).describe('of each site'),
			actors: byActor(Energies).describe('of each member'),
		})
		.describe('figures'),
	metric_definitions: z
		.strictObject({
			run: z
				.record(z.string(), Definition.pick({ unit: true }))
				.describe('unit of each figure; 1 of counts'),
			microgrids: byMicrogrid(z.record(z.string(), Definition)).describe('of Vessim’s metrics'),
			actors: byActor(z.record(z.string(), Definition)).describe('of Vessim’s metrics'),
		})
		.describe('what they are'),
	timeseries: z.string().nullable().describe('file of the steps; null: those of the sites'),
});
export type ExperimentFile = z.infer<typeof ExperimentFile>;
