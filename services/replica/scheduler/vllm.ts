import { arrivalAt, slotAt } from '../engine/book.ts';
import { isSending } from '../engine/handoff.ts';
import { dropFront } from '../engine/queue.ts';
import { DECODE, type EngineState, IDLE, PREFILL } from '../engine/state.ts';
import { type BlockLimits, evict, iterationsWithBlocks } from './blocks.ts';
import { blocksInUse, findPrefix, namePrefix, takePrefix } from './prefix-cache.ts';
import type { BatchPlan, Scheduler } from './scheduler.ts';

/** Limits of vLLM's scheduler. */
export interface VllmLimits extends BlockLimits {
	/** Most tokens of a prefill batch, each prompt counted as long as the longest. */
	readonly maxTokensInBatch: number;
}

/**
 * vLLM's first scheduler as Vidur has it: prompts go before decoding, in batches of their own; decoding
 * takes all running requests; when KV blocks run out the latest arrivals are evicted and start again.
 *
 * When nothing runs, the first in the queue is admitted whatever the watermark and `maxTokensInBatch` say. In
 * Vidur (`vidur`) such a request blocks the queue for ever.
 */
export function vllmScheduler(limits: VllmLimits): Scheduler {
	return {
		byArrival: true,
		mostRequests: limits.batchSizeCap,
		sparedBlocks: Math.max(1, limits.watermarkBlocks),
		reservedBlocks: 0,
		schedule(state, nowS, plan) {
			if (planPrefill(limits, state, nowS, plan)) return;
			if (state.runningCount === 0) {
				plan.kind = IDLE;
				return;
			}
			let repeats = iterationsWithBlocks(limits, state, state.nextFinish - state.decodeSteps);
			if (repeats === 0) {
				evict(limits, state, nowS);
				repeats = 1;
			}
			plan.kind = DECODE;
			plan.repeats = repeats;
		},
	};
}

function planPrefill(
	limits: VllmLimits,
	state: EngineState,
	nowS: number,
	plan: BatchPlan,
): boolean {
	const { queue, requests, batch } = state;
	let count = 0;
	let longest = 0;
	while (count < queue.length) {
		if (arrivalAt(state, count) > nowS) break;
		const slot = slotAt(state, count);
		const prompt = requests.prefill[slot] as number;
		const tokens = prompt - findPrefix(state, slot);
		const promptBlocks = Math.ceil(prompt / limits.blockSize);
		const blocks = promptBlocks - blocksInUse(state);
		const padded = Math.max(tokens, longest);
		const admitted = state.runningCount + count;
		const isAlone = admitted === 0 && !limits.vidur;
		// Alone in the batch, but perhaps not in memory.
		const hasRoom = limits.numBlocks - state.usedBlocks - blocks >= limits.watermarkBlocks;
		if (!hasRoom && !(isAlone && !isSending(state))) break;
		if (!isAlone) {
			if ((count + 1) * padded > limits.maxTokensInBatch) break;
			if (admitted >= limits.batchSizeCap) break;
		}
		longest = padded;
		takePrefix(state, slot, promptBlocks);
		namePrefix(state, slot, prompt);
		state.usedBlocks += blocks;
		batch.slots[count] = slot;
		batch.tokens[count] = tokens;
		count++;
	}
	if (count === 0) return false;
	dropFront(queue, count);
	plan.kind = PREFILL;
	plan.count = count;
	plan.repeats = 1;
	return true;
}
