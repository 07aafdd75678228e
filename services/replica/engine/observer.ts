/** One batch on one pipeline stage, or a run of equal decode batches, one after the other. */
export interface StageRecord {
	/** Number of the (first) batch in the order in which the replica formed them, from 0. */
	readonly batch: number;
	/** Batches in the run. */
	readonly count: number;
	readonly stage: number;
	/** Start of the first. */
	readonly startS: number;
	/** Of one batch. */
	readonly durationS: number;
	/** End of the last. */
	readonly endS: number;
	readonly requestIds: readonly number[];
	/** Tokens of each. */
	readonly tokens: readonly number[];
}

/** Is told of batches at their ends. It costs time: without one, nothing is put together for it. */
export interface BatchObserver {
	ran(record: StageRecord): void;
}
