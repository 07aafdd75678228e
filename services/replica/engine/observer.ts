import type { BatchSummary } from '../../../silicon/predictor/predictor.ts';
import type { RequestTable } from './request-table.ts';
import type { EngineState } from './state.ts';

/**
 * One batch on one pipeline stage, or a run of equal decode batches, one after the other: each but the last takes
 * `durationS`, the last ends at `endS`.
 */
export interface StageRecord {
	/** Number of the (first) batch in the order in which the replica formed them, from 0. */
	readonly batch: number;
	/** Batches in the run. */
	readonly count: number;
	readonly stage: number;
	/** When the scheduler formed the first. */
	readonly formedS: number;
	/** Start of the first. */
	readonly startS: number;
	/** Of one batch; at full clock where there are several. */
	readonly durationS: number;
	/** End of the last. */
	readonly endS: number;
	/** What their price follows from. It is used again: copy what is to be kept. */
	readonly summary: Readonly<BatchSummary>;
	/** Operations of the first on one device, and their rise from one to the next. */
	readonly flops: number;
	readonly flopsRise: number;
	/** Empty where the observer does not ask for them. */
	readonly requestIds: readonly number[];
	/** Tokens of each request. */
	readonly tokens: readonly number[];
}

/** Receives batches at their ends. It costs time: without one, nothing is put together for it. */
export interface BatchObserver {
	/** Whether records name their requests; yes if it is left out. */
	readonly members?: boolean;
	ran(record: StageRecord): void;
	/** The batch in flight, or the run of them, has ended and is accounted for; the requests that it completes are still there. */
	settled?(state: EngineState): void;
	/** The same of a batch of a pipeline, whose requests have their tokens. */
	booked?(requests: RequestTable, slots: readonly number[], atS: number): void;
}
