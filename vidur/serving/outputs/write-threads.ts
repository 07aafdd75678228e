import { Worker } from 'node:worker_threads';
import { programFile } from '../../../kernel/files/project-file.ts';
import { Column, type ColumnParts } from '../column.ts';
import type { RunRecord } from '../run.ts';
import type { Task } from './task.ts';
import type { OutputPlan } from './tasks.ts';

/** What a thread needs for its part of the files. */
export interface Assignment {
	readonly folder: string;
	readonly plan: OutputPlan;
	readonly run: RunRecord;
	/** How many tasks have been begun by either thread. */
	readonly begun: Int32Array;
}

/** Counts tasks over two threads. */
export function countTasks(): Int32Array {
	return new Int32Array(new SharedArrayBuffer(4));
}

/** Does the tasks from the first on, or from the last back, until it meets the other thread. */
export function doTasks(tasks: readonly Task[], begun: Int32Array, from: 'first' | 'last'): void {
	const inTurn = from === 'first' ? tasks : tasks.toReversed();
	for (const task of inTurn) {
		if (Atomics.add(begun, 0, 1) >= tasks.length) return;
		task();
	}
}

/**
 * Starts a thread that does tasks from the last back; the promise is kept when it has done all of its own.
 *
 * @throws Error when it dies
 */
export async function startHelper(assignment: Assignment): Promise<void> {
	const { folder, plan, run, begun } = assignment;
	const worker = new Worker(programFile('vidur/serving/outputs/write-worker'), {
		workerData: { folder, plan, begun, run: apart({ ...run, operations: null }) },
	});
	await new Promise<void>((resolve, reject) => {
		worker.on('error', reject);
		worker.on('exit', (code) => {
			if (code === 0) resolve();
			else reject(new Error(`Cannot write the files: a thread ended with ${code}`));
		});
	});
}

/** The same with columns in their parts, which threads can hand over; one column stays one. */
function apart(value: object): object {
	const parts = new Map<Column, { readonly parts: ColumnParts }>();
	return mapped(value, (one) => {
		if (!(one instanceof Column)) return null;
		const of = parts.get(one) ?? { parts: one.parts };
		parts.set(one, of);
		return of;
	});
}

/** What `apart` was given. */
export function together(value: object): object {
	const columns = new Map<object, Column>();
	return mapped(value, (one) => {
		if (!('parts' in one)) return null;
		const { kind, chunks, length } = one.parts as ColumnParts;
		const column = columns.get(one) ?? new Column(kind, chunks, length);
		columns.set(one, column);
		return column;
	});
}

/** A copy with other objects in the place of those that `replace` knows; the copy of a list is one. */
function mapped(value: object, replace: (one: object) => object | null): object {
	const copy = (one: unknown): unknown => {
		if (typeof one !== 'object' || one === null || ArrayBuffer.isView(one)) return one;
		const other = replace(one);
		if (other !== null) return other;
		if (Array.isArray(one)) return one.map(copy);
		return Object.fromEntries(Object.entries(one).map(([name, inner]) => [name, copy(inner)]));
	};
	return copy(value) as object;
}
