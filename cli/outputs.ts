import * as z from 'zod';
import { Outcome } from '../protocol/outcome.ts';
import { Wire } from '../protocol/readings.ts';
import { RunStatus } from '../protocol/run-folder/metadata.ts';
import { PrintedSummary } from '../protocol/run-folder/summary.ts';
import { VidurEnergyMetrics } from '../protocol/run-folder/summary-energy.ts';
import { RunState } from '../protocol/status-messages.ts';
import { CalibrationFile } from '../run/resolve/calibration.ts';
import { VALUE_ORIGINS } from '../run/resolve/value-origins.ts';
import { Comparison, DryRunCases } from './comparison-outputs.ts';
import {
	Count,
	Described,
	EnergyFigures,
	Experiments,
	Imported,
	Shown,
	Text,
	Truth,
	Value,
	Weather,
} from './outputs-of-data.ts';

const Folder = z.string().describe('a run folder');

const Calibration = z.strictObject({
	path: Text.describe('the file'),
	...CalibrationFile.shape,
	notes: z.array(Text).describe('what was done to the logs'),
	open: z.array(Text).describe('values that the logs do not tell, near those before'),
	runs: Count.describe('runs of the product that it took'),
});

const Points = z.record(z.string(), z.unknown()).describe('what varies, by its key');

/** Why a command failed. */
const Failure = z
	.strictObject({
		message: Text.describe('the line that people read'),
		problems: z
			.array(Text)
			.describe('all that is wrong with a file, a line each; else the message'),
		kind: z
			.enum(['usage', 'failed', 'interrupted', 'defect'])
			.describe('what is to be done: change the input, look at the run, nothing, report it'),
		exitCode: z.int(),
	})
	.describe('why it failed');

const Run = z.strictObject({
	run: Text.describe('id of the run'),
	folder: Folder,
	report: Text.nullable().describe('its page'),
	outcome: Outcome,
	reason: Text.describe('why it ended'),
	simulatedUntilUs: Count.describe('simulated time that is recorded, microseconds'),
	messages: z.strictObject({ refused: Count, duplicates: Count }),
	summary: PrintedSummary,
	tables: z
		.strictObject({ same: z.array(Text), different: z.array(Text) })
		.exactOptional()
		.describe('of a replay: tables with the same bytes, and with others'),
	error: Failure.exactOptional().describe('of a run that did not come to its end'),
});

const Memory = z.strictObject({
	numBlocks: Count.describe('KV blocks of a replica'),
	kvTokens: Count.describe('tokens that they hold'),
	maxConcurrency: Value.optional().describe('requests of full length that fit at once'),
	deviceGiB: Value.optional().describe(
		'memory of a GPU as CUDA shows it; where vLLM’s plan counts',
	),
	requestedGiB: Value.optional().describe('what vLLM uses of it'),
	weightsGiB: Value.optional(),
	activationGiB: Value.optional().describe('the peak of a step'),
	otherGiB: Value.optional().describe('contexts of CUDA and of collectives'),
	cudaGraphGiB: Value.optional(),
	kvCacheGiB: Value.optional(),
});

const DryRun = z.strictObject({
	run: Text.describe('id of the run'),
	folder: Folder,
	scenario: z
		.record(z.string(), z.unknown())
		.describe('as resolved, with all defaults (gridbeat schema)'),
	origins: z
		.record(z.string(), z.enum(VALUE_ORIGINS))
		.describe('where each value of the scenario is from, by its path'),
	actors: z.array(
		z.strictObject({ name: Text, kind: Text, host: Text.describe('its process, by name') }),
	),
	wires: z.array(
		Wire.extend({
			initial: z
				.array(z.union([Value, z.literal(Number.POSITIVE_INFINITY)]))
				.nullable()
				.describe('values before the first; null among them: no limit'),
		}),
	),
	memory: Memory.nullable().describe('KV memory of a replica; null: nothing is served'),
	estimate: z
		.strictObject({
			requests: Count,
			wallS: Value.describe('real time on this machine, s'),
			bytes: Count.describe('of all its files'),
			requestBytes: Value.describe('of request_metrics.csv'),
		})
		.describe('what it will take, about'),
});

const RepeatedFigure = z.strictObject({
	unit: Text,
	runs: Count.describe('runs that have it'),
	mean: Value,
	halfWidth95: Value.describe('half the width of the 95 % interval of the mean'),
	low95: Value,
	high95: Value,
	least: Value,
	most: Value,
	values: z.array(Value).describe('of each run'),
});

const Repeats = z.strictObject({
	folder: Text.describe('folder of all repeats'),
	repeats: Count,
	failed: Count,
	runs: z.array(z.strictObject({ seed: Text, folder: Folder, failure: Text.nullable() })),
	figures: z.record(z.string(), RepeatedFigure).describe('by dotted name, as in a summary'),
});

