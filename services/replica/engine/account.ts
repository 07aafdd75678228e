import type { PowerCurve } from '../../../silicon/power.ts';
import { meterRun, meterSpan } from './meter.ts';
import { addTo, type EngineState, PREFILL } from './state.ts';

/** Accounts for all before `nowS`, which lies within the iteration in flight, and meters its part so far. */
export function splitAt(power: PowerCurve, state: EngineState, nowS: number): void {
	const { batch } = state;
	const whole = batch.begun - 1;
	if (whole > 0) {
		meterRun(power, state, whole);
		advanceDecoding(state, whole, whole * batch.durationS);
		batch.flops += whole * batch.flopsRise;
		batch.bytes += whole * batch.bytesRise;
		batch.begun = 1;
	}
	// The rest of the run is priced anew, so that the fast path never meets a divided iteration.
	batch.leftSamePrice = 0;
	meterSpan(power, state, nowS);
}

/** Accounts for all iterations begun, at the end of the last. */
export function settle(power: PowerCurve, state: EngineState): void {
	const { batch } = state;
	if (batch.begun > 1) meterRun(power, state, batch.begun);
	else meterSpan(power, state, batch.endS);
	if (batch.kind !== PREFILL) advanceDecoding(state, batch.begun, executedS(state));
	batch.flops += batch.begun * batch.flopsRise;
	batch.bytes += batch.begun * batch.bytesRise;
}

/** Time that the iterations begun took. Without a cap it is the price, not the difference of clock readings. */
export function executedS(state: EngineState): number {
	const { batch } = state;
	return batch.capped ? batch.endS - batch.startS : batch.begun * batch.durationS;
}

/** Every running request has got `count` tokens more. */
function advanceDecoding(state: EngineState, count: number, durationS: number): void {
	if (state.reservedBlocks === 0) {
		const { blockPhase } = state;
		const size = blockPhase.length;
		const rounds = Math.floor(count / size);
		state.usedBlocks += rounds * state.runningCount;
		for (let i = rounds * size; i < count; i++)
			state.usedBlocks += blockPhase[(state.decodeSteps + i) % size] as number;
	}
	state.decodeSteps += count;
	state.runningTokens += count * state.runningCount;
	addTo(state.decoded, durationS);
}
