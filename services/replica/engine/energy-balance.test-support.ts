import type { PowerCurve } from '../../../silicon/power.ts';
import { flopsOf, shareOfRunning } from './energy-shares.ts';
import type { MachineState } from './machine.ts';
import type { PipelineState } from './pipeline-state.ts';
import { slotIn } from './queue.ts';
import type { RequestTable } from './request-table.ts';
import { runningSlots } from './running.ts';
import type { FlightBatch } from './stage.ts';
import { type BatchState, type EngineState, IDLE, PREFILL } from './state.ts';

/** What the requests that have not completed have cost so far, in J of one GPU of each stage. */
export function energyInFlightJ(power: PowerCurve, state: MachineState): number {
	return 'pool' in state ? inPipelineJ(power, state) : inEngineJ(power, state);
}

function inEngineJ(power: PowerCurve, state: EngineState): number {
	const { requests, batch, queue } = state;
	const booked = (slot: number) =>
		(requests.prefillJ[slot] as number) + (requests.decodeJ[slot] as number);
	let joules = 0;
	for (const slot of runningSlots(state)) joules += booked(slot) + shareOfRunning(state, slot);
	for (let i = 0; i < queue.slotted; i++) joules += booked(slotIn(queue, i));
	if (state.partial >= 0) joules += booked(state.partial);
	for (const slot of state.landing?.slots ?? []) joules += booked(slot);
	if (batch.kind === IDLE) return joules;
	const members = batch.kind === PREFILL ? batch.count : batch.count + state.runningCount;
	for (let i = 0; i < batch.count; i++) {
		const slot = batch.slots[i] as number;
		const own = { slot, tokens: batch.tokens[i] as number, members };
		joules += booked(slot) + inBatchJ(power, requests, batch, own);
	}
	return joules;
}

/** What a request answers for of a batch that has not ended. */
function inBatchJ(
	power: PowerCurve,
	requests: RequestTable,
	batch: Omit<BatchState, 'slots' | 'tokens'> | Omit<FlightBatch, 'slots' | 'tokens'>,
	{ slot, tokens, members }: { slot: number; tokens: number; members: number },
): number {
	const { baseJ, memoryJ, computeJ, flops, paddedFlops, bytes, onceBytes, kvBytes } = batch;
	const own = flopsOf(power, requests, slot, tokens) + paddedFlops / members;
	const read = kvBytes * (tokens + (requests.processed[slot] as number));
	const moved = onceBytes / members + (power.traffic?.tokenBytes ?? 0) * tokens + read;
	const ofMemoryJ = memoryJ === 0 ? 0 : (memoryJ * moved) / bytes;
	return baseJ / members + (computeJ * own) / (flops + paddedFlops) + ofMemoryJ;
}

function inPipelineJ(power: PowerCurve, { pool, stages }: PipelineState): number {
	const { requests, queue, running, paused } = pool;
	const booked = (slot: number) =>
		(requests.prefillJ[slot] as number) + (requests.decodeJ[slot] as number);
	let joules = 0;
	for (let i = 0; i < queue.slotted; i++) joules += booked(slotIn(queue, i));
	for (const slot of [...running, ...paused.flat()]) joules += booked(slot);
	const inBatch = (one: FlightBatch) => {
		one.slots.forEach((slot, i) => {
			const own = { slot, tokens: one.tokens[i] as number, members: one.slots.length };
			joules += booked(slot) + inBatchJ(power, requests, one, own);
		});
	};
	for (const { batch, fifo } of stages)
		for (const one of batch === null ? fifo : [batch, ...fifo]) inBatch(one);
	return joules;
}
