import { arrivalAt, slotAt } from '../engine/book.ts';
import { dropFront } from '../engine/queue.ts';
import { DECODE, type EngineState, IDLE, MIXED, PREFILL } from '../engine/state.ts';
import { blocksInUse, findPrefix, namePrefix, takePrefix } from './prefix-cache.ts';
import type { Scheduler } from './scheduler.ts';

/** Limits of Orca's scheduler. */
export interface OrcaLimits {
	readonly numBlocks: number;
	/** Blocks of a request of full length; every request holds as many from its first batch on. */
	readonly blocksPerRequest: number;
	/** Most requests in a batch. */
	readonly maxBatchSize: number;
}

/** Orca with one batch in flight: all running requests and as many whole prompts as there is room for. */
export function orcaScheduler(limits: OrcaLimits): Scheduler {
	return {
		byArrival: false,
		mostRequests: limits.maxBatchSize,
		sparedBlocks: 0,
		reservedBlocks: limits.blocksPerRequest,
		schedule(state, nowS, plan) {
			plan.count = takePrompts(limits, state, nowS);
			plan.repeats = 1;
			const decodes = state.runningCount > 0;
			if (plan.count > 0) plan.kind = decodes ? MIXED : PREFILL;
			else plan.kind = decodes ? DECODE : IDLE;
			if (plan.kind === DECODE) plan.repeats = state.nextFinish - state.decodeSteps;
		},
	};
}

function takePrompts(limits: OrcaLimits, state: EngineState, nowS: number): number {
	const { queue, requests, batch } = state;
	let count = 0;
	while (count < queue.length && state.runningCount + count < limits.maxBatchSize) {
		if (arrivalAt(state, count) > nowS) break;
		const slot = slotAt(state, count);
		const prompt = requests.prefill[slot] as number;
		const found = findPrefix(state, slot);
		const blocks = limits.blocksPerRequest - blocksInUse(state);
		if (limits.numBlocks - state.usedBlocks < blocks) break;
		takePrefix(state, slot, limits.blocksPerRequest);
		namePrefix(state, slot, prompt);
		state.usedBlocks += blocks;
		batch.slots[count] = slot;
		batch.tokens[count] = prompt - found;
		count++;
	}
	if (count > 0) dropFront(queue, count);
	return count;
}
