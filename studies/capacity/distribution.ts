import { type Distribution, levelOf } from './slo.ts';

/**
 * Quantiles, mean and greatest of values that each count `weights` times. A quantile lies linearly between
 * order statistics (type 7 of Hyndman and Fan, as numpy and pandas have it), as if each value stood there as
 * often as it counts.
 */
export function distribution(
	values: Float64Array,
	weights: Float64Array | null,
	statistics: readonly string[],
): Distribution {
	const order = weights === null ? null : sortedOrder(values);
	const sorted = order === null ? values.slice().sort() : order.map((i) => values[i] as number);
	const counts =
		order === null || weights === null
			? null
			: Float64Array.from(order, (i) => weights[i] as number);
	const total = counts === null ? sorted.length : sum(counts);
	const at = counts === null ? (rank: number) => sorted[rank] as number : ranked(sorted, counts);
	return Object.fromEntries(
		statistics.map((name) => {
			if (total === 0) return [name, Number.NaN];
			const level = levelOf(name);
			if (level !== null) return [name, quantile(level, total, at)];
			if (name === 'max') return [name, sorted[sorted.length - 1] as number];
			const weighted = counts === null ? sorted : sorted.map((v, i) => v * (counts[i] as number));
			return [name, sum(weighted) / total];
		}),
	);
}

function quantile(level: number, total: number, at: (rank: number) => number): number {
	const position = level * (total - 1);
	const below = Math.floor(position);
	const low = at(below);
	return low + (at(Math.min(below + 1, total - 1)) - low) * (position - below);
}

/** The value of a rank from 0 among repeated values. */
function ranked(sorted: Float64Array, counts: Float64Array): (rank: number) => number {
	const ends = new Float64Array(counts.length);
	let end = 0;
	for (let i = 0; i < counts.length; i++) {
		end += counts[i] as number;
		ends[i] = end;
	}
	return (rank) => {
		let low = 0;
		let high = ends.length - 1;
		while (low < high) {
			const middle = (low + high) >> 1;
			if ((ends[middle] as number) > rank) high = middle;
			else low = middle + 1;
		}
		return sorted[low] as number;
	};
}

function sortedOrder(values: Float64Array): Float64Array {
	return Float64Array.from(values, (_, i) => i).sort(
		(a, b) => (values[a] as number) - (values[b] as number),
	);
}

function sum(values: Float64Array): number {
	let total = 0;
	for (const value of values) total += value;
	return total;
}
