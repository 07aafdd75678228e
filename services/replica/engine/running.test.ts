import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { joinRunning, leaveRunning, runningSlots, sortFinishes, takeFinished } from './running.ts';
import { createState, type EngineState } from './state.ts';

/** Running requests in slots 0, 1, …, given their arrivals and finishes, in the order in which they join. */
function stateOf(byArrival: boolean, ...requests: [number, number][]): EngineState {
	const state = createState(8, 16);
	requests.forEach(([arrivedAtS, finish], slot) => {
		state.requests.arrivedAtS[slot] = arrivedAtS;
		state.requests.offset[slot] = -11;
		state.requests.prefill[slot] = 10;
		state.requests.decode[slot] = finish + 1;
		joinRunning(state, slot, byArrival);
	});
	return state;
}

/** What completes at the decode iteration `step`. */
function finishedAt(state: EngineState, step: number, byArrival: boolean): number[] {
	state.decodeSteps = step;
	return [...state.finishes.taken.subarray(0, takeFinished(state, byArrival))];
}

test('a request joins behind all that arrived no later, or behind all', () => {
	const requests: [number, number][] = [
		[5, 1],
		[3, 1],
		[5, 1],
		[4, 1],
	];
	assert.equal(runningSlots(stateOf(true, ...requests)), [1, 3, 0, 2]);
	assert.equal(runningSlots(stateOf(false, ...requests)), [0, 1, 2, 3]);
});

test('requests that complete together leave in the order of the list', () => {
	for (const byArrival of [true, false]) {
		const state = stateOf(byArrival, [5, 7], [3, 9], [5, 7], [4, 7]);
		assert.is(state.nextFinish, 7);
		assert.equal(finishedAt(state, 7, byArrival), byArrival ? [3, 0, 2] : [0, 2, 3]);
		assert.equal(runningSlots(state), [1]);
		assert.is(state.nextFinish, 9);
		assert.equal(finishedAt(state, 9, byArrival), [1]);
		assert.equal(runningSlots(state), []);
		assert.is(state.runningCount, 0);
		assert.is(state.nextFinish, Number.POSITIVE_INFINITY);
	}
});

test('those who left otherwise are not in the finishes once these are sorted', () => {
	const state = stateOf(false, [0, 3], [0, 8], [0, 5]);
	leaveRunning(state, 0);
	sortFinishes(state);
	assert.equal(runningSlots(state), [1, 2]);
	assert.is(state.nextFinish, 5);
});

test.run();
