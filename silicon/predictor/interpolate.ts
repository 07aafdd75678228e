/** Value at `x` of the line through the points (`xs`, `ys`), xs rising; level outside of them. */
export function interpolate(xs: readonly number[], ys: readonly number[], x: number): number {
	const last = xs.length - 1;
	if (x <= (xs[0] as number)) return ys[0] as number;
	if (x >= (xs[last] as number)) return ys[last] as number;
	const right = firstAbove(xs, x);
	const x0 = xs[right - 1] as number;
	const y0 = ys[right - 1] as number;
	if (x === x0) return y0;
	const y1 = ys[right] as number;
	return y0 + ((y1 - y0) * (x - x0)) / ((xs[right] as number) - x0);
}

/** Index of the first of the rising `xs` that is above `x`. */
function firstAbove(xs: readonly number[], x: number): number {
	let low = 0;
	let high = xs.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((xs[middle] as number) <= x) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** `interpolate` at 0, unit, 2 unit, … for a whole table, in one pass. */
export function tabulate(
	xs: readonly number[],
	ys: readonly number[],
	{ length, unit }: { readonly length: number; readonly unit: number },
): Float64Array {
	const table = new Float64Array(length);
	const last = xs.length - 1;
	let left = 0;
	for (let i = 0; i < length; i++) {
		const x = i * unit;
		while (left < last && (xs[left + 1] as number) <= x) left++;
		const x0 = xs[left] as number;
		const y0 = ys[left] as number;
		if (x <= x0 || left === last) table[i] = y0;
		else {
			const y1 = ys[left + 1] as number;
			table[i] = y0 + ((y1 - y0) * (x - x0)) / ((xs[left + 1] as number) - x0);
		}
	}
	return table;
}
