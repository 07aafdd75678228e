import type { Request } from './engine/admission.ts';
import type { Machine, MachineState } from './engine/machine.ts';

/** How requests are shared out; a list says the replica of each. */
export type Policy = 'round_robin' | 'lor' | readonly number[];

export interface ClusterResult {
	/** Rows of the completed requests, in each replica's order. */
	readonly rows: number[][];
	/** The replica of each request. */
	readonly assignment: number[];
	readonly states: MachineState[];
}

/**
 * Runs replicas through a trace, as Vidur's cluster does. Its `lor` counts only the requests that wait; ties
 * go to the lowest number.
 */
export function runCluster(
	machines: readonly Machine[],
	requests: readonly Request[],
	policy: Policy,
): ClusterResult {
	const states = machines.map((machine) => machine.create());
	const rows: number[][] = [];
	const sink = { completed: (_atS: number, row: Float64Array) => void rows.push([...row]) };
	const advanceTo = (untilS: number) =>
		machines.forEach((machine, i) => {
			machine.advance(states[i] as MachineState, untilS, sink);
		});
	const assignment = requests.map((request, i) => {
		let chosen = i % machines.length;
		if (policy === 'lor') {
			advanceTo(request.arrivedAtS);
			const waiting = states.map(waitingIn);
			chosen = waiting.indexOf(Math.min(...waiting));
		} else if (policy !== 'round_robin') chosen = policy[i] as number;
		machines[chosen]?.submit(states[chosen] as MachineState, request);
		return chosen;
	});
	advanceTo(Number.POSITIVE_INFINITY);
	return { rows, assignment, states };
}

function waitingIn(state: MachineState): number {
	return 'pool' in state ? state.pool.queue.length : state.queue.length;
}
