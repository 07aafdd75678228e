import { PREFILLED_FIELDS } from '../../../protocol/ports.ts';
import { positionsOf } from '../../../protocol/readings.ts';
import { nextBlocks } from '../scheduler/blocks.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { RequestLimits } from './admission.ts';
import { headArrivalS, openSlot, type RequestBook, releaseSlot } from './book.ts';
import type { Landing, Outbox } from './outbox.ts';
import type { Arrival } from './queue.ts';
import { beginDecoding, giveBack } from './request.ts';
import { awakeS, meterRest } from './rest.ts';
import type { EngineState } from './state.ts';

/**
 * Prompts here, answers elsewhere: a replica of the prefill pool hands a request over when its prompt is done,
 * one of the decode pool takes it up when its KV cache has landed.
 */

/** What the KV cache costs on its way out of a replica. */
export interface KvLink {
	/** Time on the link for the KV cache of one token: the share of one GPU, as all send at once. */
	readonly secondsPerToken: number;
	/** Layers that can be sent as soon as each is computed; 1: all of them at the end. */
	readonly layers: number;
}

/** A request on its way from one pool to the other. Times in seconds. */
export interface Handoff extends Arrival {
	readonly scheduledAtS: number;
	readonly prefilledAtS: number;
	readonly executedS: number;
	readonly preemptedS: number;
	readonly cachedTokens: number;
	/** When the last of its KV cache has left, and how long the link needed for it. */
	readonly sentAtS: number;
	readonly transferS: number;
	/** Energy of its prompt, of one GPU here. */
	readonly prefillJ: number;
}

/** Whether blocks are held for requests that are done here. */
export function isSending({ outbox }: EngineState): boolean {
	return outbox !== null && outbox.slots.length > 0;
}

const row = new Float64Array(PREFILLED_FIELDS.length);
const AT = positionsOf(PREFILLED_FIELDS);

/**
 * Sends the KV cache of a request whose prompt ended with the batch in flight.
 *
 * @returns what the other replica must know, in the order of `PREFILLED_FIELDS`, but for the energy, which is in
 *   joules of one GPU; used again
 */
export function handOver(
	link: KvLink,
	state: EngineState,
	outbox: Outbox,
	slot: number,
): Float64Array {
	const { requests: r, batch } = state;
	const { startS, endS } = batch;
	const prefillTokens = r.prefill[slot] as number;
	const transferS = prefillTokens * link.secondsPerToken;
	// The link is busy for transferS. Layer k of n is there after k/n of the batch, so that neither the first
	// layer's nor the last layer's computing can be overtaken; with one layer nothing overlaps.
	const share = 1 / link.layers;
	const first = startS + (endS - startS) * share;
	const sentAtS = Math.max(
		endS + transferS * share,
		link.layers === 1 ? 0 : first + transferS,
		outbox.freeAtS + transferS,
	);
	outbox.freeAtS = sentAtS;
	outbox.slots.push(slot);
	outbox.sentAtS.push(sentAtS);
	state.completed++;
	row[AT.request_id] = r.id[slot] as number;
	row[AT.inter_arrival] = r.interArrivalS[slot] as number;
	row[AT.prefill_tokens] = prefillTokens;
	row[AT.decode_tokens] = r.decode[slot] as number;
	row[AT.arrived_at] = r.arrivedAtS[slot] as number;
	row[AT.scheduled_at] = r.scheduledAtS[slot] as number;
	row[AT.prefilled_at] = r.prefilledAtS[slot] as number;
	row[AT.execution_time] = r.executedS[slot] as number;
	row[AT.preemption_time] = r.preemptedS[slot] as number;
	row[AT.cached_tokens] = Math.max(0, r.cached[slot] as number);
	row[AT.sent_at] = sentAtS;
	row[AT.transfer_time] = transferS;
	row[AT.prefill_energy] = r.prefillJ[slot] as number;
	return row;
}

/** Takes the blocks back of all whose KV cache is out by `nowS`. */
export function releaseSent(state: EngineState, nowS: number): void {
	const { outbox, requests, reservedBlocks, blockPhase } = state;
	if (outbox === null) return;
	while ((outbox.sentAtS[0] ?? Number.POSITIVE_INFINITY) <= nowS) {
		const slot = outbox.slots.shift() as number;
		outbox.sentAtS.shift();
		const prompt = requests.prefill[slot] as number;
		giveBack(state, slot, reservedBlocks || Math.ceil(prompt / blockPhase.length), prompt);
		releaseSlot(state, slot);
	}
}

