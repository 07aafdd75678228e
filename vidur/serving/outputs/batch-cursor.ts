import type { ReplicaRecord, StageColumns } from '../record.ts';

/** Goes through what one stage of a replica did, batch by batch. */
export class BatchCursor {
	/** Position of the batch's run, and its number within the replica. */
	run = -1;
	number = -1;
	startS = Number.NaN;
	durationS = Number.NaN;
	/** NaN: it has not ended. */
	endS = Number.NaN;
	/** Operations on one device. */
	flops = 0;
	readonly record: ReplicaRecord;
	readonly #stage: StageColumns;
	#next = 0;
	#left = 0;
	#lastEndS = Number.NaN;
	#rise = 0;

	constructor(record: ReplicaRecord, stage: number) {
		this.record = record;
		this.#stage = record.stages[stage] as StageColumns;
	}

	/** Goes to the next batch; false if there is none. */
	next(): boolean {
		if (this.#left > 0) {
			this.number++;
			this.startS = this.endS;
			this.flops += this.#rise;
			this.#setEnd();
			return true;
		}
		const stage = this.#stage;
		const at = this.#next++;
		if (at >= stage.run.length) return false;
		const { runs } = this.record;
		this.run = stage.run.at(at);
		this.#left = runs.count.at(this.run);
		this.number = runs.first.at(this.run);
		this.flops = runs.flops.at(this.run);
		this.#rise = runs.flopsRise.at(this.run);
		this.startS = stage.startS.at(at);
		this.durationS = stage.durationS.at(at);
		this.#lastEndS = stage.endS.at(at);
		this.#setEnd();
		return true;
	}

	/** Whether the batch begins another run than the one before it. */
	get beginsRun(): boolean {
		return this.number === this.record.runs.first.at(this.run);
	}

	/** When it was formed: the later batches of a run at the end of the one before. */
	get formedS(): number {
		return this.beginsRun ? this.record.runs.formedS.at(this.run) : this.startS;
	}

	#setEnd(): void {
		this.#left--;
		this.endS = this.#left === 0 ? this.#lastEndS : this.startS + this.durationS;
	}
}
