import { OPERATIONS } from '../../protocol/run-folder/batches.ts';
import { type OperationTimes, SEND_RECV } from '../../silicon/predictor/operations.ts';
import type { BatchObserver, StageRecord } from './engine/observer.ts';

/** Gathers what the engine tells of its batches, for the actor to take after each call. */
export class BatchFeed implements BatchObserver {
	readonly members = false;
	/** Rows of `BATCHES_PORT`, and when they are known, in seconds. */
	readonly rows: { readonly atS: number; readonly values: readonly number[] }[] = [];
	/** Where the times of operations are added up, in seconds and one by one, so that calls may be cut anywhere. */
	operationsS: number[] = [];
	readonly #stages: number;
	readonly #keepsRows: boolean;
	readonly #operations: OperationTimes | null;
	readonly #ms = new Float64Array(OPERATIONS.length);

	constructor(stages: number, keepsRows: boolean, operations: OperationTimes | null) {
		this.#stages = stages;
		this.#keepsRows = keepsRows;
		this.#operations = operations;
	}

	ran(ran: StageRecord): void {
		const { summary, stage } = ran;
		const isLast = stage === this.#stages - 1;
		if (this.#keepsRows)
			this.rows.push({
				atS: ran.endS,
				values: [
					ran.batch,
					ran.count,
					stage,
					isLast ? 1 : 0,
					ran.formedS,
					ran.startS,
					ran.durationS,
					ran.endS,
					summary.tokens,
					summary.tokens - summary.decodes,
					summary.decodes + summary.prefills,
				],
			});
		if (this.#operations === null) return;
		this.#operations.of(summary, !isLast, this.#ms);
		const { layers } = this.#operations;
		for (let i = 0; i < this.#ms.length; i++) {
			const times = ran.count * (i === SEND_RECV ? 1 : layers);
			const sum = this.operationsS[i] as number;
			this.operationsS[i] = sum + (times * (this.#ms[i] as number)) / 1000;
		}
	}
}
