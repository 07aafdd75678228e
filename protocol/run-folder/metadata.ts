import * as z from 'zod';
import { OwnRole } from '../ports.ts';
import { Name, Unit } from '../readings.ts';
import { Remark } from '../remark.ts';
import { Accounting as ScenarioAccounting } from '../scenario/accounting.ts';
import { CapRule } from '../scenario/caps.ts';
import { given } from '../scenario/given.ts';
import { FollowedFeed } from './feeds.ts';
import { COLUMN_KINDS, type ColumnKind } from './table.ts';

/**
 * The schema of metadata.yaml, for whoever writes it and whoever reads it. `environment`, `microgrids` and `execution` are
 * Vessim's keys, all else stands under `gridbeat`. Every key may be missing and unknown ones stay: older runs have fewer,
 * and so has Vessim. What is there has to be right, see `readableMetadata`.
 */

/** Of the run folder. A program reads those up to its own; runs from before there was one have none. */
export const FOLDER_FORMAT = 1;

/** How sure a figure of the run is: read off hardware, fitted to such readings, or a rule of thumb. */
const SourceLabel = z.strictObject({
	what: z.string().describe('what it is of'),
	label: z.string().describe('how sure it is ([words](models.md))'),
	source: z.string().describe('where it is from'),
});
export type SourceLabel = z.infer<typeof SourceLabel>;

const Actor = z.looseObject({
	name: z.string().describe('name of the actor and of its column'),
	signal: z.string().nullish().describe('what it is, in words'),
	consumer: z.boolean().nullish().describe('whether it consumes'),
	step_size: z.number().nullish().describe('step of the run, s'),
});

const Dispatchable = z.looseObject({
	name: z.string().describe('name of the battery and of its columns'),
	capacity: z.number().nullish().describe('energy of the full battery, Wh'),
	min_soc: z.number().nullish().describe('state of charge it is not discharged below, 0 to 1'),
	type: z.string().nullish().describe('class, in Vessim’s manner'),
	initial_soc: z.number().nullish().describe('state of charge at the start, 0 to 1'),
});

/** Records of the run, such as experiment.json, have the keys in this order. */
const Microgrid = z.looseObject({
	dispatchables: z.array(Dispatchable).nullish().describe('its batteries'),
	coords: z.unknown().optional().describe('latitude and longitude, degrees'),
	actors: z.array(Actor).nullish().describe('members of the microgrid'),
	policy: z
		.looseObject({
			type: z.string().nullish().describe('class of the policy, in Vessim’s manner'),
			mode: z.string().nullish().describe('grid-connected or islanded'),
			charge_power: z.number().nullish().describe('forced charging, W'),
		})
		.nullish()
		.describe('what decides the dispatch'),
	grid_signals: z
		.record(z.string(), z.unknown())
		.nullish()
		.describe('where each signal is from, in words; null: none'),
});

const Environment = z.looseObject({
	name: z.string().nullish().describe('name of the scenario'),
	sim_start: z.string().nullish().describe('local time of the first step'),
	step_size: z.number().positive().nullish().describe('length of a step, s'),
	sim_end: z.string().nullish().describe('local time of the last step'),
});

const Execution = z.looseObject({
	status: z
		.string()
		.nullish()
		.describe('`completed` or `running`, the two words that Vessim knows'),
	git_hash: z.string().nullish().describe('null; Vessim has its own'),
	start: z.string().nullish().describe('real time at which the run began, UTC'),
	end: z.string().nullish().describe('real time at which it ended, UTC; null: it goes on'),
	duration: z.number().nullish().describe('real time that it took, s; null: it goes on'),
});

/** Where the requests of a run are at its end; all of them add up to `arrived`. */
export const RequestFates = z.looseObject({
	arrived: z.number().describe('came'),
	completed: z.number().describe('were answered'),
	waiting: z.number().describe('wait for a batch'),
	running: z.number().describe('are being answered'),
	rejected: z.number().describe('could never have been answered'),
	underway: z.number().describe('are between two replicas, or on the network'),
	shortened: z.number().optional().describe('lost tokens, to fit the longest request'),
	tokensCut: z.number().optional().describe('how many tokens'),
	lengthened: z.number().optional().describe('had 0 tokens, which count as 1'),
	leftOut: z.number().optional().describe('were left out, and did not arrive'),
});

export type RequestFates = z.infer<typeof RequestFates>;

const { demandInterval: _, ...accountingKeys } = given(ScenarioAccounting.shape);

/** What the report is to count, resolved from the scenario. */
const Accounting = z.looseObject({
	...accountingKeys,
	// Runs of before these could be asked for have none of them, and their other keys count.
	demandRatchet: accountingKeys.demandRatchet.exactOptional(),
	fixedUsdPerMonth: accountingKeys.fixedUsdPerMonth.exactOptional(),
	tiers: accountingKeys.tiers.exactOptional(),
	demandIntervalS: z.number().positive().describe('imports are averaged over this, s'),
});
export type Accounting = z.infer<typeof Accounting>;

