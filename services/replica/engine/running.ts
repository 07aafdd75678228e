import { addFinish, firstFinish, takeFinish } from './finish-queue.ts';
import type { RequestTable } from './request-table.ts';
import type { EngineState } from './state.ts';

/**
 * Puts a slot among the running requests: behind all that arrived no later, or behind all. It completes at
 * the decode iteration count `finishOf` says, so its columns must be up to date.
 */
export function joinRunning(state: EngineState, slot: number, byArrival: boolean): void {
	const { requests } = state;
	const { before, after, arrivedAtS } = requests;
	let left = state.lastRunning;
	let right = -1;
	if (byArrival) {
		const arrivalS = arrivedAtS[slot] as number;
		while (left >= 0 && (arrivedAtS[left] as number) > arrivalS) {
			right = left;
			left = before[left] as number;
		}
	}
	before[slot] = left;
	after[slot] = right;
	if (left < 0) state.firstRunning = slot;
	else after[left] = slot;
	if (right < 0) state.lastRunning = slot;
	else before[right] = slot;
	state.runningCount++;
	requests.joined[slot] = state.joins++;
	addFinish(state.finishes, slot, finishOf(requests, slot));
	state.nextFinish = firstFinish(state.finishes);
}

/** Takes a slot out of the list of running requests, but not out of the finishes. */
export function leaveRunning(state: EngineState, slot: number): void {
	const { before, after } = state.requests;
	const left = before[slot] as number;
	const right = after[slot] as number;
	if (left < 0) state.firstRunning = right;
	else after[left] = right;
	if (right < 0) state.lastRunning = left;
	else before[right] = left;
	state.runningCount--;
}

/**
 * Takes the requests that complete now out of the running ones.
 *
 * @returns their number; `finishes.taken` begins with them, in the list's order
 */
export function takeFinished(state: EngineState, byArrival: boolean): number {
	const { finishes, requests, decodeSteps } = state;
	const slots = finishes.taken;
	let count = 0;
	while (firstFinish(finishes) === decodeSteps) {
		const slot = takeFinish(finishes);
		let place = count++;
		while (place > 0 && comesBefore(requests, byArrival, slot, slots[place - 1] as number)) {
			slots[place] = slots[place - 1] as number;
			place--;
		}
		slots[place] = slot;
		leaveRunning(state, slot);
	}
	state.nextFinish = firstFinish(finishes);
	return count;
}

/** Whether a slot stands before another one in the list. */
function comesBefore(
	{ arrivedAtS, joined }: RequestTable,
	byArrival: boolean,
	...[slot, other]: [number, number]
): boolean {
	const laterS = (arrivedAtS[other] as number) - (arrivedAtS[slot] as number);
	if (byArrival && laterS !== 0) return laterS > 0;
	return (joined[slot] as number) < (joined[other] as number);
}

/** Puts the finishes in order again after others than the finished have left. */
export function sortFinishes(state: EngineState): void {
	const { requests, finishes } = state;
	finishes.count = 0;
	for (let slot = state.firstRunning; slot >= 0; slot = requests.after[slot] as number)
		addFinish(finishes, slot, finishOf(requests, slot));
	state.nextFinish = firstFinish(finishes);
}

/** The running requests in the scheduler's order. */
export function runningSlots(state: EngineState): number[] {
	const slots: number[] = [];
	const { after } = state.requests;
	for (let slot = state.firstRunning; slot >= 0; slot = after[slot] as number) slots.push(slot);
	return slots;
}

/** The decode iteration count at which a running request completes. */
function finishOf({ offset, prefill, decode }: RequestTable, slot: number): number {
	return (offset[slot] as number) + (prefill[slot] as number) + (decode[slot] as number);
}