const Sweep = z.strictObject({
	folder: Text.describe('folder of results'),
	points: Count,
	runs: Count,
	reused: Count.describe('that were done before'),
	failed: Count,
	remarks: z.array(Text).describe('what was done to inputs'),
});

const VidurFigures = z.record(z.string(), Value).nullable();
const VidurSweep = z.strictObject({
	folder: Text.describe('folder of results'),
	runs: z.array(
		z.strictObject({
			number: Count,
			label: Text,
			point: Points,
			profile: Text,
			hash: Text.describe('name of its results in the folder'),
			failure: Text.nullable(),
			ours: VidurFigures.describe('W per GPU, s, %, kWh'),
			published: VidurFigures,
		}),
	),
	failed: Count,
});

const Best = z.looseObject({
	configuration: Text,
	point: Points,
	capacityQps: Value.describe('requests per second'),
	gpus: Count.nullable(),
	replicas: Count.nullable(),
});
const Capacity = z.strictObject({
	folder: Text.describe('folder of results'),
	best: z.record(z.string(), Best.nullable()).describe('by gain; null: none is feasible'),
	notes: z.array(Text),
});

const Made = z.strictObject({
	kind: z.enum(['run', 'repeats', 'sweep', 'capacity', 'study']),
	path: Folder,
	name: Text,
	place: Text.nullable(),
	startedAt: Text.nullable().describe('UTC'),
	status: z.enum([...RunStatus.options, 'unreadable']),
	reason: Text.nullable().describe('why it is not complete'),
	simulatedS: Value.describe('simulated time that is recorded, s'),
	headline: Text.describe('what it comes to, for people; figures stand in its files'),
	page: Text.nullable().describe('its report'),
	bytes: Count.describe('of all its files'),
});

/** What `--json` prints, by the name that a document has after `gridbeat.`. */
export const OUTPUTS = {
	run: Run.describe('what a run came to: run, resume, replay'),
	'dry-run': DryRun.describe('what would run: run --dry-run'),
	'dry-run-cases': DryRunCases.describe('what would be compared: run --vary --dry-run'),
	report: PrintedSummary.describe('the figures of a run: report'),
	repeats: Repeats.describe('what repeats came to: run --repeats, report'),
	compare: Comparison.describe('figures side by side: compare, run --vary, run --without'),
	sweep: Sweep.describe('what a sweep came to: sweep'),
	'vidur-sweep': VidurSweep.describe('a sweep over command lines of Vidur: sweep'),
	capacity: Capacity.describe('the best configurations: capacity'),
	energy: z
		.strictObject({ folder: Text, gridbeat: EnergyFigures, 'vidur-energy': EnergyFigures })
		.describe('a results folder of Vidur by both definitions: energy'),
	cosim: z
		.strictObject({ folder: Text, gridbeat: PrintedSummary, 'vidur-energy': VidurEnergyMetrics })
		.describe('a run of Vidur on a microgrid by both definitions: cosim'),
	experiments: Experiments.describe('published experiments beside ours: experiments'),
	truth: Truth.describe('measured runs beside ours: truth'),
	export: z
		.strictObject({
			files: z.array(z.strictObject({ path: Text, rows: Count, bytes: Count })),
		})
		.describe('files that were written: export'),
	paper: z
		.strictObject({
			files: z.array(z.strictObject({ path: Text, bytes: Count, unknown: Text })),
		})
		.describe('files for a paper: export --paper'),
	profiles: z
		.strictObject({
			profiles: z.array(z.strictObject({ ...Described, reproduction: Text })),
			kernels: z
				.array(z.strictObject({ gpu: Text, versions: z.array(Text).describe('of vLLM') }))
				.describe('GPUs whose kernels were measured'),
		})
		.describe('latency profiles: profiles list'),
	profile: z.strictObject({ profile: Shown }).describe('one of them: profiles show'),
	'profiles-check': z
		.strictObject({
			checked: Count,
			problems: z.array(z.strictObject({ profile: Text, problem: Text })),
		})
		.describe('what is wrong with them: profiles check'),
	calibrate: Calibration.describe('a calibration that was written: calibrate'),
	'profiles-import': Imported.describe('a profile that was written: profiles import'),
	status: RunState.omit({ type: true }).describe('how a run that goes on stands: status'),
	ls: z
		.strictObject({ made: z.array(Made), more: Count.describe('older ones that are left out') })
		.describe('runs and studies that are there: ls'),
	clean: z
		.strictObject({
			chosen: z.array(Folder),
			bytes: Count,
			removed: z.boolean().describe('whether they are gone; false: --yes was not given'),
		})
		.describe('runs and studies that were removed, or would be: clean'),
	weather: Weather.describe('what a weather file has in it: weather inspect'),
	error: z
		.strictObject({ error: Failure })
		.describe('what any command prints in place of its document where it fails'),
} as const;
