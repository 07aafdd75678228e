import type { WireInput } from '../../kernel/actor/contract.ts';
import type { Prng } from '../../kernel/actor/random.ts';
import { SimulationError } from '../../protocol/errors.ts';
import { COMPLETED_FIELDS } from '../../protocol/ports.ts';
import { positionsOf } from '../../protocol/readings.ts';
import type { SimTime } from '../../protocol/time.ts';

const COMPLETED = positionsOf(COMPLETED_FIELDS);

/**
 * Global policies: which replica a request goes to. Each picks an index into the list of replicas.
 * Names and meaning follow Vidur's global schedulers, save that least outstanding counts every request
 * not completed, where Vidur counts only those that wait.
 */

/** In turn, from the first. */
export function roundRobin(requestNumber: number, replicas: number): number {
	return requestNumber % replicas;
}

/** Any, with equal chance. */
export function randomChoice(prng: Prng, replicas: number): number {
	return Math.floor(prng.uniform() * replicas);
}

/** Of the first `count` the one with the fewest requests outstanding = assigned - completed; of equals the first. */
export function leastOutstanding(
	assigned: ArrayLike<number>,
	completed: ArrayLike<number>,
	count = assigned.length,
): number {
	let best = 0;
	let fewest = Number.POSITIVE_INFINITY;
	for (let i = 0; i < count; i++) {
		const outstanding = (assigned[i] as number) - (completed[i] as number);
		if (outstanding >= fewest) continue;
		best = i;
		fewest = outstanding;
	}
	return best;
}

/** Reads how many requests each replica has completed, in the order of `replicas`; the answer is used again. */
export function completedBy(
	replicas: readonly string[],
): (wires: readonly WireInput[], timeUs: SimTime) => Float64Array {
	const completed = new Float64Array(replicas.length);
	let order: readonly number[] | null = null;
	return (wires, timeUs) => {
		order ??= wireOrder(wires, replicas);
		for (let i = 0; i < replicas.length; i++) {
			const wire = wires[order[i] as number];
			completed[i] = wire?.seek(timeUs) ? wire.value(COMPLETED.count) : 0;
		}
		return completed;
	};
}

/** For each replica, which wire comes from it. */
export function wireOrder(wires: readonly WireInput[], replicas: readonly string[]): number[] {
	return replicas.map((replica) => {
		const index = wires.findIndex((wire) => wire.source === replica);
		if (index !== -1) return index;
		throw new SimulationError(
			`Cannot route by least_outstanding: no wire from "${replica}" ends in the router's input "completed"`,
		);
	});
}
