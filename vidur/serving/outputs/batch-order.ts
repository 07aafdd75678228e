import type { ReplicaRecord } from '../record.ts';
import { BatchCursor } from './batch-cursor.ts';

/** Vidur's number of a batch, by the replica and the number there. */
export type BatchIds = (replica: number, number: number) => number;

/** Vidur's numbers of each replica's batches; null where they are those of the only replica. */
export type BatchNumbers = readonly Int32Array[] | null;

/** Vidur's number of a batch. */
export function batchIds(numbers: BatchNumbers): BatchIds {
	if (numbers === null) return (_, number) => number;
	return (replica, number) => (numbers[replica] as Int32Array)[number] as number;
}

/** Vidur numbers batches over all replicas, as they were formed; at one time the first replica's is first. */
export function numberBatches(replicas: readonly ReplicaRecord[]): BatchNumbers {
	if (replicas.length === 1) return null;
	const ids = replicas.map(
		(record) => new Int32Array(new SharedArrayBuffer(4 * batchesOf(record))),
	);
	let id = 0;
	const cursors = replicas.map((record) => new BatchCursor(record, 0));
	merge(
		cursors,
		({ formedS }) => formedS,
		({ number }, replica) => {
			(ids[replica] as Int32Array)[number] = id++;
		},
	);
	return ids;
}

/** How many batches a replica has formed. */
export function batchesOf({ runs: { first, count } }: ReplicaRecord): number {
	const last = first.length - 1;
	return last < 0 ? 0 : first.at(last) + count.at(last);
}

/** Visits the batches that have left the last stage by the limit, in the order of their ends. */
export function visitEnded(
	replicas: readonly ReplicaRecord[],
	limitS: number,
	visit: (batch: BatchCursor, replica: number) => void,
): void {
	const cursors = replicas.map((record) => new BatchCursor(record, record.stages.length - 1));
	merge(cursors, endOf, (batch, replica) => {
		if (batch.endS <= limitS) visit(batch, replica);
	});
}

/** Visits what all stages have done, in the order of the ends. */
export function visitStages(
	replicas: readonly ReplicaRecord[],
	visit: (batch: BatchCursor, place: { readonly replica: number; readonly stage: number }) => void,
): void {
	const places = replicas.flatMap(({ stages }, replica) =>
		stages.map((_, stage) => ({ replica, stage })),
	);
	const cursors = places.map(
		({ replica, stage }) => new BatchCursor(replicas[replica] as ReplicaRecord, stage),
	);
	merge(cursors, endOf, (batch, i) => {
		if (!Number.isNaN(batch.endS)) visit(batch, places[i] as (typeof places)[number]);
	});
}

/** What has not ended is last. */
function endOf({ endS }: BatchCursor): number {
	return Number.isNaN(endS) ? Number.POSITIVE_INFINITY : endS;
}

/** Visits the batches of several cursors by time, at one time those of the first cursor first: a heap of cursors. */
function merge(
	cursors: readonly BatchCursor[],
	timeOf: (batch: BatchCursor) => number,
	visit: (batch: BatchCursor, cursor: number) => void,
): void {
	const times = new Float64Array(cursors.length);
	const heap: number[] = [];
	const isBefore = (a: number, b: number) => {
		const earlier = (times[a] as number) - (times[b] as number);
		return earlier < 0 || (!(earlier > 0) && a < b);
	};
	const siftDown = (from: number) => {
		for (let at = from; ; ) {
			let least = at;
			for (let child = 2 * at + 1; child <= 2 * at + 2 && child < heap.length; child++)
				if (isBefore(heap[child] as number, heap[least] as number)) least = child;
			if (least === at) return;
			[heap[at], heap[least]] = [heap[least] as number, heap[at] as number];
			at = least;
		}
	};
	cursors.forEach((cursor, i) => {
		if (!cursor.next()) return;
		times[i] = timeOf(cursor);
		heap.push(i);
	});
	for (let at = (heap.length >> 1) - 1; at >= 0; at--) siftDown(at);
	while (heap.length > 0) {
		const i = heap[0] as number;
		const cursor = cursors[i] as BatchCursor;
		visit(cursor, i);
		if (cursor.next()) times[i] = timeOf(cursor);
		else {
			const last = heap.pop() as number;
			if (heap.length > 0) heap[0] = last;
		}
		siftDown(0);
	}
}