/** What a battery allows at most, and how it is to age. */
const BatteryLimits = z.looseObject({
	name: z.string().describe('name of the battery'),
	capacityWh: z.number().positive().describe('energy when full'),
	initialSoc: z.number().optional().describe('state of charge at the start, 0 to 1'),
	minSoc: z.number().describe('least state of charge'),
	maxSoc: z.number().describe('highest state of charge'),
	etaCharge: z.number().positive().describe('energy stored per energy taken'),
	etaDischarge: z.number().positive().describe('energy given per energy taken out'),
	selfDischargePerHour: z.number().nonnegative().describe('part lost in an hour'),
	standbyW: z.number().nonnegative().describe('power of its electronics'),
	maxChargeW: z.number().nullable().describe('null: bounded by the energy only'),
	maxDischargeW: z.number().nullable().describe('null: bounded by the energy only'),
	degradation: z
		.looseObject({
			temperatureC: z.number(),
			initialFade: z.number(),
			endOfLifeFade: z.number(),
			replacementUsdPerKwh: z.number(),
			/** The capacity fell during the run. */
			inRun: z.boolean().optional(),
		})
		.nullable()
		.describe('how it ages, as in the scenario; null: it does not'),
});

const GeneratorLimits = z.looseObject({
	name: z.string().describe('name of the generator'),
	ratedPowerW: z.number().positive().describe('its highest power'),
	fuelSlopeLPerKwh: z.number().describe('litres per kWh made'),
	fuelInterceptLPerKwh: z.number().describe('litres an hour per kW of rated power'),
	co2KgPerL: z.number().describe('CO2 of a litre'),
	fuelUsdPerL: z.number().describe('price of a litre'),
});

const DispatchLimits = z.looseObject({
	batteries: z.array(BatteryLimits).describe('what each battery allows'),
	generators: z.array(GeneratorLimits).describe('what each generator allows'),
	importLimitW: z.number().nullable().describe('null: none'),
	exportLimitW: z.number().nullish().describe('null: none'),
	rampUpW: z.number().nullish().describe('W per minute that the grid may rise; null: any'),
	rampDownW: z.number().nullish().describe('W per minute that it may fall; null: any'),
	batteriesExport: z.boolean().optional().describe('whether they may give into the grid'),
	curtails: z.boolean().optional().describe('whether exports that would cost are curtailed'),
});
export type DispatchLimits = z.infer<typeof DispatchLimits>;

/** A column of a table that a kind of actor brings, where the program does not know the kind. */
export const OwnColumn = z.strictObject({
	name: Name.describe('name of the column'),
	unit: Unit.nullable().describe('unit; null: of a text'),
	kind: z
		.enum(Object.keys(COLUMN_KINDS) as [ColumnKind, ...ColumnKind[]])
		.describe('one of the kinds above'),
	text: z.string().min(1).max(500).describe('its meaning'),
	isCount: z.literal(true).optional().describe('whole numbers'),
});
export type OwnColumn = z.infer<typeof OwnColumn>;

export const RunStatus = z.enum(['running', 'complete', 'incomplete', 'failed']);
/** How a run stands: `incomplete` was interrupted and can go on, `failed` cannot. */
export type RunStatus = z.infer<typeof RunStatus>;

const Percents = z.tuple([z.number(), z.number()]).nullable();

/** Older runs have some of them. */
const OldRequestFates = RequestFates.partial().required({ arrived: true });

