import { positionsOf } from '../../../protocol/readings.ts';
import { REQUEST_ENERGIES, REQUEST_METRICS } from '../../../protocol/run-folder/requests.ts';
import { dropPrefix } from '../scheduler/prefix-cache.ts';
import { type RequestBook, releaseSlot } from './book.ts';
import { markShares, shareOfRunning } from './energy-shares.ts';
import { pushFront } from './queue.ts';
import { joinRunning, leaveRunning, takeFinished } from './running.ts';
import { type EngineState, grownBy, type Leaving } from './state.ts';

/**
 * Columns of a completed request: those of Vidur's request_metrics.csv, then its arrival. Times in seconds. Last its
 * energy with the prompt and with the answer, here in joules of one GPU of each stage.
 */
export const requestMetricNames = [
	'request_id',
	...REQUEST_METRICS,
	'arrived_at',
	...REQUEST_ENERGIES,
] as const;

/**
 * Takes completed requests. `row` is in the order of `requestMetricNames` and is used again: copy it. `cachedTokens` of the prompt were
 * found in the prefix cache, and `transferS` passed
 * between the end of the prompt and the arrival of its KV cache.
 */
export interface CompletionSink {
	completed(atS: number, row: Float64Array, cachedTokens: number, transferS: number): void;
	/** Takes requests whose prompt is done, for another replica. `row` is in the order of `PREFILLED_FIELDS`. */
	handedOver?(atS: number, row: Float64Array): void;
}

/** KV blocks that a running request holds after `processed` tokens: its last token is not cached yet. */
export function blocksHeld(processed: number, blockSize: number): number {
	return Math.ceil((processed - 1) / blockSize);
}

/** KV blocks that so many computed tokens fill, the last perhaps in part. */
export function blocksOf({ blockPhase }: EngineState, tokens: number): number {
	return Math.ceil(tokens / blockPhase.length);
}

/** Moves a request whose prefill is done among the running ones, by arrival or behind all. */
export function beginDecoding(state: EngineState, slot: number, byArrival: boolean): void {
	const { requests } = state;
	const processed = (requests.prefill[slot] as number) + 1;
	const offset = state.decodeSteps - processed;
	requests.offset[slot] = offset;
	requests.decodedMark[slot] = state.decoded.sum;
	requests.decodedRestMark[slot] = state.decoded.rest;
	requests.waitedMark[slot] = state.waited.sum;
	requests.waitedRestMark[slot] = state.waited.rest;
	markShares(state, slot);
	state.runningTokens += processed;
	addToPhase(state, offset, 1);
	joinRunning(state, slot, byArrival);
}

/** Ends a request's time among the running: books its times and tokens. Leaves the list and its memory alone. */
function stopDecoding(state: EngineState, slot: number, processed: number): void {
	const { requests, decoded, waited } = state;
	const mark = (column: Float64Array) => column[slot] as number;
	const executedS = grownBy(decoded, mark(requests.decodedMark), mark(requests.decodedRestMark));
	const waitedS = grownBy(waited, mark(requests.waitedMark), mark(requests.waitedRestMark));
	requests.decodeJ[slot] = mark(requests.decodeJ) + shareOfRunning(state, slot);
	requests.executedS[slot] = (requests.executedS[slot] as number) + executedS;
	requests.preemptedS[slot] = (requests.preemptedS[slot] as number) + waitedS;
	state.runningTokens -= processed;
	addToPhase(state, requests.offset[slot] as number, -1);
}

/** KV blocks of a request with so many computed tokens. */
function heldWith(state: EngineState, tokens: number): number {
	return state.reservedBlocks || blocksOf(state, tokens);
}

/** Completes a request with `tokens` in its memory, which comes free at once or when the next batch is decided. */
export function finish(
	state: EngineState,
	{ slot, tokens }: { readonly slot: number; readonly tokens: number },
	atS: number,
	sink: CompletionSink,
): void {
	if (state.leaving !== null) {
		state.leaving.slots.push(slot);
		state.leaving.tokens.push(tokens);
		report(state, slot, atS, sink);
		return;
	}
	giveBack(state, slot, heldWith(state, tokens), tokens);
	complete(state, slot, atS, sink);
}

