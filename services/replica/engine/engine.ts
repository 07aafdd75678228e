import { SimulationError } from '../../../protocol/errors.ts';
import { frequencyRatio, powerAtRatioW, slowdown } from '../../../silicon/dvfs.ts';
import { gpuPowerW, type PowerCurve } from '../../../silicon/power.ts';
import type { Predictor } from '../../../silicon/predictor/predictor.ts';
import { contextOf } from '../scheduler/prefix-cache.ts';
import { type BatchPlan, createPlan, type Scheduler } from '../scheduler/scheduler.ts';
import { executedS, settle, splitAt } from './account.ts';
import type { RequestLimits } from './admission.ts';
import { headArrivalS } from './book.ts';
import { sharePrompts } from './energy-shares.ts';
import {
	admitLanded,
	handOver,
	type KvLink,
	landedFirstS,
	noteBlocked,
	readyS,
	releaseSent,
	restUntil,
} from './handoff.ts';
import { meterBusy, meterIdle } from './meter.ts';
import { observe } from './observe.ts';
import type { BatchObserver } from './observer.ts';
import {
	beginDecoding,
	type CompletionSink,
	completeFinished,
	finish,
	releaseLeft,
} from './request.ts';
import { addTo, DECODE, type EngineState, IDLE, MIXED, PREFILL } from './state.ts';
import { workOfDecoding, workOfPrompts } from './work.ts';

/**
 * The engine owns time: it starts batches, ends them, and fast-forwards over runs of equal decode
 * iterations. Its clock is float64 seconds, added up iteration by iteration as Vidur's event loop does, so
 * that completion times agree to the bit.
 *
 * Results do not depend on how time is cut into calls: `advance` leaves the iteration in flight as it is,
 * and sums are closed only at times that belong to the simulated world (arrivals, completions, the ends of
 * report steps, changes of the cap), never at the end of a call.
 */
export interface Engine {
	readonly predictor: Predictor;
	readonly scheduler: Scheduler;
	readonly power: PowerCurve;
	readonly limits: RequestLimits;
	readonly observer: BatchObserver | null;
	/** Of a replica that hands requests over when their prompts are done. */
	readonly link?: KvLink;
	/** Working space for the scheduler's decision; holds nothing between two batches. */
	readonly plan: BatchPlan;
}

/** An engine of the given parts. */
export function createEngine(parts: Omit<Engine, 'plan'>): Engine {
	return { ...parts, plan: createPlan() };
}

/** Runs everything that happens before `untilS`. Completed requests go to the sink. */
export function advance(
	engine: Engine,
	state: EngineState,
	untilS: number,
	sink: CompletionSink,
): void {
	const { batch } = state;
	const isAsync = state.leaving !== null;
	for (;;) {
		if (batch.kind === IDLE) {
			const decideS = readyS(state);
			if (decideS >= untilS) return;
			restUntil(state, decideS);
			decide(engine, state, decideS);
			continue;
		}
		// A head that had arrived when the batch was decided had no room, and will have none before a completion.
		const headS = landedFirstS(state, headArrivalS(state));
		const interruptS = headS > batch.scheduledS ? headS : Number.POSITIVE_INFINITY;
		// Who decides a batch ahead takes up what comes in a batch after the next.
		if (batch.leftSamePrice > 0)
			if (isAsync) fastForward(state, untilS, interruptS);
			else fastForward(state, Math.min(untilS, interruptS), Number.POSITIVE_INFINITY);
		const endS = batch.endS;
		if (endS >= untilS) return;
		settle(engine.power, state);
		if (engine.observer !== null) observe(engine.observer, state);
		const decidedS = isAsync ? batch.startS : endS;
		if (batch.left > 0 && decidedS < interruptS) beginDecodeRun(engine, state, endS);
		else {
			endBatch(engine, state, endS, sink);
			decide(engine, state, endS);
		}
	}
}

/**
 * Begins iterations of the same price, one at the end of the other, while they begin before `limitS` and the one before them
 * before `seenS`.
 */
function fastForward(state: EngineState, limitS: number, seenS: number): void {
	const { batch } = state;
	const durationS = batch.durationS;
	let startS = batch.startS;
	let endS = batch.endS;
	let left = batch.leftSamePrice;
	while (left > 0 && endS < limitS && startS < seenS) {
		startS = endS;
		endS += durationS;
		left--;
	}
	const begun = batch.leftSamePrice - left;
	if (begun === 0) return;
	batch.startS = startS;
	batch.endS = endS;
	batch.leftSamePrice = left;
	batch.left -= begun;
	batch.begun += begun;
	batch.meteredS = startS;
	state.meter.batches += begun;
	state.formed += begun;
}

