import type { RosterEntry } from '../../protocol/messages.ts';
import type { Field, Wire } from '../../protocol/readings.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { TICK_US } from '../../protocol/time.ts';
import { completedRequestFields, usageFields } from '../../services/replica/replica-ports.ts';
import type { KvRouterConfig } from '../../services/router/kv-kind.ts';
import type { Frame } from './plan.ts';
import { poolsOf } from './pools.ts';
import { replicaConfig } from './replica-config.ts';
import { wire } from './wire.ts';

type Entry = Omit<RosterEntry, 'host'>;

/** Names of the replicas of all pools. */
export function replicaNames(scenario: Scenario, prefix: string): string[] {
	const { front, decode } = poolsOf(scenario, prefix);
	return [...front, ...decode];
}

/** Those who serve requests. */
export function servingActors(scenario: Scenario, frame: Frame): Entry[] {
	const { front, decode } = poolsOf(scenario, frame.prefix);
	if (front.length === 0) return [];
	const entry = (name: string, kind: string, config: unknown): Entry =>
		({ name, kind, config }) as Entry;
	const policy = scenario.serving?.disaggregation?.policy ?? 'round_robin';
	const kvRouter: KvRouterConfig = { policy, replicas: [...decode] };
	return [
		...front.map((name, place) =>
			entry(name, 'replica', replicaConfig(scenario, frame, 'prefill', place)),
		),
		...(decode.length === 0 ? [] : [entry(kvRouterName(frame), 'kv-router', kvRouter)]),
		...decode.map((name) => entry(name, 'replica', replicaConfig(scenario, frame, 'decode'))),
	];
}

function kvRouterName({ prefix }: Frame): string {
	return `${prefix}kv-router`;
}

/** From pool to pool if there are two, and on to the recorder. */
export function servingWires(scenario: Scenario, frame: Frame, recorder: string): Wire[] {
	const { front, decode } = poolsOf(scenario, frame.prefix);
	const kvRouter = kvRouterName(frame);
	const { batches, chromeTrace, operations } = scenario.outputs;
	const kvAsks = scenario.serving?.disaggregation?.policy === 'least_outstanding';
	const recorded = (name: string) => [
		wire(`${name}.requests`, `${recorder}.requests`),
		wire(`${name}.usage`, `${recorder}.usage`),
		...(batches || chromeTrace ? [wire(`${name}.batches`, `${recorder}.batches`)] : []),
		...(operations ? [wire(`${name}.operations`, `${recorder}.operations`)] : []),
	];
	return [
		...front.flatMap((name) => [
			...(decode.length === 0 ? [] : [wire(`${name}.prefilled`, `${kvRouter}.prefilled`)]),
			...recorded(name),
		]),
		...decode.flatMap((name) => [
			wire(`${kvRouter}.to-${name}`, `${name}.handoffs`),
			...(kvAsks ? [wire(`${name}.completed`, `${kvRouter}.completed`, TICK_US, [0, 0])] : []),
			...recorded(name),
		]),
	];
}

/** What replicas report, all alike. */
export function servingFields(
	scenario: Scenario,
	frame: Frame,
): Record<'requests' | 'usage', Field[]> {
	const config =
		scenario.serving === null
			? { prefixCache: null, handoff: null }
			: replicaConfig(scenario, frame);
	return { requests: completedRequestFields(config), usage: usageFields(config) };
}
