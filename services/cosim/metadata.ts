import { DateTime } from 'luxon';
import { parseDuration } from '../../protocol/duration.ts';
import { PROTOCOL_VERSION } from '../../protocol/messages.ts';
import type { Scenario } from '../../protocol/scenario.ts';
import { usToSeconds } from '../../protocol/time.ts';
import type { RecorderConfig } from '../recorder/config.ts';
import { findDevice } from '../replica/config.ts';
import { findGpuPower } from '../replica/device.ts';
import { gapsText } from '../signal/gaps.ts';
import type { ResolvedCarbon } from './carbon-source.ts';
import { dispatchLimits } from './dispatch-limits.ts';
import type { SiteForecasts } from './forecast-source.ts';
import type { Frame } from './plan.ts';
import { policySource } from './policy-source.ts';
import type { ResolvedPrice } from './price-source.ts';
import { replicaNames } from './serving-cast.ts';

export interface MetadataContext {
	readonly run: string;
	readonly version: string;
	readonly scenario: Scenario;
	readonly frame: Frame;
	readonly carbon: ResolvedCarbon | null;
	readonly marginal: ResolvedCarbon | null;
	readonly price: ResolvedPrice | null;
	readonly forecasts: SiteForecasts | null;
	/** The command that repeats the run. */
	readonly command: string;
	readonly startedAt: Date;
}

/**
 * metadata.yaml as it is when the run begins. The first three keys are Vessim's, so that its viewer lists
 * the run; ours stand under `gridbeat`.
 */
export function runMetadata(context: MetadataContext): RecorderConfig['metadata'] {
	const { run, version, scenario, frame, carbon, command, startedAt } = context;
	const { location, startEpochMs, stepUs, untilUs } = frame;
	const local = (ms: number) =>
		DateTime.fromMillis(ms, { zone: location.timeZone }).toFormat('yyyy-MM-dd HH:mm:ss');
	const metadata = {
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
			status: 'running',
			run,
			version,
			protocol: PROTOCOL_VERSION,
			seed: frame.seed,
			timezone: location.timeZone,
			location: location.name,
			carbon_kind: carbon?.source.kind ?? null,
			...forecastNames(context),
			cap_rules: scenario.cap,
			...(scenario.wind.length === 0 ? {} : { wind_names: scenario.wind.map(({ name }) => name) }),
			thresholds: scenario.thresholds,
			gpus: gpusOf(scenario, frame),
			...gpuPowerOf(scenario),
			accounting: accountingOf(scenario),
			mode: scenario.policy.mode,
			dispatch: dispatchLimits(scenario, frame),
			command,
			summary: summaryLine(scenario),
			sources: sourceLabels(context),
			scenario,
		},
	};
	// Through JSON once: what has no value is left out, as in the file.
	return JSON.parse(JSON.stringify(metadata)) as RecorderConfig['metadata'];
}

/** Names the gaps of the files that a run reads: under `gaps`, and beside where the figures come from. */
export function addGaps(
	metadata: RecorderConfig['metadata'],
	gaps: readonly { readonly actor: string; readonly count: number; readonly longestS: number }[],
): void {
	const own = metadata['gridbeat'] as { sources: unknown[]; gaps?: unknown };
	own.gaps = gaps;
	for (const { actor, count, longestS } of gaps)
		own.sources.push({
			what: `gaps of ${actor}`,
			label: 'given',
			source: `${gapsText(count, longestS)}; the value beside is held`,
		});
}

/** What a site is called in files: by its name, or by its place where it is the only one. */
export function siteLabel({ prefix, location }: Frame): string {
	return prefix === '' ? location.name : prefix.slice(0, -1);
}

/** Vessim's names, and one in their manner. */
const BATTERY_TYPES = {
	simple: 'SimpleBattery',
	linear: 'LinearBattery',
	clc: 'ClcBattery',
} as const;