/** Has the scheduler decide what to do at `nowS`, and begins it. */
function decide(engine: Engine, state: EngineState, nowS: number): void {
	const { plan } = engine;
	const { batch } = state;
	const wasIdle = batch.kind === IDLE;
	releaseSent(state, nowS);
	batch.scheduledS = plans(engine, state, nowS);
	batch.kind = plan.kind;
	if (plan.kind === IDLE) {
		if (!noteBlocked(state, headArrivalS(state) <= nowS))
			throw new SimulationError('Cannot schedule any request: the queue waits on an idle replica');
		if (!wasIdle) meterIdle(state, nowS);
		return;
	}
	if (wasIdle) meterBusy(state, nowS);
	if (plan.kind === DECODE) {
		batch.left = plan.repeats;
		beginDecodeRun(engine, state, nowS);
		return;
	}
	batch.count = plan.count;
	batch.left = 1;
	batch.leftSamePrice = 1;
	beginPrompts(engine, state, nowS);
}

/** Has the scheduler fill the plan, and says what of the arrivals it has seen: those until then, in seconds. */
function plans({ scheduler, limits, plan }: Engine, state: EngineState, nowS: number): number {
	const { leaving, batch } = state;
	if (leaving !== null && batch.kind !== IDLE) {
		const seenS = batch.startS;
		admitLanded(scheduler, limits, state, { nowS, seenS });
		scheduler.schedule(state, nowS, plan, seenS);
		const left = releaseLeft(state, leaving);
		if (plan.kind !== IDLE) {
			// Who was there and had no room is seen again with what they leave.
			if (left > 0 && landedFirstS(state, headArrivalS(state)) <= seenS) plan.repeats = 1;
			return seenS;
		}
		// With nothing to run ahead the end of the batch is awaited.
	}
	admitLanded(scheduler, limits, state, { nowS, seenS: nowS });
	scheduler.schedule(state, nowS, plan, nowS);
	return nowS;
}

/** Begins a batch with prompts in it. */
function beginPrompts(engine: Engine, state: EngineState, nowS: number): void {
	const { requests, batch } = state;
	const { predictor, power } = engine;
	const { summary } = batch;
	const granularity = predictor.kvGranularity;
	let tokens = 0;
	let squares = 0;
	let kv = 0;
	let attention = 0;
	let work = 0;
	let contexts = 0;
	let read = 0;
	let found = 0;
	for (let i = 0; i < batch.count; i++) {
		const slot = batch.slots[i] as number;
		const added = batch.tokens[i] as number;
		const processed = requests.processed[slot] as number;
		tokens += added;
		squares += added * added;
		kv += Math.ceil(processed / granularity) * granularity;
		attention += added * (added + processed);
		read += added + processed;
		if ((requests.cached[slot] as number) > 0) found++;
		if (processed > 0) contexts++;
		work += added * processed;
		const lastEndS = requests.lastEndS[slot] as number;
		if (!Number.isNaN(lastEndS))
			requests.preemptedS[slot] = (requests.preemptedS[slot] as number) + (nowS - lastEndS);
		else if (Number.isNaN(requests.scheduledAtS[slot] as number))
			requests.scheduledAtS[slot] = nowS;
	}
	const decodes = batch.kind === MIXED ? state.runningCount : 0;
	summary.tokens = tokens + decodes;
	summary.decodes = decodes;
	summary.decodeKv = decodes > 0 ? Math.floor(state.runningTokens / decodes) : 0;
	summary.prefills = batch.count;
	summary.prefillSquares = squares;
	summary.prefillKv = found > 0 && contexts > 1 ? contextOf(work, squares, granularity) : kv;
	batch.durationS = predictor.batchTimeS(summary);
	workOfPrompts(power, state, attention, read);
	begin(engine, state, nowS);
}

