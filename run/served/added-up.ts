/** The values of a row, by column, and its simulated time in microseconds; NaN stands for no value. */
export type TimedValues = readonly [timeUs: number, values: readonly number[]];

interface Group {
	readonly timeUs: number;
	values: readonly number[];
	count: number;
}

/**
 * Adds up the rows that a table has of several things at one time, such as those of all replicas; they come in the order of time.
 * The last ones of a table that grows may not all be there: fewer than of the time before are left out.
 */
export async function* addedUp(rows: AsyncIterable<TimedValues>): AsyncGenerator<TimedValues> {
	let open = null as Group | null;
	let countBefore = 0;
	for await (const [timeUs, values] of rows) {
		if (open?.timeUs === timeUs) {
			open.values = open.values.map((so, c) => plus(so, values[c] ?? Number.NaN));
			open.count++;
			continue;
		}
		if (open !== null) {
			countBefore = open.count;
			yield [open.timeUs, open.values];
		}
		open = { timeUs, values: [...values], count: 1 };
	}
	if (open !== null && open.count >= countBefore) yield [open.timeUs, open.values];
}

/** What is not there adds nothing. */
function plus(so: number, more: number): number {
	if (Number.isNaN(so)) return more;
	return Number.isNaN(more) ? so : so + more;
}
