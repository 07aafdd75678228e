import type { HeadGrid } from './heads.ts';
import { indexAtMost, logAt } from './log-curve.ts';

/** A grid without holes: rows of logarithms over the logarithms of lengths. */
interface FullGrid {
	readonly logBatches: readonly number[];
	readonly logLengths: readonly number[];
	/** Row per batch. */
	readonly rows: readonly Float64Array[];
}

/**
 * Fills what was too large to measure. Beyond a row's end its time rises by what a sequence's token costs where the grid is bound by
 * memory (decoding), or by the square of the length (prompts): the law that its last measured points follow.
 */
function fullGrid(
	{ batches, lengths: tokens, logMs }: HeadGrid,
	law: 'linear' | 'square',
): FullGrid {
	const columns = tokens.length;
	const measured = batches.map((_, b) => logMs.subarray(b * columns, (b + 1) * columns));
	const msPerToken = law === 'linear' ? saturatedMsPerToken(batches, tokens, measured) : 0;
	const kept = batches.map((batch, b) => ({ batch, row: measured[b] as Float64Array }));
	const rows = kept
		.filter(({ row }) => row.some((log) => !Number.isNaN(log)))
		.map(({ batch, row }) => ({
			batch,
			row: filledRow(row, tokens, (last, from, to) =>
				law === 'linear'
					? Math.log(Math.exp(last) + msPerToken * batch * (to - from))
					: last + 2 * Math.log(to / from),
			),
		}));
	return {
		logBatches: rows.map(({ batch }) => Math.log(batch)),
		logLengths: tokens.map(Math.log),
		rows: rows.map(({ row }) => row),
	};
}

/** Holes between measured lengths are on the line between them; those before the first as the first. */
function filledRow(
	row: Float64Array,
	tokens: readonly number[],
	beyond: (last: number, from: number, to: number) => number,
): Float64Array {
	const known = tokens.flatMap((_, i) => (Number.isNaN(row[i]) ? [] : [i]));
	const x = known.map((i) => Math.log(tokens[i] as number));
	const y = known.map((i) => row[i] as number);
	const end = known.at(-1) as number;
	return Float64Array.from(tokens, (length, i) => {
		if (i <= end) return logAt(x, y, Math.log(length));
		return beyond(row[end] as number, tokens[end] as number, length);
	});
}

/** Median rise per sequence and token at the ends of rows, where reading the cache is all that counts. */
function saturatedMsPerToken(
	batches: readonly number[],
	tokens: readonly number[],
	rows: readonly Float64Array[],
): number {
	const slopes = rows.flatMap((row, b) => {
		const end = row.findLastIndex((log) => !Number.isNaN(log));
		if (end < 1 || Number.isNaN(row[end - 1])) return [];
		const work = (batches[b] as number) * (tokens[end] as number);
		const rise = Math.exp(row[end] as number) - Math.exp(row[end - 1] as number);
		const more = (batches[b] as number) * ((tokens[end] as number) - (tokens[end - 1] as number));
		return [{ work, slope: Math.max(0, rise / more) }];
	});
	const most = Math.max(0, ...slopes.map(({ work }) => work));
	const counted = slopes.filter(({ work }) => work >= most / 4).map(({ slope }) => slope);
	return counted.sort((a, b) => a - b)[counted.length >> 1] ?? 0;
}

/** The logarithm at a point of the grid; beyond its last batch in proportion to the sequences. */
function gridLog(grid: FullGrid, logBatch: number, logLength: number): number {
	const { logBatches, rows } = grid;
	const last = logBatches.length - 1;
	const of = (row: number) => lengthLog(grid, rows[row] as Float64Array, logLength);
	if (logBatch <= (logBatches[0] as number)) return of(0);
	if (logBatch >= (logBatches[last] as number))
		return of(last) + logBatch - (logBatches[last] as number);
	const left = indexAtMost(logBatches, logBatch);
	const from = logBatches[left] as number;
	const share = (logBatch - from) / ((logBatches[left + 1] as number) - from);
	const low = of(left);
	return share === 0 ? low : low + share * (of(left + 1) - low);
}

