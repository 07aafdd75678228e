import type { Field } from '../../protocol/readings.ts';
import { USAGE } from '../../protocol/run-folder/usage.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { ReplicaConfig } from './config.ts';
import type { StepReport } from './engine/step-report.ts';

/**
 * Where the requests of a replica are. Requests are taken ahead of their arrival, as far as a span goes; what is reported of a
 * step is of those that had arrived by its end, so that it does not depend on the spans.
 */
export interface RequestCounts {
	/** Handed to the engine, those to come too. */
	taken: number;
	/** Rejected before now, and when those to come will be. */
	rejected: number;
	readonly rejectsUs: SimTime[];
	/** Which they are. */
	readonly rejectIds: number[];
	/** Handed over to the decode pool. */
	handedOver: number;
	/** Arrived, and not with the scheduler at the end of the last report step. */
	held: number;
}

/** Counts of 0 each, for a replica that has yet to begin. */
export function createCounts(): RequestCounts {
	return { taken: 0, rejected: 0, rejectsUs: [], rejectIds: [], handedOver: 0, held: 0 };
}

/** Notes a request that arrives at `arrivalUs` and can never be served. */
export function reject(counts: RequestCounts, arrivalUs: SimTime, id: number): void {
	counts.rejectsUs.push(arrivalUs);
	counts.rejectIds.push(id);
}

/** When the next request is rejected, Infinity for never. */
export function nextRejectUs({ rejectsUs }: RequestCounts): SimTime {
	return rejectsUs[0] ?? Number.POSITIVE_INFINITY;
}

/** So many wait before the scheduler at the end of the step of `report`: for who looks from outside they wait. */
export function addHeld(counts: RequestCounts, report: StepReport, held: number): void {
	counts.held = held;
	report.waiting += held;
	report.outstanding += held;
}

/** Its time has come. Returns which it is. */
export function countReject(counts: RequestCounts): number {
	counts.rejectsUs.shift();
	counts.rejected++;
	return counts.rejectIds.shift() ?? Number.NaN;
}

/**
 * Fields at the end of a row of `usage`, at the end of its step; all but `waiting` and `running` count since the start.
 * At every one of them arrived + taken_over = completed + handed_over + waiting + running + rejected.
 */
export function countFields({ handoff }: Pick<ReplicaConfig, 'handoff'>): Field[] {
	const ofAll = (['arrived', 'waiting', 'running', 'rejected'] as const).map((name) =>
		USAGE.field(name),
	);
	if (handoff === null) return ofAll;
	return [...ofAll, USAGE.field('taken_over'), USAGE.field('handed_over')];
}

/** The values of `countFields` at the end of the step of `report`. */
export function countsOf(
	{ taken, rejected, handedOver, held }: RequestCounts,
	{ waiting, running, future }: StepReport,
	{ handoff }: Pick<ReplicaConfig, 'handoff'>,
): number[] {
	const here = taken - future + held;
	if (handoff === null) return [here + rejected, waiting, running, rejected];
	const [arrived, over] = handoff.role === 'decode' ? [0, here] : [here, 0];
	return [arrived + rejected, waiting, running, rejected, over, handedOver];
}
