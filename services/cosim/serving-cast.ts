import type { RosterEntry } from '../../protocol/messages.ts';
import type { Field, Wire } from '../../protocol/readings.ts';
import type { Scenario } from '../../protocol/scenario.ts';
import { TICK_US } from '../../protocol/time.ts';
import { completedRequestFields, usageFields } from '../replica/replica-ports.ts';
import type { KvRouterConfig } from '../router/kv-kind.ts';
import type { Frame } from './plan.ts';
import { poolsOf } from './pools.ts';
import { replicaConfig } from './replica-config.ts';
import { routerConfig } from './router-config.ts';
import { wire } from './wire.ts';

type Entry = Omit<RosterEntry, 'host'>;

const ROUTER = 'router';
const KV_ROUTER = 'kv-router';

/** Names of the replicas of all pools. */
export function replicaNames(scenario: Scenario): string[] {
	const { front, decode } = poolsOf(scenario);
	return [...front, ...decode];
}

/** Those who make, route and serve requests. */
export function servingActors(scenario: Scenario, frame: Frame): Entry[] {
	const { front, decode } = poolsOf(scenario);
	if (front.length === 0) return [];
	const entry = (name: string, kind: string, config: unknown): Entry =>
		({ name, kind, config }) as Entry;
	const policy = scenario.serving?.disaggregation?.policy ?? 'round_robin';
	const kvRouter: KvRouterConfig = { policy, replicas: [...decode] };
	return [
		entry(ROUTER, 'router', routerConfig(scenario, frame, front)),
		...front.map((name) => entry(name, 'replica', replicaConfig(scenario, frame))),
		...(decode.length === 0 ? [] : [entry(KV_ROUTER, 'kv-router', kvRouter)]),
		...decode.map((name) => entry(name, 'replica', replicaConfig(scenario, frame, 'decode'))),
	];
}

/** From the router to the replicas, through both pools if there are two, and on to the recorder. */
export function servingWires(scenario: Scenario): Wire[] {
	const { front, decode } = poolsOf(scenario);
	const { policy } = scenario.requests;
	const { batches, chromeTrace, operations } = scenario.outputs;
	const asks = policy === 'least_outstanding' || policy === 'prefix';
	const kvAsks = scenario.serving?.disaggregation?.policy === 'least_outstanding';
	const shares = scenario.serving?.prefixCache?.type === 'shared';
	// Only a router that asks is told; otherwise it runs ahead and the replicas work in blocks.
	const told = (name: string, router: string) =>
		wire(`${name}.completed`, `${router}.completed`, TICK_US, [0]);
	const recorded = (name: string) => [
		wire(`${name}.requests`, 'recorder.requests'),
		wire(`${name}.usage`, 'recorder.usage'),
		...(batches || chromeTrace ? [wire(`${name}.batches`, 'recorder.batches')] : []),
		...(operations ? [wire(`${name}.operations`, 'recorder.operations')] : []),
	];
	return [
		...front.flatMap((name) => [
			wire(`${ROUTER}.to-${name}`, `${name}.requests`),
			...(shares ? [wire(`${ROUTER}.prefix-${name}`, `${name}.prefix`)] : []),
			...(asks ? [told(name, ROUTER)] : []),
			...(decode.length === 0 ? [] : [wire(`${name}.prefilled`, `${KV_ROUTER}.prefilled`)]),
			...recorded(name),
		]),
		...decode.flatMap((name) => [
			wire(`${KV_ROUTER}.to-${name}`, `${name}.handoffs`),
			...(kvAsks ? [told(name, KV_ROUTER)] : []),
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