/** Takes a request whose KV cache lands at `landedAtS`, no earlier than those before it. */
export function land(
	state: RequestBook,
	landing: Landing,
	handoff: Handoff,
	landedAtS: number,
): void {
	const slot = openSlot(state, handoff);
	const r = state.requests;
	r.cached[slot] = handoff.cachedTokens;
	r.transferS[slot] = landedAtS - handoff.prefilledAtS;
	r.processed[slot] = handoff.prefillTokens;
	r.scheduledAtS[slot] = handoff.scheduledAtS;
	r.prefilledAtS[slot] = handoff.prefilledAtS;
	r.lastEndS[slot] = handoff.prefilledAtS;
	r.executedS[slot] = handoff.executedS;
	r.preemptedS[slot] = handoff.preemptedS;
	r.prefillJ[slot] = handoff.prefillJ;
	landing.slots.push(slot);
	landing.landedAtS.push(landedAtS);
}

/**
 * Takes up what has landed, in order, as long as there is room: for the prompt, for what the next iteration
 * takes, and above the watermark. Requests that were evicted here come first; they compute their prompt anew.
 */
export function admitLanded(
	scheduler: Scheduler,
	{ numBlocks, blockSize }: RequestLimits,
	state: EngineState,
	{ nowS, seenS }: { readonly nowS: number; readonly seenS: number },
): void {
	const { landing, requests, reservedBlocks, leaving } = state;
	if (landing === null || state.queue.length > 0) return;
	while ((landing.landedAtS[0] ?? Number.POSITIVE_INFINITY) <= seenS) {
		const begun = state.partial >= 0 ? 1 : 0;
		const holders = state.runningCount + begun + (leaving?.slots.length ?? 0);
		if (holders >= scheduler.mostRequests) return;
		const slot = landing.slots[0] as number;
		const prompt = requests.prefill[slot] as number;
		const blocks = reservedBlocks || Math.ceil(prompt / blockSize);
		const growing = reservedBlocks > 0 ? 0 : nextBlocks(state) + (prompt % blockSize === 0 ? 1 : 0);
		const left = numBlocks - state.usedBlocks - blocks - growing;
		if (holders > 0 && left < scheduler.sparedBlocks) return;
		landing.slots.shift();
		landing.landedAtS.shift();
		state.usedBlocks += blocks;
		requests.preemptedS[slot] =
			(requests.preemptedS[slot] as number) + (nowS - (requests.lastEndS[slot] as number));
		beginDecoding(state, slot, scheduler.byArrival);
	}
}

/**
 * Notes whether the queue of an idle replica waits for blocks that requests on their way out hold.
 *
 * @returns false when it waits for nothing that will ever come
 */
export function noteBlocked({ outbox }: EngineState, isWaiting: boolean): boolean {
	if (outbox === null) return !isWaiting;
	outbox.wakesAtS = Number.NEGATIVE_INFINITY;
	if (!isWaiting) return true;
	outbox.wakesAtS = outbox.sentAtS[0] ?? Number.NEGATIVE_INFINITY;
	return outbox.slots.length > 0;
}

/** When the idle replica next has something to decide, Infinity for never. */
export function readyS(state: EngineState): number {
	const { outbox, rest } = state;
	const workS = landedFirstS(state, headArrivalS(state));
	const unblockedS = outbox === null ? workS : Math.max(workS, outbox.wakesAtS);
	return rest === null ? unblockedS : Math.max(unblockedS, awakeS(rest, workS));
}

/** Meters the sleep of the idle replica before `nowS`: it ends when work comes. */
export function restUntil(state: EngineState, nowS: number): void {
	const { rest } = state;
	if (rest !== null) meterRest(rest, Math.min(nowS, landedFirstS(state, headArrivalS(state))));
}

/** `headS`, or when the first of what has landed did. */
export function landedFirstS({ landing }: EngineState, headS: number): number {
	return landing === null
		? headS
		: Math.min(headS, landing.landedAtS[0] ?? Number.POSITIVE_INFINITY);
}
