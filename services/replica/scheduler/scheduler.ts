import type { BatchKind, EngineState } from '../engine/state.ts';

/**
 * Decides the next batch of an idle replica. It takes requests out of the queue, gives and takes KV blocks
 * and evicts; time, prices and the end of the batch are the engine's.
 */
export interface Scheduler {
	/** Whether running requests are kept in the order of their arrival, or in that of their prompts' ends. */
	readonly byArrival: boolean;
	/** Most requests that hold memory at once. */
	readonly mostRequests: number;
	/** KV blocks that must stay free when a request is taken up in the middle of others. */
	readonly sparedBlocks: number;
	/** KV blocks that every request holds all the time; 0 when it gets them as it grows. */
	readonly reservedBlocks: number;
	/** Whether a batch is decided when the one before it begins, so that arrivals and ends are seen one batch later. */
	readonly isAsync?: boolean;
	/**
	 * Fills `plan` with the batch that starts at `nowS`; its kind is IDLE when there is nothing to do.
	 *
	 * @param seenS requests that arrive later are not seen; `nowS` unless `isAsync`
	 */
	schedule(state: EngineState, nowS: number, plan: BatchPlan, seenS: number): void;
}

/** A scheduler's decision. Slots and tokens of the prompts in the batch are in `state.batch`. */
export interface BatchPlan {
	kind: BatchKind;
	/** Prompts in the batch. */
	count: number;
	/**
	 * How many times a decode batch can run before the scheduler would decide otherwise, provided that no
	 * request arrives in an empty queue meanwhile. At least 1.
	 */
	repeats: number;
}

/** An empty plan, to be used again and again. */
export function createPlan(): BatchPlan {
	return { kind: 0, count: 0, repeats: 1 };
}
