import { SimulationError } from '../../../protocol/errors.ts';
import { fillTraffic } from '../../../silicon/traffic.ts';
import { arrivedHead, type Draft, isComplete } from '../scheduler/pool.ts';
import {
	type Agenda,
	ARRIVED,
	addEvent,
	addStageEnds,
	BATCH_END,
	createAgenda,
	nextArrivalS,
	REACH,
	SCHEDULE,
	STAGE_END,
	START,
} from './agenda.ts';
import { releaseSlot } from './book.ts';
import { draftTimeS } from './drafting.ts';
import { bookBatch, repeatBatch, summarize } from './flight.ts';
import type { PipelineEngine } from './pipeline-engine.ts';
import type { PipelineState } from './pipeline-state.ts';
import { type CompletionSink, complete, report } from './request.ts';
import { awakeS, meterRest, type RestState } from './rest.ts';
import {
	beginOnStage,
	type FlightBatch,
	meterStage,
	recordOf,
	type StageState,
	stageTimeS,
} from './stage.ts';

/** Runs everything that happens before `untilS`. Completed requests go to the sink. */
export function advancePipeline(
	engine: PipelineEngine,
	state: PipelineState,
	untilS: number,
	sink: CompletionSink,
): void {
	const { stages } = state;
	const agenda = createAgenda();
	const instant: Instant = { engine, state, nowS: 0, seenS: 0, sink, agenda, resting: null };
	for (;;) {
		const arrivalS = readyArrivalS(state);
		let nowS = arrivalS;
		// The stage whose end is all that happens, -1 if more does.
		let only = -1;
		for (let i = 0; i < stages.length; i++) {
			const { endS } = stages[i] as StageState;
			if (endS < nowS) {
				nowS = endS;
				only = i;
			} else if (endS === nowS) only = -1;
		}
		if (nowS >= untilS) return;
		instant.nowS = nowS;
		instant.seenS = nowS;
		agenda.length = 0;
		if (state.rest !== null && state.inFlight === 0) meterRest(state.rest, nextArrivalS(state));
		state.lookedS = nowS;
		if (only >= 0) handleStageEnd(instant, only);
		else {
			if (arrivalS === nowS) addEvent(agenda, ARRIVED);
			addStageEnds(agenda, stages, nowS);
		}
		// The list grows while it is worked off.
		for (let i = 0; i < agenda.length; i++) handle(instant, i);
		checkProgress(instant);
		if (state.rest !== null) noteRest(state, state.rest, nowS);
	}
}

/** The first arrival not yet looked at, or when a sleeping replica is awake for it. */
function readyArrivalS(state: PipelineState): number {
	const arrivalS = nextArrivalS(state);
	return state.rest === null || state.inFlight > 0 ? arrivalS : awakeS(state.rest, arrivalS);
}

/** Work begins or ends with what has happened at `nowS`. */
function noteRest({ inFlight }: PipelineState, rest: RestState, nowS: number): void {
	if (inFlight > 0) rest.idleFromS = Number.POSITIVE_INFINITY;
	else if (rest.idleFromS === Number.POSITIVE_INFINITY) rest.idleFromS = nowS;
}

/** All that happens at one time. */
interface Instant {
	readonly engine: PipelineEngine;
	readonly state: PipelineState;
	nowS: number;
	/** Arrivals until then are seen by the scheduler. */
	seenS: number;
	readonly sink: CompletionSink;
	readonly agenda: Agenda;
	/** A batch that has ended and may well be the next, in place of its requests in the running list. */
	resting: FlightBatch | null;
}

/** What follows from the end of one stage, without the agenda where the order is plain. */
function handleStageEnd(instant: Instant, index: number): void {
	const batch = endStage(instant, index);
	if (batch === null) return;
	startStage(instant, index);
	const next = index + 1;
	const { stages } = instant.state;
	if (next < stages.length) {
		stages[next]?.fifo.push(batch);
		startStage(instant, next);
		return;
	}
	endBatch(instant, batch);
	scheduleBatches(instant);
}

