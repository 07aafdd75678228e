import { arrivalAt, slotAt } from '../engine/book.ts';
import { dropFront } from '../engine/queue.ts';
import { blocksHeld, blocksOf, restart, restartPartial } from '../engine/request.ts';
import { sortFinishes } from '../engine/running.ts';
import { DECODE, type EngineState, IDLE, MIXED, PREFILL } from '../engine/state.ts';
import { iterationsWithBlocks, nextBlocks } from './blocks.ts';
import { blocksInUse, findPrefix, growPrefix, namePrefix, takePrefix } from './prefix-cache.ts';
import type { Scheduler } from './scheduler.ts';

/** Limits of the scheduler of vLLM's engine V1. */
export interface VllmV1Limits {
	readonly numBlocks: number;
	readonly blockSize: number;
	/** Most requests that run at once (`max_num_seqs`). */
	readonly batchSizeCap: number;
	/** Most tokens of a batch, prompts and answers together (`max_num_batched_tokens`); no fewer than requests. */
	readonly maxNumBatchedTokens: number;
	/** Whether a batch is decided when the one before it begins (`async_scheduling`). */
	readonly asyncScheduling: boolean;
}

/**
 * The scheduler of vLLM's engine V1 (vllm/v1/core/sched/scheduler.py of release 0.19) with one batch in flight. One
 * budget of tokens goes to those that run, in the order in which they were admitted, then to those that wait: one token
 * to who decodes, as many as are left to a prompt. So at most one prompt is ever partly done, and it was admitted last.
 *
 * KV blocks come as tokens do. Whoever needs one while none is free makes the last admitted start again, at last itself;
 * in such a batch nobody is admitted. A prompt is admitted when all of it would fit (`scheduler_reserve_full_isl`),
 * although it only gets the blocks of its chunk.
 */
export function vllmV1Scheduler(limits: VllmV1Limits): Scheduler {
	return {
		byArrival: false,
		mostRequests: limits.batchSizeCap,
		sparedBlocks: 0,
		reservedBlocks: 0,
		isAsync: limits.asyncScheduling,
		schedule(state, nowS, plan, seenS) {
			let repeats = 1;
			let someGone = false;
			if (state.runningCount > 0) {
				repeats = iterationsWithBlocks(limits, state, state.nextFinish - state.decodeSteps, 0);
				if (repeats === 0) {
					preempt(limits, state, nowS);
					someGone = true;
				}
			}
			const growing = state.runningCount > 0 ? nextBlocks(state) : 0;
			let count = 0;
			if (state.partial >= 0) {
				if (takeChunk(limits, state, growing)) count = 1;
				else someGone = true;
			}
			// A batch of nothing takes no time, and those gone may come back after it.
			if (!someGone || state.runningCount + count === 0)
				count += admit(limits, state, seenS, { begun: count, growing });
			const decodes = state.runningCount > 0;
			plan.count = count;
			if (count > 0) plan.kind = decodes ? MIXED : PREFILL;
			else plan.kind = decodes ? DECODE : IDLE;
			plan.repeats = plan.kind === DECODE && !someGone ? repeats : 1;
		},
	};
}

/** Every running request, in their order, takes the block that it needs; the last admitted make room. */
function preempt(limits: VllmV1Limits, state: EngineState, nowS: number): void {
	const { requests, decodeSteps, prefix } = state;
	let free = limits.numBlocks - state.usedBlocks;
	for (let turn = state.firstRunning; turn >= 0; turn = requests.after[turn] as number) {
		const processed = decodeSteps - (requests.offset[turn] as number);
		const { blockSize } = limits;
		if (blocksHeld(processed + 1, blockSize) === blocksHeld(processed, blockSize)) continue;
		let victim = -1;
		while (free < 1 && victim !== turn) {
			if (state.partial >= 0) free += restartBegun(state);
			else {
				victim = state.lastRunning;
				free += restart(state, victim, nowS);
			}
		}
		if (victim === turn) break;
		free--;
		// What comes free after this turn was not there for it.
		if (prefix !== null) prefix.promised++;
	}
	if (prefix !== null) prefix.promised = 0;
	sortFinishes(state);
}

/** Makes the prompt begun start again. Returns the blocks that came free. */
function restartBegun(state: EngineState): number {
	const slot = state.partial;
	const held = blocksOf(state, state.requests.processed[slot] as number);
	return restartPartial(state, slot, false, held);
}

/** Gives the prompt begun what the decoding requests leave of the budget; without room for it it starts again. */
function takeChunk(limits: VllmV1Limits, state: EngineState, growing: number): boolean {
	const { requests, batch } = state;
	const slot = state.partial;
	const processed = requests.processed[slot] as number;
	const room = limits.maxNumBatchedTokens - state.runningCount;
	const tokens = Math.min(room, (requests.prefill[slot] as number) - processed);
	const blocks = blocksOf(state, processed + tokens) - blocksOf(state, processed);
	if (blocks > limits.numBlocks - state.usedBlocks - growing) {
		restartBegun(state);
		return false;
	}
	state.usedBlocks += blocks;
	growPrefix(state, growing);
	namePrefix(state, slot, processed + tokens);
	batch.slots[0] = slot;
	batch.tokens[0] = tokens;
	state.partial = -1;
	return true;
}

/** Admits prompts for what is left of the budget behind the `begun` ones in the batch. Returns their number. */
function admit(
	limits: VllmV1Limits,
	state: EngineState,
	seenS: number,
	{ begun, growing }: { readonly begun: number; readonly growing: number },
): number {
	const { queue, requests, batch, runningCount } = state;
	let room = limits.maxNumBatchedTokens - runningCount;
	if (begun > 0) room -= batch.tokens[0] as number;
	let admitted = 0;
	let holders = runningCount + begun + (state.leaving?.slots.length ?? 0);
	while (room > 0 && holders < limits.batchSizeCap && admitted < queue.length) {
		if (arrivalAt(state, admitted) > seenS) break;
		const slot = slotAt(state, admitted);
		const prompt = requests.prefill[slot] as number;
		const found = findPrefix(state, slot, growing);
		const inUse = blocksInUse(state);
		const free = limits.numBlocks - state.usedBlocks - growing;
		if (blocksOf(state, prompt) - inUse > free) break;
		const tokens = Math.min(room, prompt - found);
		const blocks = blocksOf(state, found + tokens);
		takePrefix(state, slot, blocks);
		state.usedBlocks += blocks - inUse;
		namePrefix(state, slot, found + tokens);
		batch.slots[begun + admitted] = slot;
		batch.tokens[begun + admitted] = tokens;
		room -= tokens;
		holders++;
		admitted++;
	}
	if (admitted > 0) dropFront(queue, admitted);
	return admitted;
}
