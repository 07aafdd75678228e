import { closeSync, readSync } from 'node:fs';
import { openInput } from '../../kernel/files/input-file.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { Column } from '../../results/report/columns.ts';

/** A stage's utilisation as a step function: each value holds until the next point. */
export interface StageSeries {
	/** 1-based, as in the names of files. */
	readonly replica: number;
	readonly stage: number;
	readonly timeS: Float64Array;
	/** MFU as Vidur records it, percent; 0 while idle. */
	readonly mfuPercent: Float64Array;
	/** Of the batch that begins with the point; NaN for points that end one. */
	readonly executionS: Float64Array;
	readonly modelExecutionS: Float64Array;
	readonly batchSize: Float64Array;
	/** Vidur's own mean over time, percent. */
	readonly weightedMeanPercent: number;
}

const CHUNK_BYTES = 1 << 20;

interface Point {
	readonly time: number;
	readonly mfu: number;
	readonly batch_id?: number;
	readonly batch_size?: number;
	readonly execution_time?: number;
	readonly model_execution_time?: number;
}

/**
 * Reads `replica_R_stage_S_mfu.json` point by point, so that a file of hundreds of megabytes needs no more
 * memory than its numbers.
 *
 * @throws ConfigError for a file that is not one
 */
export function readStageSeries(path: string, replica: number, stage: number): StageSeries {
	const [timeS, mfu, execution, modelExecution, size] = [
		new Column(),
		new Column(),
		new Column(),
		new Column(),
		new Column(),
	];
	const head = eachObject(path, (text) => {
		const point = JSON.parse(text) as Point;
		if (typeof point.time !== 'number' || typeof point.mfu !== 'number')
			throw new ConfigError(`Cannot read "${path}": ${text.slice(0, 80)} has no time or no mfu`);
		timeS.push(point.time);
		mfu.push(point.mfu);
		execution.push(point.execution_time ?? Number.NaN);
		modelExecution.push(point.model_execution_time ?? point.execution_time ?? Number.NaN);
		size.push(point.batch_size ?? Number.NaN);
	});
	const mean = /_weighted_mean": ?([-+.\deE]+)/.exec(head);
	return {
		replica,
		stage,
		timeS: timeS.values(),
		mfuPercent: mfu.values(),
		executionS: execution.values(),
		modelExecutionS: modelExecution.values(),
		batchSize: size.values(),
		weightedMeanPercent: mean === null ? Number.NaN : Number(mean[1]),
	};
}

/**
 * Hands over the text of each object in the one list of the file; none of them has an object inside.
 *
 * @returns what stands outside of the list
 */
function eachObject(path: string, take: (text: string) => void): string {
	const chunk = Buffer.alloc(CHUNK_BYTES);
	let outside = '';
	let rest = '';
	let isInside = false;
	const consume = (): void => {
		if (!isInside) {
			const start = rest.indexOf('[');
			outside += start < 0 ? rest : rest.slice(0, start);
			rest = start < 0 ? '' : rest.slice(start + 1);
			if (start < 0) return;
			isInside = true;
		}
		let from = 0;
		for (;;) {
			const open = rest.indexOf('{', from);
			const close = open < 0 ? -1 : rest.indexOf('}', open);
			if (close < 0) break;
			take(rest.slice(open, close + 1));
			from = close + 1;
		}
		rest = rest.slice(from);
	};
	try {
		const file = openInput(path);
		try {
			for (;;) {
				const bytes = readSync(file, chunk, 0, CHUNK_BYTES, null);
				if (bytes === 0) break;
				// The files are ASCII: a chunk cannot end within a character.
				rest += chunk.toString('latin1', 0, bytes);
				consume();
			}
		} finally {
			closeSync(file);
		}
	} catch (error) {
		if (error instanceof ConfigError) throw error;
		throw new ConfigError(`Cannot read "${path}": ${messageOf(error)}`);
	}
	return outside + rest.slice(rest.indexOf(']') + 1);
}