function handle(instant: Instant, place: number): void {
	const { agenda, state } = instant;
	const stage = agenda.stages[place] as number;
	switch (agenda.kinds[place]) {
		case ARRIVED:
			addEvent(agenda, SCHEDULE);
			return;
		case SCHEDULE:
			scheduleBatches(instant);
			return;
		case REACH:
			state.stages[stage]?.fifo.push(agenda.batches[place] as FlightBatch);
			addEvent(agenda, START, stage);
			return;
		case START:
			startStage(instant, stage);
			return;
		case STAGE_END:
			addStageEnd(instant, stage);
			return;
		case BATCH_END:
			endBatch(instant, agenda.batches[place] as FlightBatch);
			addEvent(agenda, SCHEDULE);
	}
}

function scheduleBatches(instant: Instant): void {
	const { engine, state, nowS, agenda, resting } = instant;
	const { pool } = state;
	if (resting !== null) {
		if (engine.scheduler.repeats?.(pool, resting.slots, instant.seenS)) {
			instant.resting = null;
			repeatBatch(engine, state, resting, nowS);
			state.inFlight++;
			state.inBatches += resting.slots.length;
			addEvent(agenda, REACH, 0, resting);
		} else wake(instant);
	}
	while (state.inFlight < state.stages.length) {
		const draft = draftNext(instant);
		if (draft === null) return;
		for (const slot of draft.slots)
			if (Number.isNaN(pool.requests.scheduledAtS[slot] as number))
				pool.requests.scheduledAtS[slot] = nowS;
		state.inFlight++;
		state.inBatches += draft.slots.length;
		addEvent(agenda, REACH, 0, priced(engine, state, draft, nowS));
	}
}

/** The scheduler's next batch, and the memory of those that were done before it back. */
function draftNext(instant: Instant): Draft | null {
	const { engine, state, nowS, seenS } = instant;
	const { pool } = state;
	const draft = engine.scheduler.next(pool, seenS);
	if (state.leaving === null) return draft;
	const left = state.leaving.splice(0);
	engine.scheduler.ended(pool, left);
	for (const slot of left) releaseSlot(pool, slot);
	if (draft !== null || (seenS === nowS && left.length === 0)) return draft;
	// With nothing to run ahead the end of the batch is awaited.
	return engine.scheduler.next(pool, nowS);
}

/** Hands the resting batch to the scheduler. */
function wake(instant: Instant): void {
	const { engine, state, resting } = instant;
	if (resting === null) return;
	instant.resting = null;
	engine.scheduler.ended(state.pool, resting.slots);
}

/** Token counts of a request change only at the end of its batch, so that its price holds for all stages. */
function priced(
	engine: PipelineEngine,
	state: PipelineState,
	draft: Draft,
	formedS: number,
): FlightBatch {
	const { pool } = state;
	const { predictor, power } = engine;
	const { summary, attention, promptAttention, read, promptRead } = summarize(
		pool,
		draft,
		predictor.kvGranularity,
	);
	const last = state.stages.length === 1;
	const { drafting = null } = engine;
	const draftS = drafting === null ? 0 : draftTimeS(drafting, predictor, summary);
	const decodeTokens = summary.prefills > 0 ? -1 : attention - summary.tokens;
	const promptTokens = summary.tokens - summary.decodes;
	const batch: FlightBatch = {
		number: state.formed++,
		slots: draft.slots,
		tokens: draft.tokens,
		decodeTokens,
		priceStep: Math.ceil(summary.decodeKv / predictor.kvGranularity),
		formedS,
		summary,
		sendingS: last ? 0 : predictor.sendingTimeS(summary),
		lastS: predictor.batchTimeS(summary) + draftS,
		flops: power.flopsPerToken * summary.tokens + power.flopsPerAttention * attention,
		prompts: summary.prefills,
		promptFlops: power.flopsPerToken * promptTokens + power.flopsPerAttention * promptAttention,
		promptBytes: 0,
		bytes: 0,
		bytesRise: 0,
		onceBytes: 0,
		kvBytes: 0,
		paddedFlops: 0,
		baseJ: 0,
		memoryJ: 0,
		computeJ: 0,
		executedS: 0,
		firstStartS: Number.NaN,
		lastEndS: Number.NaN,
		waitedS: 0,
	};
	if (power.traffic !== null) {
		const { tokens } = summary;
		fillTraffic(power.traffic, batch, { tokens, sequences: draft.slots.length }, read);
		batch.promptBytes = power.traffic.tokenBytes * promptTokens + batch.kvBytes * promptRead;
	}
	return batch;
}

