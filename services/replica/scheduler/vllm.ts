import { dropFront, slotAt } from '../engine/book.ts';
import { DECODE, type EngineState, IDLE, PREFILL } from '../engine/state.ts';
import { type BlockLimits, evict, iterationsWithBlocks } from './blocks.ts';
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
		const slot = slotAt(queue, count);
		if ((requests.arrivedAtS[slot] as number) > nowS) break;
		const prompt = requests.prefill[slot] as number;
		const blocks = Math.ceil(prompt / limits.blockSize);
		const padded = Math.max(prompt, longest);
		const admitted = state.runningCount + count;
		if (admitted > 0 || limits.vidur) {
			if (limits.numBlocks - state.usedBlocks - blocks < limits.watermarkBlocks) break;
			if ((count + 1) * padded > limits.maxTokensInBatch) break;
			if (admitted >= limits.batchSizeCap) break;
		}
		longest = padded;
		state.usedBlocks += blocks;
		batch.slots[count] = slot;
		batch.tokens[count] = prompt;
		count++;
	}
	if (count === 0) return false;
	dropFront(queue, count);
	plan.kind = PREFILL;
	plan.count = count;
	plan.repeats = 1;
	return true;
}
