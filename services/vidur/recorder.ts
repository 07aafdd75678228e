import type { BatchObserver, StageRecord } from '../replica/engine/observer.ts';
import type { PipelineEngine } from '../replica/engine/pipeline.ts';
import {
	type Draft,
	isPrefilled,
	type Pool,
	type PooledScheduler,
} from '../replica/scheduler/pool.ts';
import type { BatchColumns, ReplicaRecord, Series } from './record.ts';

/** An engine that records what it does: it asks the scheduler when Vidur forms a batch, and tells it of ends. */
export function recordingEngine(engine: PipelineEngine, record: ReplicaRecord): PipelineEngine {
	const recorder = new Recorder(engine, record);
	return { ...engine, scheduler: recorder, observer: recorder };
}

class Recorder implements PooledScheduler, BatchObserver {
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
	}

	next(pool: Pool, nowS: number): Draft | null {
		const draft = this.#scheduler.next(pool, nowS);
		if (draft === null) return null;
		const { batches, members, memory, tokenGaps, power } = this.#record;
		batches.formedS.push(nowS);
		const { attention, tokens } = countTokens(batches, pool, draft);
		batches.flops.push(power.flopsPerToken * tokens + power.flopsPerAttention * attention);
		members?.push({
			slots: draft.slots.map((slot) => pool.requests.id[slot] as number),
			tokens: draft.tokens,
		});
		// Several batches formed at once are one sample.
		if (this.#formedS === nowS) memory.value.replaceLast(this.#used(pool));
		else push(memory, nowS, this.#used(pool));
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
		const { memory, tokenGaps, prefills } = this.#record;
		push(memory, this.#endS, this.#used(pool));
		this.#formedS = Number.NaN;
		if (tokenGaps === null || prefills === null) return;
		const { prefilledAtS, prefill, processed } = pool.requests;
		for (const slot of slots) {
			const prompt = prefill[slot] as number;
			if (prefilledAtS[slot] === this.#endS) push(prefills, this.#endS, prompt);
			if ((processed[slot] as number) > prompt + 1)
				push(tokenGaps, this.#endS, this.#endS - (this.#previousEndS.get(slot) ?? 0));
		}
	}

	ran({ batch, stage, startS, durationS, endS }: StageRecord): void {
		this.#endS = endS;
		const columns = this.#record.stages[stage];
		columns?.batch.push(batch);
		columns?.startS.push(startS);
		columns?.durationS.push(durationS);
		columns?.endS.push(endS);
	}

	#used(pool: Pool): number {
		return (pool.usedBlocks * 100) / this.#numBlocks;
	}
}

/** Books a batch's tokens; `attention` is the sum over its requests of t * (t + n), t after n tokens. */
function countTokens(batches: BatchColumns, pool: Pool, { slots, tokens }: Draft) {
	let total = 0;
	let prompts = 0;
	let attention = 0;
	for (let i = 0; i < slots.length; i++) {
		const slot = slots[i] as number;
		const added = tokens[i] as number;
		total += added;
		attention += added * (added + (pool.requests.processed[slot] as number));
		if (!isPrefilled(pool, slot)) prompts += added;
	}
	batches.tokens.push(total);
	batches.prefillTokens.push(prompts);
	batches.size.push(slots.length);
	return { attention, tokens: total };
}

function push({ timeS, value }: Series, atS: number, what: number): void {
	timeS.push(atS);
	value.push(what);
}
