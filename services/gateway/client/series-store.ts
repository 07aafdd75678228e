/** Values by the name of their series; null: there is none. */
export type Row = Readonly<Record<string, number | null>>;

/** Series over time as a chart takes them. */
export interface Series {
	/** Seconds since the start of the run, ascending. */
	readonly times: readonly number[];
	readonly columns: ReadonlyMap<string, readonly (number | null)[]>;
}

/** Series of other times in one: with nothing at times that are not theirs. */
export function unionOf(all: readonly Series[]): Series {
	const times = [...new Set(all.flatMap((series) => series.times))].sort((a, b) => a - b);
	const placeOf = new Map(times.map((time, place) => [time, place]));
	const columns = new Map<string, (number | null)[]>();
	for (const series of all)
		for (const [key, values] of series.columns) {
			const whole = new Array<number | null>(times.length).fill(null);
			series.times.forEach((time, i) => {
				whole[placeOf.get(time) ?? 0] = values[i] ?? null;
			});
			columns.set(key, whole);
		}
	return { times, columns };
}

/**
 * The last rows of a run, never more than a number of them, however long it goes on: whatever does not fit is thinned to
 * the lowest and highest of each four rows, so that no peak is lost, or given up where only the last seconds are wanted.
 */
export class SeriesStore {
	private times: number[] = [];
	private columns = new Map<string, (number | null)[]>();
	private readonly rowsMax: number;
	/** Rows older than this many seconds before the newest are given up; null: none are. */
	private readonly lastS: number | null;

	/** @param rowsMax a multiple of 4 */
	constructor(rowsMax: number, lastS: number | null) {
		this.rowsMax = rowsMax;
		this.lastS = lastS;
	}

	get series(): Series {
		return { times: this.times, columns: this.columns };
	}

	/** Takes what a run folder has of the past: other series of it stay, and so do newer rows. */
	fill(past: Series): void {
		const endS = past.times.at(-1) ?? Number.NEGATIVE_INFINITY;
		const { times, columns } = this;
		const older = times.filter((time) => time <= endS).length;
		const others = [...columns].filter(([key]) => !past.columns.has(key));
		const before = {
			times: others.length === 0 ? [] : times.slice(0, older),
			columns: new Map(others.map(([key, values]) => [key, values.slice(0, older)])),
		};
		const newer = {
			times: times.slice(older),
			columns: new Map([...columns].map(([key, values]) => [key, values.slice(older)])),
		};
		this.times = [];
		this.columns = new Map();
		this.pushAll(unionOf([before, past]));
		this.pushAll(newer);
	}

	/** Takes the newest row. A run that went back to a checkpoint takes its rows after that back, too. */
	push(timeS: number, row: Row): void {
		const { times, columns } = this;
		while ((times.at(-1) ?? Number.NEGATIVE_INFINITY) >= timeS) this.cutTo(times.length - 1);
		if (times.length >= this.rowsMax) this.thin();
		for (const key of Object.keys(row))
			if (!columns.has(key)) columns.set(key, new Array(times.length).fill(null));
		times.push(timeS);
		for (const [key, values] of columns) values.push(row[key] ?? null);
		if (this.lastS !== null) this.forgetBefore(timeS - this.lastS);
	}

	private pushAll({ times, columns }: Series): void {
		times.forEach((time, i) => {
			const row = [...columns].map(([key, values]) => [key, values[i] ?? null] as const);
			this.push(time, Object.fromEntries(row));
		});
	}

	private cutTo(length: number): void {
		this.times.length = length;
		for (const values of this.columns.values()) values.length = length;
	}

	private forgetBefore(timeS: number): void {
		// One row before the edge stays, so that a curve reaches it.
		const kept = this.times.findIndex((time) => time >= timeS) - 1;
		if (kept <= 0) return;
		this.times.splice(0, kept);
		for (const values of this.columns.values()) values.splice(0, kept);
	}

	/** Halves the rows: of each four stay two, with the lowest and the highest of each series in the order in which they came. */
	private thin(): void {
		const { times } = this;
		const whole = times.length - (times.length % 4);
		const places = Array.from({ length: whole / 4 }, (_, i) => 4 * i);
		const thinned = <T>(values: readonly T[], two: (four: readonly T[]) => readonly T[]) => [
			...places.flatMap((at) => two(values.slice(at, at + 4))),
			...values.slice(whole),
		];
		for (const [key, values] of this.columns) this.columns.set(key, thinned(values, extremes));
		this.times = thinned(times, ([first = 0, , third = 0]) => [first, third]);
	}
}

function extremes(four: readonly (number | null)[]): readonly (number | null)[] {
	let low = -1;
	let high = -1;
	four.forEach((value, i) => {
		if (value === null) return;
		if (low < 0 || value < Number(four[low])) low = i;
		if (high < 0 || value > Number(four[high])) high = i;
	});
	if (low < 0) return [null, null];
	return [four[Math.min(low, high)] ?? null, four[Math.max(low, high)] ?? null];
}
