import { DateTime } from 'luxon';
import type { FollowedFeeds } from '../../feeds/signal/followed.ts';
import { PROTOCOL_VERSION } from '../../protocol/messages.ts';
import { FOLDER_FORMAT, type MetadataFile } from '../../protocol/run-folder/metadata.ts';
import { parseDuration } from '../../protocol/scenario/duration.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { usToSeconds } from '../../protocol/time.ts';
import { findDevice } from '../../silicon/device.ts';
import { isCardPath } from '../../silicon/profile/load-device-card.ts';
import { gpuPowerOf } from './calibration.ts';
import { declaredIn, kindsIn, shownIn } from './declared.ts';
import { dispatchLimits } from './dispatch-limits.ts';
import { knownLoads } from './load-config.ts';
import { replicaMemory } from './memory-plan.ts';
import type { OwnActor } from './own-actor.ts';
import type { Frame } from './plan.ts';
import { replicaNames } from './serving-cast.ts';
import type { ResolvedSignals } from './site-signals.ts';
import { sourceLabels } from './source-labels.ts';
import type { ValueOrigin, ValueOrigins } from './value-origins.ts';

export interface MetadataContext extends ResolvedSignals {
	readonly run: string;
	readonly version: string;
	readonly scenario: Scenario;
	readonly frame: Frame;
	/** Actors of the user's own kinds. */
	readonly own: readonly OwnActor[];
	/** What members follow, and the air outside. */
	readonly feeds: FollowedFeeds;
	/** The command that repeats the run; null where there is none. */
	readonly command: string | null;
	/** Where the values of the scenario are from; null: not known. */
	readonly origins: ValueOrigins | null;
	readonly startedAt: Date;
}

/**
 * metadata.yaml as it is when the run begins. The first three keys are Vessim's, so that its viewer lists
 * the run; ours stand under `gridbeat`.
 */
export function runMetadata(context: MetadataContext): MetadataFile {
	const { run, version, scenario, frame, carbon, command, startedAt } = context;
	const { location, startEpochMs, stepUs, untilUs } = frame;
	const local = (ms: number) =>
		DateTime.fromMillis(ms, { zone: location.timeZone }).toFormat('yyyy-MM-dd HH:mm:ss');
	const metadata: MetadataFile = {
		environment: {
			name: scenario.name,
			sim_start: local(startEpochMs),
			step_size: usToSeconds(stepUs),
			sim_end: local(startEpochMs + (untilUs - stepUs) / 1000),
		},
		microgrids: { [siteLabel(frame)]: microgrid(context) },
		execution: {
			status: 'running',
			git_hash: null,
			start: startedAt.toISOString(),
			end: null,
			duration: null,
		},
		gridbeat: {
			format: FOLDER_FORMAT,
			status: 'running',
			refused_messages: 0,
			duplicate_messages: 0,
			run,
			version,
			protocol: PROTOCOL_VERSION,
			seed: frame.seed,
			timezone: location.timeZone,
			location: location.name,
			carbon_kind: carbon?.source.kind ?? null,
			...forecastNames(context),
			cap_rules: scenario.cap,
			...memberNames(scenario),
			...ownKinds(context),
			thresholds: scenario.thresholds,
			gpus: gpusOf(scenario, frame),
			...curveOf(scenario),
			memory: replicaMemory(scenario, frame),
			accounting: accountingOf(scenario),
			mode: scenario.policy.mode,
			dispatch: dispatchLimits(scenario, frame),
			command,
			summary: summaryLine(scenario),
			sources: sourceLabels(scenario, frame, context),
			scenario,
			...(context.origins === null ? {} : { value_origins: byOrigin(context.origins) }),
		},
	};
	// Through JSON once: what has no value is left out, as in the file.
	return JSON.parse(JSON.stringify(metadata)) as MetadataFile;
}

/** The paths of the values that somebody gave, or that follow from those; all others are defaults. */
function byOrigin(origins: ValueOrigins): Record<string, string[]> {
	const paths = (wanted: ValueOrigin) =>
		Object.entries(origins).flatMap(([path, origin]) => (origin === wanted ? [path] : []));
	return { file: paths('file'), flag: paths('flag'), derived: paths('derived') };
}

/** What a site is called in files: by its name, or by its place where it is the only one. */
export function siteLabel({ prefix, location }: Frame): string {
	return prefix === '' ? location.name : prefix.slice(0, -1);
}

type Microgrid = NonNullable<MetadataFile['microgrids']>[string];

/** Vessim's names, and one in their manner. */
const BATTERY_TYPES = {
	simple: 'SimpleBattery',
	linear: 'LinearBattery',
	clc: 'ClcBattery',
} as const;

