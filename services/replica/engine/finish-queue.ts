/** Running requests by the decode iteration count at which they complete: a binary heap in two arrays. */
export interface FinishQueue {
	readonly steps: Float64Array;
	readonly slots: Int32Array;
	count: number;
	/** Working space for those taken out at one time. */
	readonly taken: Int32Array;
}

/** An empty queue for at most `capacity` requests. */
export function createFinishQueue(capacity: number): FinishQueue {
	return {
		steps: new Float64Array(capacity),
		slots: new Int32Array(capacity),
		count: 0,
		taken: new Int32Array(capacity),
	};
}

/** The lowest count in the queue, Infinity when it is empty. */
export function firstFinish({ steps, count }: FinishQueue): number {
	return count === 0 ? Number.POSITIVE_INFINITY : (steps[0] as number);
}

/** Adds a request that completes at `step`. */
export function addFinish(queue: FinishQueue, slot: number, step: number): void {
	const { steps, slots } = queue;
	let place = queue.count++;
	while (place > 0) {
		const parent = (place - 1) >> 1;
		if ((steps[parent] as number) <= step) break;
		steps[place] = steps[parent] as number;
		slots[place] = slots[parent] as number;
		place = parent;
	}
	steps[place] = step;
	slots[place] = slot;
}

/** Takes the request with the lowest count out; of several, any. */
export function takeFinish(queue: FinishQueue): number {
	const { steps, slots } = queue;
	const taken = slots[0] as number;
	const count = --queue.count;
	const step = steps[count] as number;
	const slot = slots[count] as number;
	let place = 0;
	for (let child = 1; child < count; child = 2 * place + 1) {
		if (child + 1 < count && (steps[child + 1] as number) < (steps[child] as number)) child++;
		if ((steps[child] as number) >= step) break;
		steps[place] = steps[child] as number;
		slots[place] = slots[child] as number;
		place = child;
	}
	steps[place] = step;
	slots[place] = slot;
	return taken;
}