function microgrid({ scenario, frame, carbon, marginal }: MetadataContext): unknown {
	const step = usToSeconds(frame.stepUs);
	const actor = (name: string, signal: string, consumer: boolean) => ({
		name,
		signal,
		consumer,
		step_size: step,
	});
	const serving = scenario.serving;
	const replicas = replicaNames(scenario, frame.prefix).map((name) =>
		actor(name, `${serving?.model} on ${serving?.device}`, true),
	);
	return {
		actors: [
			...replicas,
			...scenario.loads.map((load) => actor(load.name, load.type, load.sign === 'consumer')),
			...scenario.solar.map((solar) => actor(solar.name, `${solar.sky.type} sky`, false)),
			...scenario.wind.map((wind) => actor(wind.name, `${wind.speed.type} wind`, false)),
		],
		dispatchables: scenario.batteries.map((battery) => ({
			name: battery.name,
			type: BATTERY_TYPES[battery.type],
			capacity: battery.capacityWh,
			initial_soc: battery.initialSoc,
			min_soc: battery.minSoc,
		})),
		policy: {
			type: POLICY_TYPES[scenario.policy.type ?? 'default'],
			mode: scenario.policy.mode,
			charge_power: forcedChargeW(scenario.policy),
		},
		grid_signals:
			carbon === null && marginal === null
				? null
				: {
						...(carbon === null ? {} : { carbon: carbon.describe }),
						...(marginal === null ? {} : { marginal: marginal.describe }),
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
function replicaCount({ replicas, disaggregation }: NonNullable<Scenario['serving']>): string {
	if (disaggregation === null) return String(replicas);
	return `${disaggregation.prefillReplicas} + ${disaggregation.decodeReplicas}`;
}

/** One line on what is simulated. */
export function summaryLine(scenario: Scenario): string {
	const { serving, requests, solar, wind, batteries } = scenario;
	const peakW = solar.reduce((sum, { peakPowerW }) => sum + peakPowerW, 0);
	const windW = wind.reduce((sum, { ratedPowerW }) => sum + ratedPowerW, 0);
	const capacityWh = batteries.reduce((sum, battery) => sum + battery.capacityWh, 0);
	const load =
		serving === null
			? 'no serving'
			: `${replicaCount(serving)} x ${serving.model.split('/').pop()} on ${serving.device.toUpperCase()}`;
	const arrivals =
		requests.lengths.type === 'trace-file' ? 'replayed requests' : `${requests.qps} requests/s`;
	return [
		serving === null ? load : `${load}, ${arrivals} (${requests.policy})`,
		`${peakW} W solar`,
		...(wind.length === 0 ? [] : [`${windW} W wind`]),
		`${capacityWh} Wh battery`,
	].join(' · ');
}

function gpusOf(scenario: Scenario, frame: Frame) {
	const { serving } = scenario;
	if (serving === null) return null;
	const { device, tensorParallel, pipelineStages } = serving;
	const replicas = replicaNames(scenario, frame.prefix).length;
	return { device, count: replicas * tensorParallel * pipelineStages };
}

function gpuPowerOf({ serving }: Scenario) {
	if (serving === null) return {};
	const { curve, measured } = findGpuPower(serving.powerCurve, findDevice(serving.device).name);
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
	const known = Object.entries(forecasts).filter(([, forecast]) => forecast !== null);
	return { forecasts: Object.fromEntries(known.map(([signal, one]) => [signal, one?.name])) };
}

function sourceLabels({ scenario, carbon, marginal, price, forecasts }: MetadataContext) {
	const labels = [];
	if (scenario.serving !== null) {
		labels.push({
			what: 'iteration times',
			label: 'fitted',
			source:
				'profiling-data/, from medians that Vidur measured; see its README for the held-out error',
		});
		labels.push(...powerLabels(scenario, scenario.serving));
	}
	for (const { name, sky } of scenario.solar) {
		labels.push({
			what: name,
			label: sky.type === 'trace' ? 'given' : sky.type === 'clear' ? 'modelled' : 'fitted',
			source:
				sky.type === 'trace'
					? sky.path
					: `clear-sky model${sky.type === 'clear' ? '' : ', clouds with the statistics in weather-data/'}`,
		});
	}
	for (const { name, speed } of scenario.wind) {
		labels.push({
			what: name,
			label: speed.type === 'stochastic' ? 'synthetic' : 'given',
			source:
				speed.type === 'trace'
					? speed.path
					: speed.type === 'constant'
						? `${speed.speedMs} m/s at all times`
						: 'Weibull-distributed speeds about a typical mean, measured nowhere (docs/wind.md)',
		});
	}
	if (scenario.policy.type === 'plugin') {
		const { path } = scenario.policy;
		const source = `${path}, SHA-256 ${policySource(path).sha256}`;
		labels.push({ what: 'dispatch policy', label: 'given', source });
	}
	for (const [what, signal] of [
		['carbon intensity', carbon],
		['marginal carbon intensity', marginal],
	] as const) {
		if (signal === null) continue;
		const label = signal.source.type === 'profile' ? 'fitted' : signal.source.type;
		labels.push({ what, label, source: signal.describe });
	}
	for (const [signal, forecast] of Object.entries(forecasts ?? {})) {
		if (forecast === null) continue;
		const { name: label, describe: source } = forecast;
		labels.push({ what: `forecast of ${signal}`, label, source });
	}
	if (price !== null && price.describe !== null)
		labels.push({ what: 'price', label: price.source.type, source: price.describe });
	return labels;
}

/** Where the power of GPUs, servers and facility is from. */
function powerLabels({ solar }: Scenario, serving: NonNullable<Scenario['serving']>) {
	const power = findGpuPower(serving.powerCurve, findDevice(serving.device).name);
	const { idleW, maxW, saturationMfu, powerExponent, source } = power;
	const [low = 0, high = 0] = power.measured?.busyPercent ?? [];
	const formula = `${idleW} W + ${maxW - idleW} W * min(1, (MFU / ${saturationMfu})^${powerExponent})`;
	const error =
		power.measured === null
			? 'no measurement of it is known'
			: `measured GPUs at work draw ${low > 0 ? '+' : ''}${low} to +${high} % against it`;
	const { sleep, host, pue } = serving;
	const file = solar.map(({ sky }) => sky).find(({ type }) => type === 'file');
	return [
		{
			what: 'power of a GPU',
			label: power.curve === 'measured' ? 'fitted' : 'published curve',
			source: `${formula}: ${source}; ${error} (profiling-data/gpu-power.json)`,
		},
		...(sleep === null
			? []
			: [
					{
						what: 'power of a sleeping GPU',
						label: sleep.powerW === null ? 'approximate' : 'given',
						source: sleep.powerW === null ? power.sleepSource : 'the scenario',
					},
				]),
		...(host.idleW + host.busyW + host.networkW === 0
			? []
			: [{ what: 'power of servers and network', label: 'given', source: 'the scenario' }]),
		...(typeof pue === 'number'
			? []
			: [
					{
						what: 'PUE by outdoor temperature',
						label: 'given',
						source: `the scenario; temperature from ${file?.type === 'file' ? file.path : "the location's climate (weather-data/)"}`,
					},
				]),
	];
}
