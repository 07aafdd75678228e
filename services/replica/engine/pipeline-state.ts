import { createPool, type Pool } from '../scheduler/pool.ts';
import type { PrefixState } from '../scheduler/prefix-cache.ts';
import type { RestState } from './rest.ts';
import { createStage, type StageState } from './stage.ts';

/** All that a pipelined replica remembers. */
export interface PipelineState {
	pool: Pool;
	stages: StageState[];
	/** Batches in flight. */
	inFlight: number;
	/** Requests in them. */
	inBatches: number;
	/** Batches formed so far. */
	formed: number;
	/** Counts the stages' starts. */
	starts: number;
	/** Start of the report step. */
	fromS: number;
	/** Arrivals up to here have been looked at. */
	lookedS: number;
	capW: number;
	/** Slots that are done and hold their memory until the next batch is decided; null: they give it back at once. */
	leaving: number[] | null;
	/** null: GPUs without work idle and never sleep. */
	rest: RestState | null;
}

/** An idle replica at time 0. */
export function createPipelineState(
	stages: number,
	prefix: PrefixState | null = null,
): PipelineState {
	return {
		pool: createPool(prefix),
		stages: Array.from({ length: stages }, createStage),
		inFlight: 0,
		inBatches: 0,
		formed: 0,
		starts: 0,
		fromS: 0,
		lookedS: Number.NEGATIVE_INFINITY,
		capW: Number.POSITIVE_INFINITY,
		leaving: null,
		rest: null,
	};
}
