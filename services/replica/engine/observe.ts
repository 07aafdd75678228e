import type { BatchObserver } from './observer.ts';
import { runningSlots } from './running.ts';
import { DECODE, type EngineState, PREFILL } from './state.ts';

/** Tells of the run of batches that has just ended. */
export function observe(observer: BatchObserver, state: EngineState): void {
	const { batch, requests } = state;
	const requestIds: number[] = [];
	const tokens: number[] = [];
	if (batch.kind !== PREFILL)
		for (const slot of runningSlots(state)) {
			requestIds.push(requests.id[slot] as number);
			tokens.push(1);
		}
	if (batch.kind !== DECODE)
		for (let i = 0; i < batch.count; i++) {
			requestIds.push(requests.id[batch.slots[i] as number] as number);
			tokens.push(batch.tokens[i] as number);
		}
	observer.ran({
		batch: batch.firstNumber,
		count: state.formed - batch.firstNumber,
		stage: 0,
		startS: batch.firstStartS,
		durationS: batch.durationS,
		endS: batch.endS,
		requestIds,
		tokens,
	});
}
