/** Numbers that grow in number: one column of a table. */
export class Column {
	#values = new Float64Array(1024);
	#length = 0;

	push(value: number): void {
		if (this.#length === this.#values.length) {
			const larger = new Float64Array(2 * this.#length);
			larger.set(this.#values);
			this.#values = larger;
		}
		this.#values[this.#length] = value;
		this.#length += 1;
	}

	/** The values so far; not a copy. */
	values(): Float64Array {
		return this.#values.subarray(0, this.#length);
	}
}

/** The number in a CSV cell; NaN where it is empty or no number. */
export function cellNumber(cell: string | undefined): number {
	return cell === undefined || cell === '' ? Number.NaN : Number(cell);
}

/** The value at `level` of ascending values, linear between order statistics (type 7); NaN of none. */
export function quantile(ascending: ArrayLike<number>, level: number): number {
	const last = ascending.length - 1;
	if (last < 0) return Number.NaN;
	const position = level * last;
	const below = Math.floor(position);
	const low = ascending[below] as number;
	const high = ascending[Math.min(below + 1, last)] as number;
	return low + (high - low) * (position - below);
}

/** The sum of the values up to and with each. */
export function runningSum(values: Float64Array): Float64Array {
	let sum = 0;
	return values.map((value) => {
		sum += value;
		return sum;
	});
}

/** Sorting a column of a day's requests takes a tenth of a second, and the same ones are asked for again. */
const sortedOf = new WeakMap<Float64Array, Float64Array>();

/** The numbers among `values` in ascending order, as a copy. The values must not change afterwards. */
export function ascending(values: Float64Array): Float64Array {
	let sorted = sortedOf.get(values);
	if (sorted === undefined) {
		sorted = values.filter((value) => !Number.isNaN(value)).sort();
		sortedOf.set(values, sorted);
	}
	return sorted;
}
