import { blocksHeld, restart, restartPartial } from '../engine/request.ts';
import { sortFinishes } from '../engine/running.ts';
import type { EngineState } from '../engine/state.ts';

/** Limits of the schedulers that give KV memory block by block. */
export interface BlockLimits {
	readonly numBlocks: number;
	readonly blockSize: number;
	/** Blocks that admission leaves free. */
	readonly watermarkBlocks: number;
	/** Most requests that hold memory at once. */
	readonly batchSizeCap: number;
	/** Vidur's behaviour where it is wrong. */
	readonly vidur: boolean;
}

/** Blocks that the running requests take in their next iteration. */
export function nextBlocks(state: EngineState): number {
	const { blockPhase } = state;
	return blockPhase[state.decodeSteps % blockPhase.length] as number;
}

/**
 * How many decode iterations, at most `wanted`, surely leave a block free at every request's turn, so that
 * nobody is evicted. 0 when the next one may not.
 *
 * @param atTurn blocks that must be free at a request's turn, needed or not
 */
export function iterationsWithBlocks(
	{ numBlocks, blockSize }: Pick<BlockLimits, 'numBlocks' | 'blockSize'>,
	state: EngineState,
	wanted: number,
	atTurn = 1,
): number {
	const { blockPhase, runningCount, decodeSteps } = state;
	let spare = numBlocks - state.usedBlocks - atTurn;
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

/**
 * Every running request, in their order, wants a free block at its turn; the last ones make room. A prompt
 * that was in the last batch is the very last of all.
 */
export function evict(limits: BlockLimits, state: EngineState, nowS: number): void {
	const { requests, decodeSteps, prefix } = state;
	const { blockSize } = limits;
	let free = limits.numBlocks - state.usedBlocks;
	let turn = state.firstRunning;
	while (turn >= 0) {
		if (free < 1 && state.partial >= 0 && !state.partialSkipped) {
			free += restartPartial(state, state.partial, limits.vidur);
		}
		let victim = -1;
		while (free < 1 && victim !== turn) {
			victim = state.lastRunning;
			free += restart(state, victim, nowS);
		}
		if (victim === turn) break;
		const processed = decodeSteps - (requests.offset[turn] as number);
		if (blocksHeld(processed + 1, blockSize) > blocksHeld(processed, blockSize)) {
			free--;
			// What comes free after this turn was not there for it.
			if (prefix !== null) prefix.promised++;
		}
		turn = requests.after[turn] as number;
	}
	if (prefix !== null) prefix.promised = 0;
	sortFinishes(state);
}
