import type { Prng } from '../actor/random.ts';

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

/** The one with the fewest requests outstanding = assigned - completed; of equals the first. */
export function leastOutstanding(
	assigned: ArrayLike<number>,
	completed: ArrayLike<number>,
): number {
	let best = 0;
	let fewest = Number.POSITIVE_INFINITY;
	for (let i = 0; i < assigned.length; i++) {
		const outstanding = (assigned[i] as number) - (completed[i] as number);
		if (outstanding >= fewest) continue;
		best = i;
		fewest = outstanding;
	}
	return best;
}
