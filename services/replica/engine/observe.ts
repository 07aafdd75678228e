import { listMembers } from './members.ts';
import type { BatchObserver } from './observer.ts';
import type { EngineState } from './state.ts';

/** Tells of the run of batches that has just ended and is accounted for; `state.batch` is still theirs. */
export function observe(observer: BatchObserver, state: EngineState): void {
	const { batch } = state;
	const count = state.formed - batch.firstNumber;
	const requestIds: number[] = [];
	const tokens: number[] = [];
	if (observer.members !== false) listMembers(state, requestIds, tokens);
	observer.ran({
		batch: batch.firstNumber,
		count,
		stage: 0,
		formedS: batch.firstStartS,
		startS: batch.firstStartS,
		durationS: batch.durationS,
		endS: batch.endS,
		summary: batch.summary,
		flops: batch.flops - count * batch.flopsRise,
		flopsRise: batch.flopsRise,
		requestIds,
		tokens,
	});
	observer.settled?.(state);
}
