import { SimulationError } from '../../../protocol/errors.ts';
import type { PowerCurve } from '../power.ts';
import type { BatchSummary, Predictor } from '../predictor/predictor.ts';
import {
	arrivedHead,
	type Draft,
	isComplete,
	isPrefilled,
	type Pool,
	type PooledScheduler,
} from '../scheduler/pool.ts';
import type { RequestLimits } from './admission.ts';
import { slotAt } from './book.ts';
import type { BatchObserver } from './observer.ts';
import type { PipelineState } from './pipeline-state.ts';
import { type CompletionSink, complete } from './request.ts';
import {
	beginOnStage,
	capStage,
	type FlightBatch,
	meterStage,
	type StageState,
	stageTimeS,
} from './stage.ts';

/**
 * The engine of any scheduler and any number of pipeline stages: Vidur's event loop, every batch by itself.
 * At most as many batches are in flight as there are stages; each stage takes them one at a time, in order.
 * At one instant events happen in the order in which they came about, arrivals first.
 */
export interface PipelineEngine {
	readonly predictor: Predictor;
	readonly scheduler: PooledScheduler;
	readonly power: PowerCurve;
	readonly limits: RequestLimits;
	readonly observer: BatchObserver | null;
}

/** Runs everything that happens before `untilS`. Completed requests go to the sink. */
export function advancePipeline(
	engine: PipelineEngine,
	state: PipelineState,
	untilS: number,
	sink: CompletionSink,
): void {
	const { stages } = state;
	const agenda: Event[] = [];
	const instant: Instant = { engine, state, nowS: 0, sink, agenda };
	for (;;) {
		const arrivalS = nextArrivalS(state);
		let nowS = arrivalS;
		for (let i = 0; i < stages.length; i++) {
			const { endS } = stages[i] as StageState;
			if (endS < nowS) nowS = endS;
		}
		if (nowS >= untilS) return;
		instant.nowS = nowS;
		agenda.length = 0;
		if (arrivalS === nowS) agenda.push(ARRIVED);
		endStages(instant);
		state.lookedS = nowS;
		// The list grows while it is worked off.
		for (let i = 0; i < agenda.length; i++) handle(instant, agenda[i] as Event);
		checkProgress(instant);
	}
}

/** All that happens at one time. */
interface Instant {
	readonly engine: PipelineEngine;
	readonly state: PipelineState;
	nowS: number;
	readonly sink: CompletionSink;
	readonly agenda: Event[];
}

type Event =
	| { readonly kind: 'arrived' }
	| { readonly kind: 'schedule' }
	| { readonly kind: 'reach'; readonly stage: number; readonly batch: FlightBatch }
	| { readonly kind: 'start'; readonly stage: number }
	| { readonly kind: 'stageEnd'; readonly stage: number }
	| { readonly kind: 'batchEnd'; readonly batch: FlightBatch };

const ARRIVED: Event = { kind: 'arrived' };
const SCHEDULE: Event = { kind: 'schedule' };

/** The first arrival not yet looked at, Infinity for none. Evicted requests have arrived before. */
function nextArrivalS({ pool, lookedS }: PipelineState): number {
	const { queue, requests } = pool;
	queue.future = Math.min(queue.future, queue.length);
	while (queue.future > 0) {
		const slot = slotAt(queue, queue.length - queue.future);
		const arrivedAtS = requests.arrivedAtS[slot] as number;
		if (arrivedAtS > lookedS) return arrivedAtS;
		queue.future--;
	}
	return Number.POSITIVE_INFINITY;
}

/** Stages that end at one instant do so in the order in which they started. */
function endStages({ state, nowS, agenda }: Instant): void {
	const { stages } = state;
	const first = agenda.length;
	for (let stage = 0; stage < stages.length; stage++) {
		const { endS, order } = stages[stage] as StageState;
		if (endS !== nowS) continue;
		let place = agenda.length;
		while (place > first && startOrder(stages, agenda[place - 1]) > order) place--;
		if (place === agenda.length) agenda.push({ kind: 'stageEnd', stage });
		else agenda.splice(place, 0, { kind: 'stageEnd', stage });
	}
}

function startOrder(stages: readonly StageState[], event: Event | undefined): number {
	return event?.kind === 'stageEnd' ? (stages[event.stage]?.order ?? 0) : 0;
}

function handle(instant: Instant, event: Event): void {
	const { agenda, state } = instant;
	switch (event.kind) {
		case 'arrived':
			agenda.push(SCHEDULE);
			return;
		case 'schedule':
			scheduleBatches(instant);
			return;
		case 'reach':
			state.stages[event.stage]?.fifo.push(event.batch);
			agenda.push({ kind: 'start', stage: event.stage });
			return;
		case 'start':
			startStage(instant, event.stage);
			return;
		case 'stageEnd':
			endStage(instant, event.stage);
			return;
		case 'batchEnd':
			endBatch(instant, event.batch);
			agenda.push(SCHEDULE);
	}
}

function scheduleBatches({ engine, state, nowS, agenda }: Instant): void {
	const { pool } = state;
	while (state.inFlight < state.stages.length) {
		const draft = engine.scheduler.next(pool, nowS);
		if (draft === null) return;
		for (const slot of draft.slots)
			if (Number.isNaN(pool.requests.scheduledAtS[slot] as number))
				pool.requests.scheduledAtS[slot] = nowS;
		state.inFlight++;
		state.inBatches += draft.slots.length;
		agenda.push({ kind: 'reach', stage: 0, batch: priced(engine, state, draft) });
	}
}

