import { nextArrivalS } from './agenda.ts';
import { arrivalAt } from './book.ts';
import type { PipelineEngine } from './pipeline-engine.ts';
import type { PipelineState } from './pipeline-state.ts';
import { meterRest } from './rest.ts';
import { meterStage } from './stage.ts';
import type { StepReport } from './step-report.ts';
import { clearSums } from './step-sums.ts';

/**
 * Ends the report step at `endS`, after `advancePipeline` to it. Power, MFU, busy time and clock are means over
 * the stages, whose GPUs idle while theirs has no batch; a batch counts on the first stage.
 */
export function closePipelineStep(
	{ power }: PipelineEngine,
	state: PipelineState,
	endS: number,
	report: StepReport,
): void {
	const { stages } = state;
	const stepS = endS - state.fromS;
	const { rest } = state;
	if (rest !== null && state.inFlight === 0) meterRest(rest, Math.min(endS, nextArrivalS(state)));
	const sleptS = rest?.sleptS ?? 0;
	const savedJ = sleptS * (power.idleW - (rest?.powerW ?? 0));
	let joules = 0;
	report.prefillJ = 0;
	report.decodeJ = 0;
	report.idleJ = 0;
	let flops = 0;
	let busyS = 0;
	let slowedS = 0;
	for (const stage of stages) {
		meterStage(power, stage, endS);
		const idleJ = power.idleW * (stepS - stage.busyS) - savedJ;
		joules += stage.energyJ + idleJ;
		report.prefillJ += stage.prefillJ;
		report.decodeJ += stage.decodeJ;
		report.idleJ += idleJ;
		flops += stage.flops;
		busyS += stage.busyS;
		slowedS += stage.slowedS;
	}
	const count = stages.length;
	report.sleepJ = count * sleptS * (rest?.powerW ?? 0);
	if (rest !== null) rest.sleptS = 0;
	report.gpuPowerW = joules / (stepS * count);
	report.mfu = flops / (power.peakFlops * stepS * count);
	report.busy = busyS / (stepS * count);
	countRequests(state, endS, report);
	report.usedBlocks = state.pool.usedBlocks;
	report.batches = stages[0]?.batches ?? 0;
	report.frequencyRatio = busyS > 0 ? 1 - slowedS / busyS : 1;
	state.fromS = endS;
	for (const stage of stages) clearSums(stage);
}

/** Tells the requests that arrived before `nowS` and have not completed, and those to come. */
function countRequests({ pool, inBatches }: PipelineState, nowS: number, report: StepReport): void {
	const { queue } = pool;
	let future = 0;
	while (future < queue.length && arrivalAt(pool, queue.length - 1 - future) >= nowS) future++;
	// Between two steps of their batch.
	const paused = pool.paused.reduce((sum, slots) => sum + slots.length, 0);
	report.waiting = queue.length - future;
	report.running = pool.running.length + inBatches + paused;
	report.outstanding = report.waiting + report.running;
	report.future = future;
}