function microgrid({ scenario, frame, own, carbon, marginal }: MetadataContext): Microgrid {
	const step = usToSeconds(frame.stepUs);
	const actor = (name: string, signal: string, consumer: boolean) => ({
		name,
		signal,
		consumer,
		step_size: step,
	});
	const serving = scenario.serving;
	const replicas = replicaNames(scenario, frame.prefix).map((name) =>
		actor(name, `${serving?.model} on ${serving === null ? '' : deviceName(serving)}`, true),
	);
	return {
		actors: [
			...replicas,
			...knownLoads(scenario).map(({ name, type, sign }) => actor(name, type, sign === 'consumer')),
			...declaredIn(scenario).map(({ declaration, item }) =>
				actor(item.name, declaration.signal(item), false),
			),
			...own.flatMap(({ name, kind, isLoad, role }) =>
				role === 'member' ? [actor(name, kind, isLoad)] : [],
			),
		],
		dispatchables: [
			...scenario.batteries.map((battery) => ({
				name: battery.name,
				type: BATTERY_TYPES[battery.type],
				capacity: battery.capacityWh,
				initial_soc: battery.initialSoc,
				min_soc: battery.minSoc,
			})),
			...own.flatMap(({ name, kind, start }) =>
				start === null
					? []
					: [{ name, type: kind, capacity: start.capacityWh, initial_soc: start.soc }],
			),
		],
		policy: {
			type: POLICY_TYPES[scenario.policy.type ?? 'default'],
			mode: scenario.policy.mode,
			charge_power: forcedChargeW(scenario.policy),
		},
		grid_signals:
			carbon === null && marginal === null
				? null
				: {
						...(carbon === null ? {} : { carbon: carbon.origin.source }),
						...(marginal === null ? {} : { marginal: marginal.origin.source }),
					},
		coords: [frame.location.latitude, frame.location.longitude],
	};
}

const POLICY_TYPES = {
	default: 'DefaultDispatchPolicy',
	'time-of-use': 'TimeOfUsePolicy',
	'carbon-arbitrage': 'CarbonArbitragePolicy',
	'price-arbitrage': 'PriceArbitragePolicy',
	'peak-shaving': 'PeakShavingPolicy',
	forecast: 'ForecastPolicy',
	plugin: 'PluginPolicy',
} as const;

function forcedChargeW(policy: Scenario['policy']): number {
	return policy.type === undefined || policy.type === 'default' ? policy.chargePowerW : 0;
}

/** `2`, or `1 + 3` where prompts and answers have a pool each. */
function replicaCount({
	replicas,
	scaling,
	disaggregation,
}: NonNullable<Scenario['serving']>): string {
	if (scaling !== null) return `${replicas} (at most ${scaling.max})`;
	if (disaggregation === null) return String(replicas);
	return `${disaggregation.prefillReplicas} + ${disaggregation.decodeReplicas}`;
}

/** One line on what is simulated. */
export function summaryLine(scenario: Scenario): string {
	const { serving, requests, batteries } = scenario;
	const capacityWh = batteries.reduce((sum, battery) => sum + battery.capacityWh, 0);
	const load =
		serving === null
			? 'no serving'
			: `${replicaCount(serving)} x ${serving.model.split('/').pop()} on ${deviceName(serving).toUpperCase()}`;
	const { qps, concurrency, sessions } = requests;
	const what = sessions === null ? 'requests' : 'sessions';
	const drawn = qps === 'inf' ? 'all requests at once' : `${qps} ${what}/s`;
	const made =
		requests.lengths.type === 'trace-file'
			? 'replayed requests'
			: concurrency === null
				? drawn
				: `${concurrency} users${sessions === null ? '' : ' in sessions'}`;
	const arrivals = {
		generated: made,
		live: 'requests from outside',
		both: `${made} and requests from outside`,
	}[requests.source];
	return [
		serving === null ? load : `${load}, ${arrivals} (${requests.policy})`,
		...shownIn(scenario).map(({ declaration, items }) => declaration.summary(items)),
		`${capacityWh} Wh battery`,
	].join(' · ');
}

/** What the run has of kinds of the user's, with the contents of their modules. */
function ownKinds({ own }: MetadataContext) {
	if (own.length === 0) return {};
	const rows = own.map(({ name, kind, role, runs }) => ({
		...{ name, kind, role },
		...(runs.by === 'process' ? {} : { module: runs.module.path, sha256: runs.module.sha256 }),
	}));
	return { own_kinds: rows };
}

/** The members of each declared kind, and loads that produce: from these the report knows whose power it adds up. */
function memberNames(scenario: Scenario): Record<string, string[]> {
	const producing = scenario.loads.filter((load) => 'sign' in load && load.sign === 'producer');
	return Object.fromEntries([
		...kindsIn(scenario).flatMap(({ declaration: { kind, isUsual }, items }) =>
			isUsual === true ? [] : [[`${kind}_names`, items.map(({ name }) => name)]],
		),
		...(producing.length === 0 ? [] : [['other_names', producing.map(({ name }) => name)]]),
	]);
}

/** The device by its name, also where the scenario has the path of its card. */
function deviceName({ device }: NonNullable<Scenario['serving']>): string {
	return isCardPath(device) ? findDevice(device).name : device;
}

function gpusOf(scenario: Scenario, frame: Frame) {
	const { serving } = scenario;
	if (serving === null) return null;
	const { tensorParallel, pipelineStages } = serving;
	const device = deviceName(serving);
	const replicas = replicaNames(scenario, frame.prefix).length;
	return { device, count: replicas * tensorParallel * pipelineStages };
}

function curveOf({ serving }: Scenario) {
	if (serving === null) return {};
	const { curve, measured } = gpuPowerOf(serving);
	const { busyPercent, idlePercent } = measured ?? { busyPercent: null, idlePercent: null };
	return { gpu_power: { curve, busyPercent, idlePercent } };
}

function accountingOf({ accounting }: Scenario) {
	const { demandInterval, ...rest } = accounting;
	const demandIntervalS = usToSeconds(parseDuration(demandInterval, 'accounting.demandInterval'));
	return { ...rest, demandIntervalS };
}

/** What the policy knew in advance, in a word for each signal. */
function forecastNames({ forecasts }: MetadataContext) {
	if (forecasts === null) return {};
	const known = Object.entries(forecasts).flatMap(([signal, forecast]) =>
		forecast === null ? [] : [[signal, forecast.name] as const],
	);
	return { forecasts: Object.fromEntries(known) };
}
