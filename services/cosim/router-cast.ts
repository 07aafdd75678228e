import type { RosterEntry } from '../../protocol/messages.ts';
import type { Wire } from '../../protocol/readings.ts';
import type { Scenario } from '../../protocol/scenario.ts';
import { TICK_US } from '../../protocol/time.ts';
import type { Frame } from './plan.ts';
import { poolsOf } from './pools.ts';
import { routerConfig } from './router-config.ts';
import { wire } from './wire.ts';

type Entry = Omit<RosterEntry, 'host'>;

const ROUTER = 'router';

/** The one who makes requests and routes them; nobody where there is no replica. */
export function routerActors(scenario: Scenario, frame: Frame): Entry[] {
	const { front } = poolsOf(scenario, frame.prefix);
	if (front.length === 0) return [];
	return [{ name: ROUTER, kind: 'router', config: routerConfig(scenario, frame, front) }];
}

/** From the router to the replicas, and back to a router that asks. */
export function routerWires(scenario: Scenario, frame: Frame): Wire[] {
	const { policy } = scenario.requests;
	const asks = policy === 'least_outstanding' || policy === 'prefix';
	const shares = scenario.serving?.prefixCache?.type === 'shared';
	return poolsOf(scenario, frame.prefix).front.flatMap((name) => [
		wire(`${ROUTER}.to-${name}`, `${name}.requests`),
		...(shares ? [wire(`${ROUTER}.prefix-${name}`, `${name}.prefix`)] : []),
		// Only a router that asks is told; otherwise it runs ahead and the replicas work in blocks.
		...(asks ? [wire(`${name}.completed`, `${ROUTER}.completed`, TICK_US, [0])] : []),
	]);
}
