import type { Engine } from '../../services/replica/engine/engine.ts';
import { listMembers } from '../../services/replica/engine/members.ts';
import type { BatchObserver, StageRecord } from '../../services/replica/engine/observer.ts';
import { type EngineState, IDLE, PREFILL } from '../../services/replica/engine/state.ts';
import type { BatchPlan, Scheduler } from '../../services/replica/scheduler/scheduler.ts';
import { addPoint, type ReplicaRecord } from './record.ts';
import { addRun, addStage } from './record-run.ts';

/** The fast engine, recording what it does, run by run of equal batches. */
export interface RecordingEngine {
	readonly engine: Engine;
	/** Records the run in flight when the time limit ends the simulation; false if there is none. */
	cut(): boolean;
}

/** The engine that fast-forwards, with a record of the very batches and samples that Vidur has. */
export function recordingEngine(engine: Engine, record: ReplicaRecord): RecordingEngine {
	const recorder = new FastRecorder(engine, record);
	const recording = { ...engine, scheduler: recorder, observer: recorder };
	return { engine: recording, cut: () => recorder.cut() };
}

class FastRecorder implements Scheduler, BatchObserver {
	readonly byArrival: boolean;
	readonly mostRequests: number;
	readonly sparedBlocks: number;
	readonly reservedBlocks: number;
	readonly members: boolean;
	readonly #scheduler: Scheduler;
	readonly #numBlocks: number;
	readonly #record: ReplicaRecord;
	#state: EngineState | null = null;
	/** End of a batch whose memory sample waits for what its completions give back. */
	#endS = Number.NaN;
	/** KV blocks in use at that end, if nothing completed. */
	#usedAtEnd = 0;

	constructor(engine: Engine, record: ReplicaRecord) {
		const { scheduler } = engine;
		this.#scheduler = scheduler;
		this.byArrival = scheduler.byArrival;
		this.mostRequests = scheduler.mostRequests;
		this.sparedBlocks = scheduler.sparedBlocks;
		this.reservedBlocks = scheduler.reservedBlocks;
		this.#numBlocks = engine.limits.numBlocks;
		this.#record = record;
		this.members = record.members !== null;
	}

	schedule(state: EngineState, nowS: number, plan: BatchPlan): void {
		this.#state = state;
		this.#endSample(state.usedBlocks);
		this.#scheduler.schedule(state, nowS, plan, nowS);
	}

	ran(ran: StageRecord): void {
		const state = this.#state as EngineState;
		// `usedBlocks` is that after the run: what its iterations took is taken off again.
		const first = state.decodeSteps - ran.count;
		const grows = state.batch.kind !== PREFILL && state.reservedBlocks === 0;
		let used = state.usedBlocks;
		if (grows) for (let j = 0; j < ran.count; j++) used -= blocksOf(state, first + j);
		this.#add(ran, used, grows ? first : -1);
	}

	/** The batches of the run in flight that have ended, and the one that has not. */
	cut(): boolean {
		const state = this.#state;
		if (state === null || state.batch.kind === IDLE) return false;
		const { batch } = state;
		const ended = state.formed - batch.firstNumber - 1;
		const grows = batch.kind !== PREFILL && state.reservedBlocks === 0;
		const [requestIds, tokens]: [number[], number[]] = [[], []];
		if (this.members) listMembers(state, requestIds, tokens);
		const common = {
			stage: 0,
			durationS: batch.durationS,
			summary: { ...batch.summary },
			flopsRise: batch.flopsRise,
			requestIds,
			tokens,
		};
		let used = state.usedBlocks;
		if (ended > 0) {
			const { firstNumber, firstStartS: startS, flops } = batch;
			const run = { ...common, batch: firstNumber, count: ended, formedS: startS, startS, flops };
			this.#add({ ...run, endS: batch.startS }, used, grows ? state.decodeSteps : -1);
			used = this.#usedAtEnd;
		}
		const last = {
			...common,
			batch: batch.firstNumber + ended,
			count: 1,
			formedS: batch.startS,
			startS: batch.startS,
			endS: Number.NaN,
			flops: batch.flops + ended * batch.flopsRise,
		};
		this.#add(last, used, grows ? state.decodeSteps + ended : -1);
		return true;
	}

	/** Books a run that begins with `used` blocks and takes those of the decode steps from `step` on; -1: none. */
	#add(ran: StageRecord, used: number, step: number): void {
		const state = this.#state as EngineState;
		const { memory, runs } = this.#record;
		this.#endSample(this.#usedAtEnd);
		addRun(this.#record, ran);
		addStage(this.#record, ran, runs.first.length - 1);
		let startS = ran.startS;
		let taken = used;
		for (let j = 0; j < ran.count; j++) {
			if (step >= 0) taken += blocksOf(state, step + j);
			const percent = (taken * 100) / this.#numBlocks;
			addPoint(memory, startS, percent, -1);
			startS = j === ran.count - 1 ? ran.endS : startS + ran.durationS;
			if (j < ran.count - 1) addPoint(memory, startS, percent, ran.batch + j);
		}
		this.#endS = startS;
		this.#record.lastBatch = ran.batch + ran.count - 1;
		this.#usedAtEnd = taken;
	}

	/** The sample at the end of the last batch booked. */
	#endSample(used: number): void {
		if (Number.isNaN(this.#endS)) return;
		const { memory, lastBatch } = this.#record;
		addPoint(memory, this.#endS, (used * 100) / this.#numBlocks, lastBatch);
		this.#endS = Number.NaN;
	}
}

/** KV blocks that the running requests take in decode step number `step`. */
function blocksOf({ blockPhase }: EngineState, step: number): number {
	return blockPhase[step % blockPhase.length] as number;
}
