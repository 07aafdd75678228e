import { blocksHeld, restart } from '../engine/request.ts';
import { DECODE, dropFront, type EngineState, IDLE, PREFILL, slotAt } from '../engine/state.ts';
import type { BatchPlan, Scheduler } from './scheduler.ts';

/** Limits of vLLM's scheduler. */
export interface VllmLimits {
	readonly numBlocks: number;
	readonly blockSize: number;
	/** Blocks that admission leaves free. */
	readonly watermarkBlocks: number;
	/** Most requests that hold memory at once. */
	readonly batchSizeCap: number;
	/** Most tokens of a prefill batch, each prompt counted as long as the longest. */
	readonly maxTokensInBatch: number;
}

/**
 * vLLM's first scheduler as Vidur has it: prompts go before decoding, in batches of their own; decoding
 * takes all running requests; when KV blocks run out the latest arrivals are evicted and start again.
 *
 * One difference: when nothing runs, the first in the queue is admitted whatever the watermark and
 * `maxTokensInBatch` say. In Vidur such a request blocks the queue for ever.
 */
export function vllmScheduler(limits: VllmLimits): Scheduler {
	return {
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
	let tokens = 0;
	let squares = 0;
	while (count < queue.length) {
		const slot = slotAt(queue, count);
		if ((requests.arrivedAtS[slot] as number) > nowS) break;
		const prompt = requests.prefill[slot] as number;
		const blocks = Math.ceil(prompt / limits.blockSize);
		const padded = Math.max(prompt, longest);
		const admitted = state.runningCount + count;
		if (admitted > 0) {
			if (limits.numBlocks - state.usedBlocks - blocks < limits.watermarkBlocks) break;
			if ((count + 1) * padded > limits.maxTokensInBatch) break;
			if (admitted >= limits.batchSizeCap) break;
		}
		longest = padded;
		tokens += prompt;
		squares += prompt * prompt;
		state.usedBlocks += blocks;
		batch.slots[count] = slot;
		count++;
	}
	if (count === 0) return false;
	dropFront(queue, count);
	plan.kind = PREFILL;
	plan.count = count;
	plan.repeats = 1;
	plan.attention = squares;
	const { summary } = plan;
	summary.tokens = tokens;
	summary.decodes = 0;
	summary.decodeKv = 0;
	summary.prefills = count;
	summary.prefillSquares = squares;
	summary.prefillKv = 0;
	return true;
}

/**
 * How many decode iterations, at most `wanted`, surely leave a block free at every request's turn, so that
 * nobody is evicted. 0 when the next one may not.
 */
function iterationsWithBlocks(limits: VllmLimits, state: EngineState, wanted: number): number {
	const { blockPhase, runningCount, decodeSteps } = state;
	const { blockSize } = limits;
	let spare = limits.numBlocks - state.usedBlocks - 1;
	if (spare < 0) return 0;
	// In every `blockSize` iterations each request takes one block.
	const rounds = Math.floor(spare / runningCount);
	if (rounds * blockSize >= wanted) return wanted;
	spare -= rounds * runningCount;
	let count = rounds * blockSize;
	while (count < wanted) {
		spare -= blockPhase[(decodeSteps + count) % blockSize] as number;
		if (spare < 0) break;
		count++;
	}
	return count;
}

/** Every running request, by arrival, wants a free block at its turn; the latest ones make room. */
function evict(limits: VllmLimits, state: EngineState, nowS: number): void {
	const { running, requests, decodeSteps } = state;
	const { blockSize } = limits;
	let free = limits.numBlocks - state.usedBlocks;
	let count = state.runningCount;
	for (let turn = 0; turn < count; turn++) {
		while (free < 1 && count > turn) {
			count--;
			const victim = running[count] as number;
			free += blocksHeld(decodeSteps - (requests.offset[victim] as number), blockSize);
			restart(state, victim, nowS);
		}
		if (count === turn) break;
		const processed = decodeSteps - (requests.offset[running[turn] as number] as number);
		if ((processed - 1) % blockSize === 0) free--;
	}
	state.runningCount = count;
	state.nextFinish = Number.POSITIVE_INFINITY;
	for (let i = 0; i < count; i++)
		state.nextFinish = Math.min(state.nextFinish, state.runningFinish[i] as number);
}
