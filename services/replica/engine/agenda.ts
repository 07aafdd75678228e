import { arrivalAt } from './book.ts';
import type { PipelineState } from './pipeline-state.ts';
import type { FlightBatch, StageState } from './stage.ts';

/** What happens on a pipeline, as plain numbers: an instant sees many, and each is short. */
export const ARRIVED = 0;
export const SCHEDULE = 1;
/** A batch reaches a stage's queue. */
export const REACH = 2;
/** A stage may take the next batch of its queue. */
export const START = 3;
export const STAGE_END = 4;
export const BATCH_END = 5;
export type EventKind =
	| typeof ARRIVED
	| typeof SCHEDULE
	| typeof REACH
	| typeof START
	| typeof STAGE_END
	| typeof BATCH_END;

/** The events of one instant in their order, in arrays that are used again and again. */
export interface Agenda {
	readonly kinds: EventKind[];
	/** The stage of each, -1 where there is none. */
	readonly stages: number[];
	readonly batches: (FlightBatch | null)[];
	length: number;
}

/** An agenda without events. */
export function createAgenda(): Agenda {
	return { kinds: [], stages: [], batches: [], length: 0 };
}

/** Adds an event at the end. */
export function addEvent(
	agenda: Agenda,
	kind: EventKind,
	stage = -1,
	batch: FlightBatch | null = null,
): void {
	const place = agenda.length++;
	agenda.kinds[place] = kind;
	agenda.stages[place] = stage;
	agenda.batches[place] = batch;
}

/** Stages that end at one instant do so in the order in which they started. */
export function addStageEnds(agenda: Agenda, stages: readonly StageState[], nowS: number): void {
	const first = agenda.length;
	for (let index = 0; index < stages.length; index++) {
		const stage = stages[index] as StageState;
		if (stage.endS !== nowS) continue;
		addEvent(agenda, STAGE_END, index);
		for (let place = agenda.length - 1; place > first; place--) {
			const left = agenda.stages[place - 1] as number;
			if ((stages[left] as StageState).order <= stage.order) break;
			agenda.stages[place] = left;
			agenda.stages[place - 1] = index;
		}
	}
}

/** The first arrival not yet looked at, Infinity for none. Evicted requests have arrived before. */
export function nextArrivalS({ pool, lookedS }: PipelineState): number {
	const { queue } = pool;
	queue.future = Math.min(queue.future, queue.length);
	while (queue.future > 0) {
		const arrivedAtS = arrivalAt(pool, queue.length - queue.future);
		if (arrivedAtS > lookedS) return arrivedAtS;
		queue.future--;
	}
	return Number.POSITIVE_INFINITY;
}
