import type { RosterEntry } from '../../protocol/messages.ts';
import { EVICTIONS_PORT, FIRST_TOKENS_PORT, ITERATIONS_PORT } from '../../protocol/ports.ts';
import type { Wire } from '../../protocol/readings.ts';
import { GridSignal } from '../../protocol/signals.ts';
import type { ControllerConfig } from '../../services/controller/config.ts';
import type {
	MonitorConfig,
	MonitoredReplica,
	MonitoredSite,
} from '../../services/gateway/monitor/config.ts';
import type { RecorderConfig } from '../../services/recorder/config.ts';
import type { ReplicaConfig } from '../../services/replica/config.ts';
import { siteLabel } from './metadata.ts';
import type { Frame } from './plan.ts';
import { siteNames } from './site-names.ts';
import { wire } from './wire.ts';

const MONITOR_NAME = 'monitor';
/** What replicas say of requests under way. */
const UNDER_WAY = [FIRST_TOKENS_PORT, EVICTIONS_PORT, ITERATIONS_PORT].map(({ name }) => name);

type Entry = Omit<RosterEntry, 'host'>;

/** An actor that says what the monitor wants to hear, beside what it says anyway. */
export function tellingMonitor(entry: Entry): Entry {
	if (entry.kind !== 'replica') return entry;
	const config = entry.config as ReplicaConfig;
	const told = { batches: false, operations: false, ...config.tells, progress: true };
	return { ...entry, config: { ...config, tells: told } } as Entry;
}

/** Who looks at all sites, and from whom it hears. @param actors of all sites */
export function monitorCast(
	frame: Frame,
	sites: readonly { readonly frame: Frame }[],
	actors: readonly Entry[],
): { readonly actor: Entry; readonly wires: readonly Wire[] } {
	const { stepUs, untilUs, startEpochMs } = frame;
	const monitored = sites.map((site) => monitoredSite(site.frame, actors));
	const config: MonitorConfig = { stepUs, untilUs, startEpochMs, sites: monitored };
	return {
		actor: { name: MONITOR_NAME, kind: 'monitor', config } as Entry,
		wires: monitored.flatMap(({ suffix, replicas, tellsTokens }, s) => {
			const { controller } = siteNames((sites[s] as (typeof sites)[number]).frame);
			return [
				wire(`${controller}.books`, `${MONITOR_NAME}.books${suffix}`),
				...replicas.flatMap(({ name }) =>
					['usage', 'requests', ...UNDER_WAY].map((port) =>
						wire(`${name}.${port}`, `${MONITOR_NAME}.${port}${suffix}`),
					),
				),
				// Rows go at once, to whoever answers too.
				...(tellsTokens ? replicas : []).map(
					({ name }): Wire => ({
						...wire(`${name}.tokens`, `${MONITOR_NAME}.tokens${suffix}`),
						live: true,
					}),
				),
			];
		}),
	};
}

/** A site from what its actors are told. */
function monitoredSite(frame: Frame, actors: readonly Entry[]): MonitoredSite {
	const names = siteNames(frame);
	const find = (name: string) => actors.find((entry) => entry.name === name) as Entry;
	const controller = find(names.controller).config as ControllerConfig;
	const recorder = find(names.recorder).config as RecorderConfig;
	const { latitude, longitude, timeZone } = frame.location;
	return {
		name: siteLabel(frame),
		suffix: frame.prefix === '' ? '' : `-${frame.prefix.slice(0, -1)}`,
		...{ latitude, longitude, timezone: timeZone },
		...{ books: recorder.books, usage: recorder.usage, requests: recorder.requests },
		tellsTokens: recorder.replicas.some(
			(name) => (find(name).config as ReplicaConfig).tells?.tokens === true,
		),
		members: controller.members.map(({ name }) => ({ name, kind: find(name).kind })),
		batteries: controller.batteries.map(({ name, capacityWh }) => ({ name, capacityWh })),
		generators: controller.generators.map(({ name }) => name),
		signals: controller.signals.flatMap(({ name }) => {
			const is = GridSignal.options.find((signal) => names[signal] === name);
			return is === undefined ? [] : [{ name, is }];
		}),
		replicas: recorder.replicas.map((name) => monitoredReplica(name, find(name).config)),
	};
}

function monitoredReplica(name: string, config: unknown): MonitoredReplica {
	const { model, device, handoff, ...its } = config as ReplicaConfig;
	return {
		...{ name, model: model.name, device: device.name },
		gpus: its.numTensorParallelWorkers * its.pipelineStages,
		maxTokens: its.maxTokensPerRequest,
		pool: handoff?.role ?? 'all',
	};
}