/** What Gridbeat adds to Vessim's keys. */
const Gridbeat = z.looseObject({
	format: z
		.literal(FOLDER_FORMAT)
		.optional()
		.describe(
			`version of the run folder, ${FOLDER_FORMAT}; runs from before there was one have none`,
		),
	status: RunStatus.nullish().describe(
		'`running`, `complete`, `incomplete` (interrupted) or `failed`',
	),
	reason: z.string().nullish().describe('why it did not complete'),
	simulated_until_s: z.number().nullish().describe('simulated time up to which all tables go, s'),
	requests: OldRequestFates.nullish().describe('where the requests were at the end'),
	refused_messages: z.int().nonnegative().nullish().describe('messages that were not of the run'),
	duplicate_messages: z.int().nonnegative().nullish().describe('messages that came twice'),
	refused_named: z
		.array(z.string())
		.nullish()
		.describe('the first of each sort of both, in words, 16 at most; absent: there were none'),
	setbacks: z
		.int()
		.positive()
		.nullish()
		.describe('times that the run went back to a checkpoint; absent: it never did'),
	checkpoints: z
		.int()
		.positive()
		.nullish()
		.describe('checkpoints that were kept ([recovery](recovery.md)); absent: none'),
	run: z.string().nullish().describe('id of the run'),
	version: z.string().nullish().describe('version of the program'),
	protocol: z.number().nullish().describe('version of the protocol between processes'),
	seed: z.union([z.number(), z.string()]).nullish().describe('seed of all random streams'),
	timezone: z.string().nullish().describe('IANA zone of the location'),
	location: z.string().nullish().describe('name of the location'),
	carbon_kind: z.string().nullish().describe('average or marginal; null: no signal'),
	value_origins: z
		.record(z.string(), z.array(z.string()))
		.nullish()
		.describe('paths of values by where they are from: file, flag, derived; the rest are defaults'),
	forecasts: z
		.record(z.string(), z.string())
		.nullish()
		.describe('what the policy knew of each signal in advance, such as persistence'),
	sites: z.array(z.string()).nullish().describe('names of the folders in `sites/`, if several'),
	cap_rules: z.array(CapRule).nullish().describe('rules of the power cap, as in the scenario'),
	thresholds: z
		.looseObject({
			lowGPerKwh: z.number().describe('low below this'),
			highGPerKwh: z.number().describe('high above this'),
		})
		.nullish()
		.describe('what counts as low and as high carbon intensity'),
	gpus: z
		.looseObject({
			device: z.string().describe('name of the device'),
			count: z.number().describe('how many'),
		})
		.nullish()
		.describe('GPUs that the replicas hold'),
	gpu_power: z
		.looseObject({
			curve: z.string().describe('name of the curve'),
			busyPercent: Percents.describe('how far measured ones lie from it, busy; null: not known'),
			idlePercent: Percents.describe('the same without work'),
		})
		.nullish()
		.describe('power curve of the GPUs'),
	memory: z
		.looseObject({
			numBlocks: z.number().describe('KV blocks of a replica'),
			kvTokens: z.number().describe('tokens that they hold'),
			maxConcurrency: z.number().optional().describe('requests of full length that fit at once'),
			deviceGiB: z.number().optional().describe('memory of a GPU as CUDA shows it, GiB'),
			requestedGiB: z.number().optional().describe('what vLLM uses of it'),
			weightsGiB: z.number().optional().describe('of that: weights'),
			activationGiB: z.number().optional().describe('the peak of a step'),
			otherGiB: z.number().optional().describe('contexts of CUDA and of collectives'),
			cudaGraphGiB: z.number().optional().describe('CUDA graphs'),
			kvCacheGiB: z.number().optional().describe('KV cache'),
		})
		.nullish()
		.describe('KV memory of a replica; its parts where vLLM’s plan counts'),
	accounting: Accounting.nullish().describe('as in the scenario, with durations in seconds'),
	mode: z.string().nullish().describe('grid-connected or islanded'),
	dispatch: DispatchLimits.nullish().describe('what the dispatch could choose from'),
	command: z.string().nullish().describe('the command that repeats the run'),
	summary: z.string().nullish().describe('one line on what is simulated'),
	own_kinds: z
		.array(
			z.looseObject({
				name: z.string().describe('name of the actor'),
				kind: z.string().describe('what it is, as its module says'),
				role: OwnRole.describe('`member`, `store`, `signal` or `observer`'),
				module: z.string().nullish().describe('path of its module; none: its process is elsewhere'),
				sha256: z
					.hash('sha256')
					.nullish()
					.describe('of the module and what it imports by a relative path'),
			}),
		)
		.nullish()
		.describe('actors of the user’s own kinds'),
	feeds: z
		.array(FollowedFeed)
		.nullish()
		.describe('feeds that actors follow ([feeds](feeds.md#in-a-run)); absent: none'),
	sources: z.array(SourceLabel).nullish().describe('what the figures rest on'),
	remarks: z
		.array(Remark)
		.nullish()
		.describe('what was done to inputs, and what else there is to know of them; absent: nothing'),
	hosts: z
		.array(
			z.looseObject({
				host: z.string().describe('name of the process'),
				machine: z.string().describe('its machine'),
				pid: z.number().describe('its number there'),
				actors: z.string().optional().describe('whose actors it runs'),
				program: z.string().describe('its program'),
				version: z.string().describe('version of that'),
			}),
		)
		.nullish()
		.describe('who took part'),
	tables: z
		.record(z.string().regex(/^[A-Za-z][\w-]*\.csv$/), z.array(OwnColumn))
		.nullish()
		.describe('columns of tables that a user’s kinds of actor bring, by file'),
	scenario: z.unknown().optional().describe('the scenario, resolved'),
});

/** metadata.yaml. */
export const RunMetadata = z.looseObject({
	environment: Environment.prefault({}).describe('time of the run'),
	microgrids: z.record(z.string(), Microgrid).prefault({}).describe('each microgrid, by name'),
	execution: Execution.prefault({}).describe('how it was executed'),
	gridbeat: Gridbeat.prefault({}).describe('what Gridbeat adds'),
});
export type RunMetadata = z.infer<typeof RunMetadata>;
/** What a program writes: prefaults and all else that reading adds may be missing. */
export type MetadataFile = z.input<typeof RunMetadata>;