/** Token counts of a request change only at the end of its batch, so that its price holds for all stages. */
function priced(engine: PipelineEngine, state: PipelineState, draft: Draft): FlightBatch {
	const { pool } = state;
	const { predictor, power } = engine;
	const { summary, attention } = summarize(pool, draft, predictor.kvGranularity);
	const last = state.stages.length === 1;
	return {
		number: state.formed++,
		slots: draft.slots,
		tokens: draft.tokens,
		sendingS: last ? 0 : predictor.sendingTimeS(summary),
		lastS: predictor.batchTimeS(summary),
		flops: power.flopsPerToken * summary.tokens + power.flopsPerAttention * attention,
		executedS: 0,
		firstStartS: Number.NaN,
		lastEndS: Number.NaN,
		waitedS: 0,
	};
}

function summarize(pool: Pool, { slots, tokens }: Draft, kvGranularity: number) {
	const summary: BatchSummary = {
		tokens: 0,
		decodes: 0,
		decodeKv: 0,
		prefills: 0,
		prefillSquares: 0,
		prefillKv: 0,
	};
	const { processed: processedOf } = pool.requests;
	let decodeTokens = 0;
	let attention = 0;
	for (let i = 0; i < slots.length; i++) {
		const slot = slots[i] as number;
		const added = tokens[i] as number;
		const processed = processedOf[slot] as number;
		summary.tokens += added;
		attention += added * (added + processed);
		if (isPrefilled(pool, slot)) {
			summary.decodes++;
			decodeTokens += processed;
		} else {
			summary.prefills++;
			summary.prefillSquares += added * added;
			summary.prefillKv += Math.ceil(processed / kvGranularity) * kvGranularity;
		}
	}
	if (summary.decodes > 0) summary.decodeKv = Math.floor(decodeTokens / summary.decodes);
	return { summary, attention };
}

function startStage({ engine, state, nowS }: Instant, index: number): void {
	const stage = state.stages[index];
	if (stage === undefined || stage.batch !== null) return;
	const batch = stage.fifo.shift();
	if (batch === undefined) return;
	if (Number.isNaN(batch.firstStartS)) batch.firstStartS = nowS;
	else batch.waitedS += nowS - batch.lastEndS;
	beginOnStage(engine.power, stage, batch, {
		nowS,
		durationS: index === state.stages.length - 1 ? batch.lastS : batch.sendingS,
		capW: state.capW,
		order: state.starts++,
	});
}

function endStage({ engine, state, nowS, agenda }: Instant, index: number): void {
	const stage = state.stages[index];
	const batch = stage?.batch;
	if (stage === undefined || batch === undefined || batch === null) return;
	meterStage(stage, nowS);
	const durationS = stageTimeS(stage);
	batch.executedS += durationS;
	batch.lastEndS = nowS;
	if (engine.observer !== null)
		engine.observer.ran({
			batch: batch.number,
			count: 1,
			stage: index,
			startS: stage.startS,
			durationS,
			endS: nowS,
			requestIds: batch.slots.map((slot) => state.pool.requests.id[slot] as number),
			tokens: batch.tokens,
		});
	stage.batch = null;
	stage.endS = Number.POSITIVE_INFINITY;
	agenda.push({ kind: 'start', stage: index });
	const next = index + 1;
	if (next === state.stages.length) agenda.push({ kind: 'batchEnd', batch });
	else agenda.push({ kind: 'reach', stage: next, batch });
}

function endBatch({ engine, state, nowS, sink }: Instant, batch: FlightBatch): void {
	const { pool } = state;
	const r = pool.requests;
	const { slots, tokens, executedS, waitedS, firstStartS } = batch;
	for (let i = 0; i < slots.length; i++) {
		const slot = slots[i] as number;
		const lastEndS = r.lastEndS[slot] as number;
		const pausedS = Number.isNaN(lastEndS) ? 0 : firstStartS - lastEndS;
		r.preemptedS[slot] = (r.preemptedS[slot] as number) + pausedS + waitedS;
		r.executedS[slot] = (r.executedS[slot] as number) + executedS;
		r.lastEndS[slot] = nowS;
		let processed = (r.processed[slot] as number) + (tokens[i] as number);
		if (processed === r.prefill[slot]) {
			// The prompt's pass yields the first token.
			processed++;
			if (Number.isNaN(r.prefilledAtS[slot] as number)) r.prefilledAtS[slot] = nowS;
		}
		r.processed[slot] = processed;
	}
	state.inFlight--;
	state.inBatches -= batch.slots.length;
	engine.scheduler.ended(pool, batch.slots);
	for (const slot of batch.slots) if (isComplete(pool, slot)) complete(pool, slot, nowS, sink);
}

function checkProgress({ state, nowS }: Instant): void {
	if (state.inFlight > 0 || arrivedHead(state.pool, nowS) === undefined) return;
	throw new SimulationError('Cannot schedule any request: the queue waits on an idle replica');
}

/** Lets another cap act from `nowS` on, on the GPUs of every stage, after `advancePipeline` to it. */
export function setPipelineCap(
	engine: PipelineEngine,
	state: PipelineState,
	nowS: number,
	capW: number,
): void {
	if (capW === state.capW) return;
	state.capW = capW;
	for (const stage of state.stages) capStage(engine.power, stage, nowS, capW);
}
