import type { PowerCurve } from '../../../silicon/power.ts';
import { splitAt } from './account.ts';
import { arrivalAt } from './book.ts';
import { releaseSent, restUntil } from './handoff.ts';
import type { Landing } from './outbox.ts';
import type { RestState } from './rest.ts';
import { DECODE, type EngineState, IDLE, MIXED } from './state.ts';
import { clearSums } from './step-sums.ts';

/** One report step of one GPU of the replica. */
export interface StepReport {
	/** Average power of one GPU, in W. */
	gpuPowerW: number;
	/** Energy of one GPU of each stage: to prompts, to answers, and with nothing to do; in J. */
	prefillJ: number;
	decodeJ: number;
	idleJ: number;
	/** Of the energy with nothing to do, that of sleep. */
	sleepJ: number;
	/** Average MFU, idle time as 0. */
	mfu: number;
	/** Part of the time with a batch in flight. */
	busy: number;
	/** Requests that have arrived and not completed, at the end of the step: those waiting and those running. */
	outstanding: number;
	/** Of them, those that wait for their first batch, or for room after an eviction. */
	waiting: number;
	/** Of them, those with a place among the running. */
	running: number;
	/** Requests that were handed over ahead and arrive at the end of the step or later. */
	future: number;
	/** KV blocks in use at the end of the step. */
	usedBlocks: number;
	/** Batches that began in the step. */
	batches: number;
	/** Mean clock over busy time as a fraction of the highest; 1 when idle. */
	frequencyRatio: number;
}

/** A report to be filled. */
export function createReport(): StepReport {
	return {
		gpuPowerW: 0,
		prefillJ: 0,
		decodeJ: 0,
		idleJ: 0,
		sleepJ: 0,
		mfu: 0,
		busy: 0,
		outstanding: 0,
		waiting: 0,
		running: 0,
		future: 0,
		usedBlocks: 0,
		batches: 0,
		frequencyRatio: 1,
	};
}

/** Ends the report step at `endS`, after `advance` to it, fills `report` and begins the next step. */
export function closeStep(
	power: PowerCurve,
	state: EngineState,
	endS: number,
	report: StepReport,
): void {
	const { batch, meter } = state;
	if (batch.kind !== IDLE) {
		splitAt(power, state, endS);
		meter.busyS += endS - meter.busyFromS;
		meter.busyFromS = endS;
	} else restUntil(state, endS);
	releaseSent(state, endS);
	const stepS = endS - meter.fromS;
	const idleS = stepS - meter.busyS;
	const idleJ = tellIdle(power, state.rest, idleS, report);
	report.gpuPowerW = (meter.energyJ + idleJ) / stepS;
	report.prefillJ = meter.prefillJ;
	report.decodeJ = meter.decodeJ;
	report.mfu = meter.flops / (power.peakFlops * stepS);
	report.busy = meter.busyS / stepS;
	countRequests(state, endS, report);
	report.usedBlocks = state.usedBlocks + blocksInFlight(state);
	report.batches = meter.batches;
	report.frequencyRatio = meter.busyS > 0 ? 1 - meter.slowedS / meter.busyS : 1;
	meter.fromS = endS;
	clearSums(meter);
}

/**
 * Energy of one GPU without work for `idleS` of the step, in J, added to the report. Sleep of the step is added with it, and
 * begins anew.
 */
function tellIdle(
	power: PowerCurve,
	rest: RestState | null,
	idleS: number,
	report: StepReport,
): number {
	const sleptS = rest?.sleptS ?? 0;
	report.sleepJ = sleptS * (rest?.powerW ?? 0);
	report.idleJ = power.idleW * (idleS - sleptS) + report.sleepJ;
	if (rest !== null) rest.sleptS = 0;
	return report.idleJ;
}

/** Tells the requests that arrived before `nowS` and have not completed, and those to come. */
function countRequests(state: EngineState, nowS: number, report: StepReport): void {
	const { queue, batch, landing } = state;
	queue.future = Math.min(queue.future, queue.length);
	while (queue.future > 0 && arrivalAt(state, queue.length - queue.future) < nowS) queue.future--;
	const landed = landing === null ? 0 : landedBefore(landing, nowS);
	const toLand = landing === null ? 0 : landing.landedAtS.length - landed;
	report.waiting = queue.length - queue.future + landed;
	report.running = state.runningCount + (state.partial >= 0 ? 1 : 0) + batch.count;
	report.outstanding = report.waiting + report.running;
	report.future = queue.future + toLand;
}

/** Requests whose KV cache has landed before `nowS` and that have not been taken up. */
function landedBefore({ landedAtS }: Landing, nowS: number): number {
	const later = landedAtS.findIndex((landedS) => landedS >= nowS);
	return later === -1 ? landedAtS.length : later;
}

/** KV blocks that the decode iteration in flight has taken; they are booked at its end. */
function blocksInFlight(state: EngineState): number {
	if (state.batch.kind !== DECODE && state.batch.kind !== MIXED) return 0;
	return state.blockPhase[state.decodeSteps % state.blockPhase.length] as number;
}