/** Beyond the longest length along the last part of the row. */
function lengthLog({ logLengths }: FullGrid, row: Float64Array, logLength: number): number {
	const last = logLengths.length - 1;
	const end = logLengths[last] as number;
	if (logLength <= end) return logAt(logLengths, row, logLength);
	const before = logLengths[last - 1] as number;
	const slope = ((row[last] as number) - (row[last - 1] as number)) / (end - before);
	return (row[last] as number) + slope * (logLength - end);
}

/** Sizes of a dense table of decoding. */
export interface DecodeSize {
	readonly maxBatch: number;
	readonly columns: number;
	/** Tokens between two columns. */
	readonly step: number;
}

/** Attention of decoding requests: entry `batch * columns + length / step` in ms, at least one token long. */
export function decodeTable(grid: HeadGrid, size: DecodeSize): Float64Array {
	const { columns, maxBatch, step } = size;
	const full = fullGrid(grid, 'linear');
	const lengths = Float64Array.from({ length: columns }, (_, c) =>
		Math.log(Math.min(grid.window, Math.max(1, c * step))),
	);
	const rows = full.rows.map((row) =>
		Float64Array.from(lengths, (logLength) => lengthLog(full, row, logLength)),
	);
	const table = new Float64Array((maxBatch + 1) * columns);
	const last = rows.length - 1;
	for (let batch = 1; batch <= maxBatch; batch++) {
		const logBatch = Math.log(batch * grid.perSequence);
		const left = Math.min(Math.max(0, last - 1), indexAtMost(full.logBatches, logBatch));
		const from = full.logBatches[left] as number;
		const to = full.logBatches[Math.min(last, left + 1)] as number;
		const isBeyond = logBatch >= to;
		const share = isBeyond ? 1 : Math.max(0, (logBatch - from) / (to - from));
		const more = grid.factor * (isBeyond ? Math.exp(logBatch - to) : 1);
		fillRow(table.subarray(batch * columns, (batch + 1) * columns), more, [
			rows[left] as Float64Array,
			rows[Math.min(last, left + 1)] as Float64Array,
			share,
		]);
	}
	return table;
}

function fillRow(
	target: Float64Array,
	factor: number,
	[low, high, share]: readonly [Float64Array, Float64Array, number],
): void {
	for (let c = 0; c < target.length; c++) {
		const from = low[c] as number;
		target[c] = factor * Math.exp(from + share * ((high[c] as number) - from));
	}
}

/** Prompts of a batch: so many chunks of one length, each after so many cached tokens. */
export type PromptTime = (prompts: number, chunk: number, cached: number) => number;

/**
 * Attention of prompts in ms. Chunks with cached tokens before them take that share of the whole prompt's time that their products
 * are of its (aiconfigurator takes the same), and at least what reading the cache takes; where matrices were measured with it, what the
 * whole prompt takes more than the cached part. These are laws, chunks alone are measured.
 */
export function promptTime(prompts: HeadGrid, decode: HeadGrid | null): PromptTime {
	const full = fullGrid(prompts, 'square');
	const reading = decode === null ? null : fullGrid(decode, 'linear');
	const perSequence = Math.log(prompts.perSequence);
	return (count, chunk, cached) => {
		const logCount = Math.log(count) + perSequence;
		const fresh = Math.min(chunk, prompts.window);
		// A window leaves as many products as tokens times window: a line beyond it.
		const alone =
			(prompts.factor * Math.exp(gridLog(full, logCount, Math.log(fresh))) * chunk) / fresh;
		if (cached === 0) return alone;
		if (prompts.whole) {
			const timeAt = (length: number) =>
				prompts.factor * Math.exp(gridLog(full, logCount, Math.log(length)));
			// What a launch takes is in both of them, so that their difference lacks it.
			return Math.max(alone, timeAt(1) + timeAt(chunk + cached) - timeAt(cached));
		}
		const whole = Math.min(chunk + cached, Math.max(chunk, prompts.window));
		const before = whole - chunk;
		const share = 1 - (before / whole) ** 2;
		const after = prompts.factor * Math.exp(gridLog(full, logCount, Math.log(whole))) * share;
		if (decode === null || reading === null) return Math.max(alone, after);
		const logReading = Math.log(count * decode.perSequence);
		const readMs = decode.factor * Math.exp(gridLog(reading, logReading, Math.log(whole)));
		return Math.max(alone, after, readMs);
	};
}