/** Takes the memory of all back that were done before the batch just decided. Returns their number. */
export function releaseLeft(state: EngineState, { slots, tokens }: Leaving): number {
	const count = slots.length;
	for (let i = 0; i < count; i++) {
		const slot = slots[i] as number;
		const held = tokens[i] as number;
		giveBack(state, slot, heldWith(state, held), held);
		releaseSlot(state, slot);
	}
	slots.length = 0;
	tokens.length = 0;
	return count;
}

/** Takes the `held` blocks of a request back, with `tokens` in them. Returns how many came free. */
export function giveBack(state: EngineState, slot: number, held: number, tokens: number): number {
	const free = state.prefix === null ? held : dropPrefix(state, slot, held, tokens);
	state.usedBlocks -= free;
	return free;
}

/**
 * Preemption by recomputation: the tokens so far become the prompt, and the request is first in the queue.
 * `sortFinishes` is to follow.
 *
 * @returns the blocks that came free
 */
export function restart(state: EngineState, slot: number, nowS: number): number {
	const { requests } = state;
	const processed = state.decodeSteps - (requests.offset[slot] as number);
	leaveRunning(state, slot);
	stopDecoding(state, slot, processed);
	const free = giveBack(state, slot, heldWith(state, processed - 1), processed - 1);
	const total = (requests.prefill[slot] as number) + (requests.decode[slot] as number);
	requests.prefill[slot] = processed;
	requests.decode[slot] = total - processed;
	requests.restarts[slot] = (requests.restarts[slot] as number) + 1;
	requests.evicted++;
	requests.processed[slot] = 0;
	requests.lastEndS[slot] = nowS;
	pushFront(state.queue, slot);
	return free;
}

/**
 * The same in the middle of the prompt. Vidur takes the tokens so far for the whole prompt then.
 *
 * @param held blocks, of the whole prompt unless it gets them chunk by chunk
 */
export function restartPartial(
	state: EngineState,
	slot: number,
	vidur: boolean,
	held = blocksOf(state, state.requests.prefill[slot] as number),
): number {
	const { requests } = state;
	const prefill = requests.prefill[slot] as number;
	const processed = requests.processed[slot] as number;
	const free = giveBack(state, slot, held, processed);
	if (vidur) {
		requests.decode[slot] = prefill + (requests.decode[slot] as number) - processed;
		requests.prefill[slot] = processed;
	}
	requests.processed[slot] = 0;
	requests.restarts[slot] = (requests.restarts[slot] as number) + 1;
	requests.evicted++;
	state.partial = -1;
	pushFront(state.queue, slot);
	return free;
}

/** Takes the finished requests out of the running ones, in their order, and hands them to the sink. */
export function completeFinished(
	state: EngineState,
	byArrival: boolean,
	atS: number,
	sink: CompletionSink,
): void {
	const { requests, decodeSteps } = state;
	const { taken } = state.finishes;
	const count = takeFinished(state, byArrival);
	for (let i = 0; i < count; i++) {
		const slot = taken[i] as number;
		const processed = decodeSteps - (requests.offset[slot] as number);
		stopDecoding(state, slot, processed);
		finish(state, { slot, tokens: processed - 1 }, atS, sink);
	}
}

const row = new Float64Array(requestMetricNames.length);