function startStage({ engine, state, nowS }: Instant, index: number): void {
	const stage = state.stages[index];
	if (stage === undefined || stage.batch !== null) return;
	const { fifo } = stage;
	if (fifo.length === 0) return;
	const batch = (fifo.length > 1 ? fifo.shift() : fifo.pop()) as FlightBatch;
	if (Number.isNaN(batch.firstStartS)) batch.firstStartS = nowS;
	else batch.waitedS += nowS - batch.lastEndS;
	beginOnStage(engine.power, stage, batch, {
		nowS,
		durationS: index === state.stages.length - 1 ? batch.lastS : batch.sendingS,
		capW: state.capW,
		order: state.starts++,
	});
}

function addStageEnd(instant: Instant, index: number): void {
	const { agenda, state } = instant;
	const batch = endStage(instant, index);
	addEvent(agenda, START, index);
	const next = index + 1;
	if (next === state.stages.length) addEvent(agenda, BATCH_END, -1, batch);
	else addEvent(agenda, REACH, next, batch);
}

function endStage({ engine, state, nowS }: Instant, index: number): FlightBatch | null {
	const stage = state.stages[index];
	const batch = stage?.batch;
	if (stage === undefined || batch === undefined || batch === null) return null;
	meterStage(engine.power, stage, nowS);
	const durationS = stageTimeS(stage);
	batch.executedS += durationS;
	batch.lastEndS = nowS;
	if (engine.observer !== null)
		engine.observer.ran({
			...recordOf(stage, batch),
			stage: index,
			durationS,
			endS: nowS,
			requestIds:
				engine.observer.members === false
					? []
					: batch.slots.map((slot) => state.pool.requests.id[slot] as number),
		});
	stage.batch = null;
	stage.endS = Number.POSITIVE_INFINITY;
	return batch;
}

function endBatch(instant: Instant, batch: FlightBatch): void {
	const { engine, state, nowS, sink } = instant;
	const { pool } = state;
	const { slots } = batch;
	const completed = bookBatch(engine, pool, batch, nowS);
	if (state.leaving !== null) instant.seenS = batch.formedS;
	engine.observer?.booked?.(pool.requests, slots, nowS);
	state.inFlight--;
	state.inBatches -= slots.length;
	const alone = pool.running.length === 0 && instant.resting === null;
	if (completed === 0 && alone && batch.decodeTokens >= 0) {
		instant.resting = batch;
		return;
	}
	wake(instant);
	const done = completed === 0 ? NONE : slots.filter((slot) => isComplete(pool, slot));
	if (state.leaving === null) {
		engine.scheduler.ended(pool, slots);
		for (const slot of done) complete(pool, slot, nowS, sink);
		return;
	}
	engine.scheduler.ended(
		pool,
		done.length === 0 ? slots : slots.filter((slot) => !isComplete(pool, slot)),
	);
	state.leaving.push(...done);
	for (const slot of done) report(pool, slot, nowS, sink);
}

const NONE: readonly number[] = [];

function checkProgress({ state, nowS }: Instant): void {
	if (state.inFlight > 0 || arrivedHead(state.pool, nowS) === undefined) return;
	throw new SimulationError('Cannot schedule any request: the queue waits on an idle replica');
}
