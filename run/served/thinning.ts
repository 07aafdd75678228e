/** One stretch of time: the least and the greatest value of each column, and where they stood. */
interface Bucket {
	readonly firstUs: number;
	lastUs: number;
	rows: number;
	readonly least: number[];
	readonly greatest: number[];
	readonly leastAt: number[];
	readonly greatestAt: number[];
}

/**
 * Takes rows in the order of time and keeps at most so many, without hiding peaks: while they are few, all of them; of more,
 * each column's least and greatest value of every stretch, in the order in which they came. What it needs grows with what
 * it keeps, not with what it is given. NaN stands for no value.
 */
export class Thinning {
	readonly #points: number;
	readonly #columns: number;
	readonly #fromUs: number;
	readonly #perUs: number;
	/** Rows as they came; null once there were too many. */
	#rows: { readonly timeUs: number; readonly values: readonly number[] }[] | null = [];
	readonly #buckets = new Map<number, Bucket>();
	#count = 0;

	/** @param span simulated time of the first and the last row that may come */
	constructor(columns: number, points: number, span: readonly [fromUs: number, toUs: number]) {
		this.#columns = columns;
		this.#points = points;
		this.#fromUs = span[0];
		this.#perUs = Math.floor(points / 2) / Math.max(1, span[1] - span[0] + 1);
	}

	add(timeUs: number, values: readonly number[]): void {
		this.#count++;
		if (this.#rows === null) {
			this.#put(timeUs, values);
			return;
		}
		this.#rows.push({ timeUs, values });
		if (this.#rows.length <= this.#points) return;
		for (const row of this.#rows) this.#put(row.timeUs, row.values);
		this.#rows = null;
	}

	/** What is kept, by columns. */
	kept(): { rows: number; perBucket: number; timeUs: number[]; columns: number[][] } {
		const columns = Array.from({ length: this.#columns }, (): number[] => []);
		const timeUs: number[] = [];
		const push = (atUs: number, of: (column: number) => number) => {
			timeUs.push(atUs);
			for (const [c, values] of columns.entries()) values.push(of(c));
		};
		for (const row of this.#rows ?? []) push(row.timeUs, (c) => row.values[c] ?? Number.NaN);
		for (const {
			firstUs,
			lastUs,
			rows,
			least,
			greatest,
			leastAt,
			greatestAt,
		} of this.#buckets.values()) {
			const isRising = (c: number) => (leastAt[c] as number) <= (greatestAt[c] as number);
			const ends = [least, greatest];
			push(firstUs, (c) => ends[isRising(c) ? 0 : 1]?.[c] ?? Number.NaN);
			if (rows > 1) push(lastUs, (c) => ends[isRising(c) ? 1 : 0]?.[c] ?? Number.NaN);
		}
		const perBucket = this.#rows === null ? Math.ceil(this.#count / this.#buckets.size) : 1;
		return { rows: this.#count, perBucket, timeUs, columns };
	}

	#put(timeUs: number, values: readonly number[]): void {
		const place = Math.floor((timeUs - this.#fromUs) * this.#perUs);
		const bucket = this.#buckets.get(place);
		if (bucket === undefined) {
			const at = values.map(() => timeUs);
			this.#buckets.set(place, {
				...{ firstUs: timeUs, lastUs: timeUs, rows: 1, least: [...values], greatest: [...values] },
				...{ leastAt: at, greatestAt: [...at] },
			});
			return;
		}
		bucket.lastUs = timeUs;
		bucket.rows++;
		for (const [c, value] of values.entries()) {
			if (Number.isNaN(value)) continue;
			// What is no number yet is neither less nor greater.
			if (!((bucket.least[c] as number) <= value)) {
				bucket.least[c] = value;
				bucket.leastAt[c] = timeUs;
			}
			if (!((bucket.greatest[c] as number) >= value)) {
				bucket.greatest[c] = value;
				bucket.greatestAt[c] = timeUs;
			}
		}
	}
}