/** Where each metric is in the row. */
const {
	request_id: ID,
	request_e2e_time: E2E,
	request_e2e_time_normalized: E2E_NORMALIZED,
	request_execution_time: EXECUTION,
	request_execution_time_normalized: EXECUTION_NORMALIZED,
	request_model_execution_time: MODEL_EXECUTION,
	request_model_execution_time_normalized: MODEL_EXECUTION_NORMALIZED,
	request_preemption_time: PREEMPTION,
	request_scheduling_delay: SCHEDULING_DELAY,
	request_execution_plus_preemption_time: SERVICE,
	request_execution_plus_preemption_time_normalized: SERVICE_NORMALIZED,
	prefill_e2e_time: TTFT,
	prefill_time_execution_plus_preemption: PREFILL,
	prefill_time_execution_plus_preemption_normalized: PREFILL_NORMALIZED,
	decode_time_execution_plus_preemption_normalized: DECODE_NORMALIZED,
	request_inter_arrival_delay: INTER_ARRIVAL,
	request_num_tokens: TOKENS,
	request_num_prefill_tokens: PREFILL_TOKENS,
	request_num_decode_tokens: DECODE_TOKENS,
	request_pd_ratio: PD_RATIO,
	request_num_restarts: RESTARTS,
	arrived_at: ARRIVED_AT,
	prefill_energy: PREFILL_ENERGY,
	decode_energy: DECODE_ENERGY,
} = positionsOf(requestMetricNames);

/** Hands a request's metrics to the sink and frees its slot. */
export function complete(
	state: RequestBook,
	slot: number,
	atS: number,
	sink: CompletionSink,
): void {
	report(state, slot, atS, sink);
	releaseSlot(state, slot);
}

/** Hands a completed request's metrics to the sink. */
export function report(state: RequestBook, slot: number, atS: number, sink: CompletionSink): void {
	const r = state.requests;
	const arrivedAtS = r.arrivedAtS[slot] as number;
	const prefillTokens = r.prefill[slot] as number;
	const decodeTokens = r.decode[slot] as number;
	const scheduledAtS = r.scheduledAtS[slot] as number;
	const prefilledAtS = r.prefilledAtS[slot] as number;
	const executedS = r.executedS[slot] as number;
	const preemptedS = r.preemptedS[slot] as number;
	const arrivedPrefill = r.arrivedPrefill[slot] as number;
	const arrivedDecode = r.arrivedDecode[slot] as number;
	row[ID] = r.id[slot] as number;
	row[E2E] = atS - arrivedAtS;
	row[E2E_NORMALIZED] = (atS - arrivedAtS) / decodeTokens;
	row[EXECUTION] = executedS;
	row[EXECUTION_NORMALIZED] = executedS / decodeTokens;
	row[MODEL_EXECUTION] = executedS;
	row[MODEL_EXECUTION_NORMALIZED] = executedS / decodeTokens;
	row[PREEMPTION] = preemptedS;
	row[SCHEDULING_DELAY] = scheduledAtS - arrivedAtS;
	row[SERVICE] = executedS + preemptedS;
	row[SERVICE_NORMALIZED] = (executedS + preemptedS) / decodeTokens;
	row[TTFT] = prefilledAtS - arrivedAtS;
	row[PREFILL] = prefilledAtS - scheduledAtS;
	row[PREFILL_NORMALIZED] = (prefilledAtS - scheduledAtS) / prefillTokens;
	row[DECODE_NORMALIZED] = (atS - prefilledAtS) / decodeTokens;
	row[INTER_ARRIVAL] = r.interArrivalS[slot] as number;
	row[TOKENS] = arrivedPrefill + arrivedDecode;
	row[PREFILL_TOKENS] = arrivedPrefill;
	row[DECODE_TOKENS] = arrivedDecode;
	row[PD_RATIO] = arrivedPrefill / arrivedDecode;
	row[RESTARTS] = r.restarts[slot] as number;
	row[ARRIVED_AT] = arrivedAtS;
	row[PREFILL_ENERGY] = r.prefillJ[slot] as number;
	row[DECODE_ENERGY] = r.decodeJ[slot] as number;
	const transferS = r.transferS[slot] as number;
	const cachedTokens = Math.max(0, r.cached[slot] as number);
	state.completed++;
	sink.completed(atS, row, cachedTokens, transferS);
}

/** A running request takes a new block whenever its processed tokens are one more than fill its blocks. */
function addToPhase(state: EngineState, offset: number, change: 1 | -1): void {
	if (state.reservedBlocks > 0) return;
	const size = state.blockPhase.length;
	// The modulo, never negative; `%` of doubles is a slow call.
	const phase = offset + 1 - size * Math.floor((offset + 1) / size);
	state.blockPhase[phase] = (state.blockPhase[phase] as number) + change;
}
