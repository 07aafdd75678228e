/** A row of times: rising sizes and the logarithms of their times in ms; NaN where nothing was measured. */
export interface LogRow {
	readonly at: readonly number[];
	readonly logMs: ArrayLike<number>;
}

/** The row without its holes, sizes as logarithms. */
function measuredPoints({ at, logMs }: LogRow): {
	readonly x: readonly number[];
	readonly y: readonly number[];
} {
	const x: number[] = [];
	const y: number[] = [];
	for (let i = 0; i < at.length; i++) {
		const log = logMs[i] as number;
		if (Number.isNaN(log)) continue;
		x.push(Math.log(at[i] as number));
		y.push(log);
	}
	return { x, y };
}

/** Index of the last of the rising `values` that is at most `value`; 0 below them. */
export function indexAtMost(values: ArrayLike<number>, value: number): number {
	let low = 0;
	let high = values.length - 1;
	while (low < high) {
		const middle = (low + high + 1) >> 1;
		if ((values[middle] as number) <= value) low = middle;
		else high = middle - 1;
	}
	return low;
}

/**
 * The time over size of a measured row, ms: straight between measured points in logarithms of both, level below the first, and in
 * proportion to the size beyond the last, where a kernel is bound by arithmetic or by bytes.
 */
export function timeOver(row: LogRow): (size: number) => number {
	const { x, y } = measuredPoints(row);
	const last = x.length - 1;
	const end = Math.exp(x[last] as number);
	return (size) => {
		const log = Math.log(size);
		if (log >= (x[last] as number)) return Math.exp(y[last] as number) * (size / end);
		return Math.exp(logAt(x, y, log));
	};
}

/** The line through points in logarithms, level outside of them. */
export function logAt(x: ArrayLike<number>, y: ArrayLike<number>, at: number): number {
	const last = x.length - 1;
	if (at <= (x[0] as number)) return y[0] as number;
	if (at >= (x[last] as number)) return y[last] as number;
	const left = indexAtMost(x, at);
	const from = x[left] as number;
	const share = (at - from) / ((x[left + 1] as number) - from);
	return (y[left] as number) + share * ((y[left + 1] as number) - (y[left] as number));
}

/** Mean of logarithms by weights, cell by cell; NaN where one of them has none. */
export function mixedLogs(parts: readonly (readonly [ArrayLike<number>, number])[]): Float64Array {
	const counted = parts.filter(([, weight]) => weight !== 0);
	const length = (counted[0]?.[0] ?? []).length;
	const mixed = new Float64Array(length);
	for (const [logs, weight] of counted)
		for (let i = 0; i < length; i++) mixed[i] = (mixed[i] as number) + weight * (logs[i] as number);
	return mixed;
}

/** The two of the rising `values` around one, and how far it is from the first to the second, by their logarithms. */
export function around(
	values: readonly number[],
	value: number,
): { readonly low: number; readonly high: number; readonly share: number } {
	const index = indexAtMost(values, value);
	const low = values[index] as number;
	const high = values[index + 1];
	if (high === undefined || value <= low) return { low, high: low, share: 0 };
	return { low, high, share: Math.log(value / low) / Math.log(high / low) };
}
