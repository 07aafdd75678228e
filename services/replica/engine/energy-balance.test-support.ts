import type { PowerCurve } from '../../../silicon/power.ts';
import { flopsOf, shareOfRunning } from './energy-shares.ts';
import type { MachineState } from './machine.ts';
import type { PipelineState } from './pipeline-state.ts';
import { slotIn } from './queue.ts';
import { runningSlots } from './running.ts';
import type { FlightBatch } from './stage.ts';
import { type EngineState, IDLE, PREFILL } from './state.ts';

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
		const flops = flopsOf(power, requests, slot, batch.tokens[i] as number);
		joules += booked(slot) + batch.idleJ / members + (batch.aboveJ * flops) / batch.flops;
	}
	return joules;
}

function inPipelineJ(power: PowerCurve, { pool, stages }: PipelineState): number {
	const { requests, queue, running, paused } = pool;
	const booked = (slot: number) =>
		(requests.prefillJ[slot] as number) + (requests.decodeJ[slot] as number);
	let joules = 0;
	for (let i = 0; i < queue.slotted; i++) joules += booked(slotIn(queue, i));
	for (const slot of [...running, ...paused.flat()]) joules += booked(slot);
	const inBatch = ({ slots, tokens, idleJ, aboveJ, flops }: FlightBatch) => {
		slots.forEach((slot, i) => {
			const own = flopsOf(power, requests, slot, tokens[i] as number);
			joules += booked(slot) + idleJ / slots.length + (aboveJ * own) / flops;
		});
	};
	for (const { batch, fifo } of stages)
		for (const one of batch === null ? fifo : [batch, ...fifo]) inBatch(one);
	return joules;
}
