import { parse } from 'csv-parse/sync';
import { loadTrace } from '../../feeds/signal/load.ts';
import { type Trace, traceAt } from '../../feeds/signal/trace.ts';
import { readInputText } from '../../kernel/files/input-file.ts';
import { cubicSpline } from './cubic-spline.ts';
import type { Bin } from './demand.ts';

/** First row of a CSV file, and the column of a place if it has one. */
interface Head {
	/** Its time, or null where times are seconds. */
	readonly anchor: string | null;
	readonly column: string | null;
}

/** Where the data of a file begin; which of its columns is that of `place`, if several are there. */
export function headOf(path: string, place: string): Head {
	let rows: string[][] = [];
	try {
		rows = parse(readInputText(path), { bom: true, to: 2, relax_column_count: true });
	} catch {
		// Whoever reads the whole file says what is wrong with it.
	}
	const [header = [], first = []] = rows;
	const time = first[0]?.trim() ?? '';
	const anchor = time === '' || Number.isFinite(Number(time)) ? null : time;
	return { anchor, column: header.includes(place) ? place : null };
}

/**
 * A data file as the original lays it under the run: shifted, so that its first row is the run's start,
 * whatever the hour.
 */
export function shifted(path: string, place: string, fill: Trace['fill']): Trace {
	return loadTrace({ path, ...headOf(path, place), fill, scale: 1 });
}

/** Steps of a series from 0 to the end of the run, in it. */
export interface Grid {
	readonly stepS: number;
	/** The last of them. */
	readonly endS: number;
}

/**
 * The series at each step by a cubic spline, as pandas interpolates it in the original: only rows that lie on
 * the steps count, nothing is below 0, and what follows the last row is that row's value.
 */
export function interpolated(trace: Trace, { stepS, endS }: Grid): Float64Array {
	const xs: number[] = [];
	const ys: number[] = [];
	trace.timesUs.forEach((timeUs, i) => {
		const timeS = timeUs / 1e6;
		if (timeS < 0 || timeS > endS || timeS % stepS !== 0) return;
		xs.push(timeS);
		ys.push(trace.values[i] as number);
	});
	const spline = cubicSpline(Float64Array.from(xs), Float64Array.from(ys));
	return Float64Array.from({ length: endS / stepS + 1 }, (_, k) => Math.max(0, spline(k * stepS)));
}

/** The series at each step as the file has it. */
export function held(trace: Trace, { stepS, endS }: Grid): Float64Array {
	return Float64Array.from({ length: endS / stepS + 1 }, (_, k) => traceAt(trace, k * stepS * 1e6));
}

/** Solar output times the rows of each bin, which the original's total power analysis makes of it. */
export function timesBatchStages(values: Float64Array, stepS: number, bins: readonly Bin[]): void {
	let bin = 0;
	for (let k = 0; k < values.length; k++) {
		while ((bins[bin + 1]?.startS ?? Number.POSITIVE_INFINITY) <= k * stepS) bin++;
		values[k] = (values[k] as number) * (bins[bin]?.batchStages ?? 1);
	}
}
