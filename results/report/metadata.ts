import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { plainText } from '../../protocol/plain-text.ts';
import { Definitions } from '../../protocol/scenario/accounting.ts';
import { CapRule } from '../../protocol/scenario/caps.ts';

/** How sure a figure of the run is: read off hardware, fitted to such readings, or a rule of thumb. */
export const SourceLabel = z.strictObject({
	what: z.string(),
	label: z.string(),
	source: z.string(),
});
export type SourceLabel = z.infer<typeof SourceLabel>;

const Dispatchable = z.looseObject({
	name: z.string(),
	capacity: z.number().nullish().catch(null),
	min_soc: z.number().nullish().catch(null),
});

const Microgrid = z.looseObject({
	dispatchables: z.array(Dispatchable).nullish().catch(null),
	coords: z.unknown().optional(),
});

const Environment = z.looseObject({
	name: z.string().nullish().catch(null),
	sim_start: z.string().nullish().catch(null),
	step_size: z.number().positive().nullish().catch(null),
	sim_end: z.string().nullish().catch(null),
});

const Execution = z.looseObject({
	status: z.string().nullish().catch(null),
	duration: z.number().nullish().catch(null),
});

/** What the report is to count, resolved from the scenario. */
const Accounting = z.looseObject({
	definitions: Definitions,
	openingGPerKwh: z.number(),
	embodied: z.boolean(),
	exportUsdPerKwh: z.number().nullable(),
	demandUsdPerKw: z.number().nullable(),
	demandIntervalS: z.number().positive(),
	gpuUsdPerHour: z.number().nullable(),
});
export type Accounting = z.infer<typeof Accounting>;

/** What a battery allows at most, and how it is to age. */
const BatteryLimits = z.looseObject({
	name: z.string(),
	capacityWh: z.number().positive(),
	minSoc: z.number(),
	maxSoc: z.number(),
	etaCharge: z.number().positive(),
	etaDischarge: z.number().positive(),
	selfDischargePerHour: z.number().nonnegative(),
	standbyW: z.number().nonnegative(),
	maxChargeW: z.number().nullable(),
	maxDischargeW: z.number().nullable(),
	degradation: z
		.looseObject({
			temperatureC: z.number(),
			initialFade: z.number(),
			endOfLifeFade: z.number(),
			replacementUsdPerKwh: z.number(),
			/** The capacity fell during the run. */
			inRun: z.boolean().optional(),
		})
		.nullable(),
});

const GeneratorLimits = z.looseObject({
	name: z.string(),
	ratedPowerW: z.number().positive(),
	fuelSlopeLPerKwh: z.number(),
	fuelInterceptLPerKwh: z.number(),
	co2KgPerL: z.number(),
	fuelUsdPerL: z.number(),
});

const DispatchLimits = z.looseObject({
	batteries: z.array(BatteryLimits),
	generators: z.array(GeneratorLimits),
	importLimitW: z.number().nullable(),
});
export type DispatchLimits = z.infer<typeof DispatchLimits>;

/** What Gridbeat adds to Vessim's keys. */
const Gridbeat = z.looseObject({
	status: z.enum(['running', 'complete', 'incomplete', 'failed']).nullish().catch(null),
	reason: z.string().nullish().catch(null),
	/** Messages that were not of the run, and those that came twice. */
	refused_messages: z.int().nonnegative().nullish().catch(null),
	duplicate_messages: z.int().nonnegative().nullish().catch(null),
	simulated_until_s: z.number().nullish().catch(null),
	/** Where the requests were at the end. */
	requests: z.looseObject({ arrived: z.number() }).nullish().catch(null),
	version: z.string().nullish().catch(null),
	seed: z.union([z.number(), z.string()]).nullish().catch(null),
	/** IANA zone of the location; the report's time axis. */
	timezone: z.string().nullish().catch(null),
	location: z.string().nullish().catch(null),
	/** average or marginal. */
	carbon_kind: z.string().nullish().catch(null),
	/** What the policy knew of each signal in advance, such as persistence or perfect. */
	forecasts: z.record(z.string(), z.string()).nullish().catch(null),
	/** Names of the folders in sites/, where there are several. */
	sites: z.array(z.string()).nullish().catch(null),
	cap_rules: z.array(CapRule.nullable().catch(null)).nullish().catch(null),
	/** What counts as low and as high carbon intensity, g/kWh. */
	thresholds: z
		.looseObject({ lowGPerKwh: z.number(), highGPerKwh: z.number() })
		.nullish()
		.catch(null),
	/** What the dispatch could choose from; runs of others do not say it. */
	dispatch: DispatchLimits.nullish().catch(null),
	mode: z.string().nullish().catch(null),
	/** The command that repeats the run. */
	command: z.string().nullish().catch(null),
	/** One line on what was simulated. */
	summary: z.string().nullish().catch(null),
	sources: z.array(SourceLabel).nullish().catch(null),
	/** GPUs that the replicas hold. */
	gpus: z.looseObject({ device: z.string(), count: z.number() }).nullish().catch(null),
	/** The power curve of its GPUs, and how far measured ones lie from it, percent; null: not known. */
	gpu_power: z
		.looseObject({
			curve: z.string(),
			busyPercent: z.tuple([z.number(), z.number()]).nullable(),
			idlePercent: z.tuple([z.number(), z.number()]).nullable(),
		})
		.nullish()
		.catch(null),
	/** As in a scenario, with durations in seconds. */
	accounting: Accounting.nullish().catch(null),
	scenario: z.unknown().optional(),
});

/**
 * What the report knows of metadata.yaml. Lenient: the run folder of another version, or of Vessim itself,
 * gives a report too, with less in it.
 */
export const RunMetadata = z.looseObject({
	environment: Environment.catch(() => Environment.parse({})),
	microgrids: z.record(z.string(), Microgrid).catch({}),
	execution: Execution.catch(() => Execution.parse({})),
	gridbeat: Gridbeat.catch(() => Gridbeat.parse({})),
});
export type RunMetadata = z.infer<typeof RunMetadata>;

/** A run folder may be anybody's: its texts are shown in terminals and pages. */
function visible(value: unknown): unknown {
	if (typeof value === 'string') return plainText(value, Number.POSITIVE_INFINITY);
	if (Array.isArray(value)) return value.map(visible);
	if (typeof value !== 'object' || value === null) return value;
	const members = Object.entries(value).map(([key, member]) => [
		plainText(key, Number.POSITIVE_INFINITY),
		visible(member),
	]);
	return Object.fromEntries(members);
}

/** What was read last: a report asks for it several times, and reading YAML takes longer than all else about it. */
let last: { readonly text: string; readonly metadata: RunMetadata } | null = null;

/** @throws ConfigError if the folder has no readable metadata.yaml */
export function readMetadata(folder: string): RunMetadata {
	const path = join(folder, 'metadata.yaml');
	try {
		const text = readFileSync(path, 'utf8');
		if (last?.text !== text)
			last = { text, metadata: RunMetadata.parse(visible(parse(text) ?? {})) };
		return last.metadata;
	} catch (error) {
		const reason =
			(error as { code?: string }).code === 'ENOENT' ? 'there is none' : messageOf(error);
		throw new ConfigError(
			`Cannot read the run "${folder}": metadata.yaml: ${reason}; give a folder below runs/`,
		);
	}
}

/** How the run stands, in our words, also for a folder that Vessim wrote. */
export function statusOf(metadata: RunMetadata): 'running' | 'complete' | 'incomplete' | 'failed' {
	const own = metadata.gridbeat.status;
	if (own) return own;
	return metadata.execution.status === 'completed' ? 'complete' : 'running';
}
