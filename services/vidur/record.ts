import type { PowerCurve } from '../replica/power.ts';
import type { Draft } from '../replica/scheduler/pool.ts';
import { Column } from './column.ts';

/** The batches of a replica, in the order in which they were formed. */
export interface BatchColumns {
	readonly formedS: Column;
	readonly tokens: Column;
	readonly prefillTokens: Column;
	readonly size: Column;
	/** Operations on one device of each stage. */
	readonly flops: Column;
}

/** What one stage did, in order of time. */
export interface StageColumns {
	/** Number of the batch within the replica. */
	readonly batch: Column;
	readonly startS: Column;
	readonly durationS: Column;
	readonly endS: Column;
}

/** Points of a series. */
export interface Series {
	readonly timeS: Column;
	readonly value: Column;
}

/** All that the outputs of one replica need. */
export interface ReplicaRecord {
	readonly power: PowerCurve;
	readonly batches: BatchColumns;
	readonly stages: readonly StageColumns[];
	/** KV blocks in use, in %, after each scheduling that formed a batch and each end of a batch. */
	readonly memory: Series;
	/** Time between a request's tokens, at the times of the later ones; null: not kept. */
	readonly tokenGaps: Series | null;
	/** Prompts finished, with their tokens. */
	readonly prefills: Series | null;
	/** Requests and tokens of each batch, for the chrome trace; null: not kept. */
	readonly members: Draft[] | null;
}

/** Which of the costly parts are kept. */
export interface RecordOptions {
	readonly tokens: boolean;
	readonly members: boolean;
}

/** An empty record. */
export function createRecord(
	power: PowerCurve,
	stages: number,
	options: RecordOptions,
): ReplicaRecord {
	return {
		power,
		batches: {
			formedS: new Column(),
			tokens: new Column(),
			prefillTokens: new Column(),
			size: new Column(),
			flops: new Column(),
		},
		stages: Array.from({ length: stages }, () => ({
			batch: new Column(),
			startS: new Column(),
			durationS: new Column(),
			endS: new Column(),
		})),
		memory: createSeries(),
		tokenGaps: options.tokens ? createSeries() : null,
		prefills: options.tokens ? createSeries() : null,
		members: options.members ? [] : null,
	};
}

function createSeries(): Series {
	return { timeS: new Column(), value: new Column() };
}
