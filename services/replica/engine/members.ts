import { runningSlots } from './running.ts';
import { DECODE, type EngineState, PREFILL } from './state.ts';

/** Appends the requests of the batch in flight and the tokens of each. */
export function listMembers(state: EngineState, requestIds: number[], tokens: number[]): void {
	const { batch, requests } = state;
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
}