/** Prices the running requests' next iteration and begins the run of those that have the same price. */
function beginDecodeRun(engine: Engine, state: EngineState, nowS: number): void {
	const { batch, runningCount, runningTokens } = state;
	const { predictor, power } = engine;
	const { summary } = batch;
	const kv = Math.floor(runningTokens / runningCount);
	summary.tokens = runningCount;
	summary.decodes = runningCount;
	summary.decodeKv = kv;
	summary.prefills = 0;
	summary.prefillSquares = 0;
	summary.prefillKv = 0;
	batch.durationS = predictor.batchTimeS(summary);
	// The mean grows by one per iteration, and the price stays until it passes a multiple of the granularity.
	const granularity = predictor.kvGranularity;
	const samePrice = Math.ceil(kv / granularity) * granularity - kv + 1;
	batch.leftSamePrice = Math.min(samePrice, batch.left);
	workOfDecoding(power, state);
	begin(engine, state, nowS);
}

/** Begins the first iteration of what `batch` describes. */
function begin(engine: Engine, state: EngineState, nowS: number): void {
	const { batch, capW } = state;
	batch.capped = false;
	batch.ratio = 1;
	batch.stretch = 1;
	let durationS = batch.durationS;
	if (capW !== Number.POSITIVE_INFINITY) {
		const after = batch.leftSamePrice - 1;
		const flops = batch.flops + batch.paddedFlops + batch.flopsRise * after;
		const bytes = batch.bytes + batch.bytesRise * after;
		if (gpuPowerW(engine.power, flops / durationS, bytes / durationS) > capW) {
			applyCap(engine, state);
			durationS *= batch.stretch;
		}
	}
	batch.startS = nowS;
	batch.firstStartS = nowS;
	batch.firstNumber = state.formed;
	batch.endS = nowS + durationS;
	batch.meteredS = nowS;
	batch.begun = 1;
	batch.left--;
	batch.leftSamePrice = batch.capped ? 0 : batch.leftSamePrice - 1;
	state.meter.batches++;
	state.formed++;
}

/** Sets the clock of the iteration in flight by the cap. */
function applyCap(engine: Engine, state: EngineState): void {
	const { batch, capW } = state;
	const flopsPerSecond = (batch.flops + batch.paddedFlops) / batch.durationS;
	const fullW = gpuPowerW(engine.power, flopsPerSecond, batch.bytes / batch.durationS);
	batch.capped = true;
	batch.ratio = frequencyRatio(engine.power, fullW, capW);
	batch.stretch = slowdown(engine.power, flopsPerSecond, batch.ratio);
	batch.powerW = powerAtRatioW(engine.power, fullW, batch.ratio);
}

/**
 * Lets another cap act from `nowS` on, after `advance` to it. What remains of the iteration in flight takes
 * as much longer or shorter as its new clock says.
 */
export function setCap(engine: Engine, state: EngineState, nowS: number, capW: number): void {
	if (capW === state.capW) return;
	state.capW = capW;
	const { batch } = state;
	if (batch.kind === IDLE || batch.endS <= nowS) return;
	splitAt(engine.power, state, nowS);
	const stretch = batch.stretch;
	applyCap(engine, state);
	if (batch.stretch !== stretch)
		batch.endS = nowS + ((batch.endS - nowS) / stretch) * batch.stretch;
}

/** Books the end of a batch on its requests. */
function endBatch(engine: Engine, state: EngineState, endS: number, sink: CompletionSink): void {
	const { batch, requests, outbox } = state;
	releaseSent(state, endS);
	if (batch.kind !== DECODE) sharePrompts(engine.power, state);
	if (batch.kind !== PREFILL && state.decodeSteps === state.nextFinish)
		completeFinished(state, engine.scheduler.byArrival, endS, sink);
	if (batch.kind === DECODE) return;
	if (batch.kind === PREFILL) addTo(state.waited, endS - batch.startS);
	const durationS = executedS(state);
	for (let i = 0; i < batch.count; i++) {
		const slot = batch.slots[i] as number;
		const prompt = requests.prefill[slot] as number;
		const processed = (requests.processed[slot] as number) + (batch.tokens[i] as number);
		requests.executedS[slot] = (requests.executedS[slot] as number) + durationS;
		requests.processed[slot] = processed;
		requests.lastEndS[slot] = endS;
		if (processed < prompt) {
			state.partial = slot;
			state.partialSkipped = false;
			continue;
		}
		if (Number.isNaN(requests.prefilledAtS[slot] as number)) requests.prefilledAtS[slot] = endS;
		if ((requests.decode[slot] as number) > 1)
			if (outbox !== null && engine.link !== undefined)
				sink.handedOver?.(endS, handOver(engine.link, state, outbox, slot));
			else beginDecoding(state, slot, engine.scheduler.byArrival);
		else finish(state, { slot, tokens: prompt }, endS, sink);
	}
	batch.count = 0;
}
