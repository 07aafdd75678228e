import type { Request } from './engine/admission.ts';
import type { Machine, MachineState } from './engine/machine.ts';

/** How requests are shared out; a list says the replica of each. */
export type Policy = 'round_robin' | 'lor' | readonly number[];

/** Until when a cluster runs and who takes its completed requests. */
export interface ClusterRun {
	/** Infinity: until all requests are served. */
	readonly untilS: number;
	/** `row` is in the order of `requestMetricNames` and is used again: copy it. Each replica's are in order. */
	completed(replica: number, atS: number, row: Float64Array): void;
}

export interface ClusterResult {
	/** The replica of each request. */
	readonly assignment: number[];
	readonly states: MachineState[];
}

/** How many requests are handed over before the replicas run up to the last of them. */
const REQUESTS_AHEAD = 4096;

/**
 * Runs replicas through a trace, as Vidur's cluster does. Its `lor` counts only the requests that wait; ties
 * go to the lowest number.
 */
export function runCluster(
	machines: readonly Machine[],
	requests: Iterable<Request>,
	policy: Policy,
	run: ClusterRun,
): ClusterResult {
	const states = machines.map((machine) => machine.create());
	const sinks = machines.map((_, replica) => ({
		completed: (atS: number, row: Float64Array) => run.completed(replica, atS, row),
	}));
	const advanceTo = (untilS: number) =>
		machines.forEach((machine, i) => {
			machine.advance(states[i] as MachineState, untilS, sinks[i] as (typeof sinks)[number]);
		});
	const assignment: number[] = [];
	for (const request of requests) {
		const i = assignment.length;
		let chosen = i % machines.length;
		// Now and then even if nobody asks, so that not all of a long trace waits in memory.
		if (policy === 'lor' || i % REQUESTS_AHEAD === 0) advanceTo(request.arrivedAtS);
		if (policy === 'lor') {
			const waiting = states.map(waitingIn);
			chosen = waiting.indexOf(Math.min(...waiting));
		} else if (policy !== 'round_robin') chosen = policy[i] as number;
		machines[chosen]?.submit(states[chosen] as MachineState, request);
		assignment.push(chosen);
	}
	advanceTo(run.untilS);
	return { assignment, states };
}

function waitingIn(state: MachineState): number {
	return 'pool' in state ? state.pool.queue.length : state.queue.length;
}
