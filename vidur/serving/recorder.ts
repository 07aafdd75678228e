import type { BatchObserver, StageRecord } from '../../services/replica/engine/observer.ts';
import type { PipelineEngine } from '../../services/replica/engine/pipeline-engine.ts';
import type { PipelineState } from '../../services/replica/engine/pipeline-state.ts';
import { recordOf } from '../../services/replica/engine/stage.ts';
import type { Draft, Pool, PooledScheduler } from '../../services/replica/scheduler/pool.ts';
import { addPoint, type ReplicaRecord } from './record.ts';
import { addRun, addStage } from './record-run.ts';

/** An engine that records what it does: it asks the scheduler when Vidur forms a batch, and tells it of ends. */
export function recordingPipeline(engine: PipelineEngine, record: ReplicaRecord): PipelineEngine {
	const recorder = new PipelineRecorder(engine, record);
	return { ...engine, scheduler: recorder, observer: recorder };
}

/** Records what the stages are at when the time limit ends the run, and returns which ends first. */
export function cutPipeline(
	state: PipelineState,
	record: ReplicaRecord,
): { readonly atS: number; readonly stage: number } | null {
	const busy = state.stages.flatMap(({ batch, endS, order }, stage) =>
		batch === null ? [] : [{ atS: endS, stage, order }],
	);
	state.stages.forEach((one, stage) => {
		const { batch, durationS } = one;
		if (batch === null) return;
		const requestIds = batch.slots.map((slot) => state.pool.requests.id[slot] as number);
		const cut = { ...recordOf(one, batch), stage, durationS, endS: Number.NaN, requestIds };
		if (stage === 0) addRun(record, cut);
		addStage(record, cut, batch.number);
	});
	return busy.sort((a, b) => a.atS - b.atS || a.order - b.order)[0] ?? null;
}

class PipelineRecorder implements PooledScheduler, BatchObserver {
	readonly members: boolean;
	readonly #scheduler: PooledScheduler;
	readonly #numBlocks: number;
	readonly #record: ReplicaRecord;
	/** End of the last stage that ended: the time at which `ended` is called. */
	#endS = 0;
	/** When the last sample of the memory was taken, if that was because a batch was formed. */
	#formedS = Number.NaN;
	/** By slot, of the requests in flight: the end of their batch before, 0 for none. */
	readonly #previousEndS = new Map<number, number>();

	constructor(engine: PipelineEngine, record: ReplicaRecord) {
		this.#scheduler = engine.scheduler;
		this.#numBlocks = engine.limits.numBlocks;
		this.#record = record;
		this.members = record.members !== null;
	}

	next(pool: Pool, nowS: number): Draft | null {
		const draft = this.#scheduler.next(pool, nowS);
		if (draft === null) return null;
		const { memory, tokenGaps } = this.#record;
		// Several batches formed at once are one sample.
		if (this.#formedS === nowS) memory.value.replaceLast(this.#used(pool));
		else addPoint(memory, nowS, this.#used(pool), -1);
		this.#formedS = nowS;
		if (tokenGaps !== null)
			for (const slot of draft.slots) {
				const endS = pool.requests.lastEndS[slot] as number;
				this.#previousEndS.set(slot, Number.isNaN(endS) ? 0 : endS);
			}
		return draft;
	}

	ended(pool: Pool, slots: readonly number[]): void {
		this.#scheduler.ended(pool, slots);
		const { memory, tokenGaps, prefills, lastBatch } = this.#record;
		addPoint(memory, this.#endS, this.#used(pool), lastBatch);
		this.#formedS = Number.NaN;
		if (tokenGaps === null || prefills === null) return;
		const { prefilledAtS, prefill, processed } = pool.requests;
		for (const slot of slots) {
			const prompt = prefill[slot] as number;
			if (prefilledAtS[slot] === this.#endS) addPoint(prefills, this.#endS, prompt, lastBatch);
			if ((processed[slot] as number) <= prompt + 1) continue;
			const gapS = this.#endS - (this.#previousEndS.get(slot) ?? 0);
			addPoint(tokenGaps, this.#endS, gapS, lastBatch);
		}
	}

	ran(ran: StageRecord): void {
		this.#endS = ran.endS;
		this.#record.lastBatch = ran.batch;
		if (ran.stage === 0) addRun(this.#record, ran);
		addStage(this.#record, ran, ran.batch);
	}

	#used(pool: Pool): number {
		return (pool.usedBlocks * 100) / this.#numBlocks;
	}
}
