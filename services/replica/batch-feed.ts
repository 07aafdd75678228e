import type { OutputPort } from '../../kernel/actor/contract.ts';
import { OPERATIONS } from '../../protocol/run-folder/batches.ts';
import { type OperationTimes, SEND_RECV } from '../../silicon/predictor/operations.ts';
import type { BatchObserver, StageRecord } from './engine/observer.ts';
import { floorUs } from './floor-us.ts';

/** Tells what the engine says of its batches; keeps nothing but where it goes. */
export class BatchFeed implements BatchObserver {
	readonly members = false;
	readonly #stages: number;
	readonly #operations: OperationTimes | null;
	readonly #ms = new Float64Array(OPERATIONS.length);
	#port: OutputPort | undefined;
	#operationsS: number[] = [];

	constructor(stages: number, operations: OperationTimes | null) {
		this.#stages = stages;
		this.#operations = operations;
	}

	/**
	 * Where it goes in a step.
	 *
	 * @param port takes rows of `BATCHES_PORT`; undefined: nobody does
	 * @param operationsS the times of operations are added up in it, in seconds and one by one, so that steps may be cut
	 *   anywhere
	 */
	into(port: OutputPort | undefined, operationsS: number[]): void {
		this.#port = port;
		this.#operationsS = operationsS;
	}

	ran(ran: StageRecord): void {
		const { summary, stage } = ran;
		const isLast = stage === this.#stages - 1;
		this.#port?.append(floorUs(ran.endS), [
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
		]);
		if (this.#operations === null) return;
		this.#operations.of(summary, !isLast, this.#ms);
		const { layers } = this.#operations;
		for (let i = 0; i < this.#ms.length; i++) {
			const times = ran.count * (i === SEND_RECV ? 1 : layers);
			const sum = this.#operationsS[i] as number;
			this.#operationsS[i] = sum + (times * (this.#ms[i] as number)) / 1000;
		}
	}
}
