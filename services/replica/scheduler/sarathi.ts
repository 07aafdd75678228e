import { arrivalAt, slotAt } from '../engine/book.ts';
import { isSending } from '../engine/handoff.ts';
import { dropFront } from '../engine/queue.ts';
import { DECODE, type EngineState, IDLE, MIXED, PREFILL } from '../engine/state.ts';
import { type BlockLimits, evict, iterationsWithBlocks, nextBlocks } from './blocks.ts';
import { blocksInUse, findPrefix, namePrefix, takePrefix } from './prefix-cache.ts';
import type { Scheduler } from './scheduler.ts';

/** Limits of Sarathi's scheduler. */
export interface SarathiLimits extends BlockLimits {
	/** Most tokens of a batch, decoding requests aside, which are never held back. */
	readonly chunkSize: number;
}

/**
 * Sarathi with one batch in flight: all running requests decode in every batch, and what they leave of
 * `chunkSize` tokens goes to the prompt begun, then to new ones. So at most one prompt is ever partly done.
 * When nothing holds memory the first in the queue is admitted whatever the watermark says, but for `vidur`.
 */
export function sarathiScheduler(limits: SarathiLimits): Scheduler {
	return {
		byArrival: false,
		mostRequests: limits.batchSizeCap,
		sparedBlocks: Math.max(1, limits.watermarkBlocks),
		reservedBlocks: 0,
		schedule(state, nowS, plan) {
			plan.repeats = 1;
			let repeats = 1;
			if (state.runningCount > 0) {
				repeats = iterationsWithBlocks(limits, state, state.nextFinish - state.decodeSteps);
				if (repeats === 0) evict(limits, state, nowS);
			}
			plan.count = takeChunks(limits, state, nowS);
			const decodes = state.runningCount > 0;
			if (plan.count > 0) plan.kind = decodes ? MIXED : PREFILL;
			else plan.kind = decodes ? DECODE : IDLE;
			if (plan.kind === DECODE) plan.repeats = Math.max(1, repeats);
		},
	};
}

/** Fills the batch with chunks of prompts and returns their number. */
function takeChunks(limits: SarathiLimits, state: EngineState, nowS: number): number {
	const { queue, requests, batch } = state;
	let room = Math.max(0, limits.chunkSize - state.runningCount);
	let holders = state.runningCount;
	let count = 0;
	const begun = state.partial;
	if (begun >= 0) {
		holders++;
		if (room === 0) {
			state.partialSkipped = true;
			return 0;
		}
		const processed = requests.processed[begun] as number;
		const tokens = Math.min(room, (requests.prefill[begun] as number) - processed);
		namePrefix(state, begun, processed + tokens);
		batch.slots[0] = begun;
		batch.tokens[0] = tokens;
		count = 1;
		room -= tokens;
		state.partial = -1;
	}
	let admitted = 0;
	const growing = state.runningCount > 0 ? nextBlocks(state) : 0;
	while (room > 0 && holders < limits.batchSizeCap && admitted < queue.length) {
		if (arrivalAt(state, admitted) > nowS) break;
		const slot = slotAt(state, admitted);
		const prompt = requests.prefill[slot] as number;
		const found = findPrefix(state, slot, growing);
		const promptBlocks = Math.ceil(prompt / limits.blockSize);
		const blocks = promptBlocks - blocksInUse(state);
		const left = limits.numBlocks - state.usedBlocks - growing - blocks;
		if (left < limits.watermarkBlocks && (holders > 0 || limits.vidur || isSending(state))) break;
		takePrefix(state, slot, promptBlocks);
		state.usedBlocks += blocks;
		const tokens = Math.min(room, prompt - found);
		namePrefix(state, slot, found + tokens);
		batch.slots[count] = slot;
		batch.tokens[count] = tokens;
		room -= tokens;
		count++;
		holders++;
		admitted++;
	}
	if (admitted > 0) dropFront(queue, admitted);
	return count;
}
