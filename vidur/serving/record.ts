import type { PowerCurve } from '../../silicon/power.ts';
import { Column } from './column.ts';

/**
 * The batches of a replica, in the order in which they were formed, as runs of equal ones that follow each other
 * without a gap. What a pipeline does are runs of one.
 */
export interface RunColumns {
	/** Number of the run's first batch within the replica, and how many there are. */
	readonly first: Column;
	readonly count: Column;
	/** When the first was formed. */
	readonly formedS: Column;
	/** Operations of the first on one device of each stage, and their rise from one to the next. */
	readonly flops: Column;
	readonly flopsRise: Column;
	/** What their price follows from, see BatchSummary in predictor.ts. */
	readonly tokens: Column;
	readonly decodes: Column;
	readonly prefills: Column;
	/** What else the times of operations follow from; null: not kept. */
	readonly priced: PricedColumns | null;
}

export interface PricedColumns {
	readonly decodeKv: Column;
	readonly prefillSquares: Column;
	readonly prefillKv: Column;
}

/** What one stage did, in order of time. */
export interface StageColumns {
	/** Position of the run in `RunColumns`. */
	readonly run: Column;
	/** Start of its first batch. */
	readonly startS: Column;
	/** Time of each. */
	readonly durationS: Column;
	/** End of the last; NaN if the time limit came before it. */
	readonly endS: Column;
}

/** Points of a series. */
export interface Series {
	readonly timeS: Column;
	readonly value: Column;
	/** Number of the batch at whose end the point was taken, -1 for none; null: not kept. */
	readonly batch: Column | null;
}

/** Requests of each run, and tokens of each: run `r` has the places from `from[r]` to `from[r + 1]`. */
export interface MemberColumns {
	readonly from: Column;
	readonly request: Column;
	readonly tokens: Column;
}

/** All that the outputs of one replica need. */
export interface ReplicaRecord {
	readonly power: PowerCurve;
	readonly runs: RunColumns;
	readonly stages: readonly StageColumns[];
	/** KV blocks in use, in %, after each scheduling that formed a batch and each end of a batch. */
	readonly memory: Series;
	/** Time between a request's tokens, at the times of the later ones; null: not kept. */
	readonly tokenGaps: Series | null;
	/** Prompts finished, with their tokens. */
	readonly prefills: Series | null;
	/** For the traces; null: not kept. */
	readonly members: MemberColumns | null;
	/** Number of the batch that ended last. */
	lastBatch: number;
}

/** Which of the costly parts are kept. */
export interface RecordOptions {
	readonly tokens: boolean;
	readonly members: boolean;
	/** The batch of each point and each completion. */
	readonly batchOf: boolean;
	/** What the operations of batches take. */
	readonly operations: boolean;
	/** Which replica each request went to. */
	readonly assignment: boolean;
}

/** An empty record. */
export function createRecord(
	power: PowerCurve,
	stages: number,
	options: RecordOptions,
): ReplicaRecord {
	return {
		power,
		runs: {
			first: new Column('whole'),
			count: new Column('whole'),
			formedS: new Column(),
			flops: new Column(),
			flopsRise: new Column(),
			tokens: new Column('whole'),
			decodes: new Column('whole'),
			prefills: new Column('whole'),
			priced: options.operations
				? { decodeKv: new Column(), prefillSquares: new Column(), prefillKv: new Column() }
				: null,
		},
		stages: Array.from({ length: stages }, () => ({
			run: new Column('whole'),
			startS: new Column(),
			durationS: new Column(),
			endS: new Column(),
		})),
		memory: createSeries(options),
		tokenGaps: options.tokens ? createSeries(options) : null,
		prefills: options.tokens ? createSeries(options) : null,
		members: options.members
			? { from: new Column(), request: new Column(), tokens: new Column() }
			: null,
		lastBatch: -1,
	};
}

/** Appends a point, of the end of batch number `batch` unless that is -1. */
export function addPoint(series: Series, atS: number, value: number, batch: number): void {
	series.timeS.push(atS);
	series.value.push(value);
	series.batch?.push(batch);
}

function createSeries({ batchOf }: RecordOptions): Series {
	return { timeS: new Column(), value: new Column(), batch: batchOf ? new Column() : null };
}

/** Requests of a run of batches, and the tokens of each in every one of them. */
export function membersOf({ members }: ReplicaRecord, run: number) {
	const requests: number[] = [];
	const tokens: number[] = [];
	if (members !== null) {
		const { from, request } = members;
		const end = run + 1 < from.length ? from.at(run + 1) : request.length;
		for (let i = from.at(run); i < end; i++) {
			requests.push(request.at(i));
			tokens.push(members.tokens.at(i));
		}
	}
	return { requests, tokens };
}
