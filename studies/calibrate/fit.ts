/** A value that is fitted. */
export interface Parameter<Name extends string = string> {
	readonly name: Name;
	/** Where the search begins, and what it is taken for as long as nothing says otherwise. */
	readonly start: number;
	/** How far it is usually from there: what the log says less about than this stays near the start. */
	readonly spread: number;
	/** Difference by which its effect is measured. */
	readonly difference: number;
	readonly least: number;
	readonly most: number;
	/** Whether its logarithm is fitted: a factor. `spread` and `difference` are of the logarithm then. */
	readonly isFactor?: boolean;
}

/** Relative errors of one kind, and how large they usually are where all values are right. */
export interface Residuals {
	readonly errors: readonly number[];
	readonly usual: number;
}

/** What a fit came to. */
export interface Fit<Name extends string = string> {
	readonly values: Readonly<Record<Name, number>>;
	/** Parts of what was not known of each value before that the log does not tell either, from 0 to 1. */
	readonly leftOpen: Readonly<Record<Name, number>>;
	readonly evaluations: number;
}

/** Residuals beyond so many of their usual sizes count by their size, not by its square. */
const HUBER = 1.5;
/** Requests of one run share its batches: as if no more than so many were seen by themselves. */
const MOST_INDEPENDENT = 60;
const MOST_ROUNDS = 14;
/** A round that gains less than this part of the objective has gained nothing. */
const ENOUGH = 0.005;
/**
 * Batches fall otherwise when a value changes, so that errors are rough: where differences of one size show no way on, those
 * of the next do, or there is none.
 */
const SIZES = [3, 1, 0.4];

/**
 * The values with which `residuals` are least: Levenberg's and Marquardt's steps with Huber's weights, from differences.
 *
 * @param residuals relative errors at values; the same ones in the same order each time
 */
export async function fitValues<Name extends string>(
	parameters: readonly Parameter<Name>[],
	residuals: (values: Readonly<Record<Name, number>>) => Promise<readonly Residuals[]>,
): Promise<Fit<Name>> {
	const valuesOf = (point: readonly number[]) =>
		Object.fromEntries(
			parameters.map(({ name, isFactor }, i) => {
				const x = point[i] as number;
				return [name, isFactor === true ? Math.exp(x) : x];
			}),
		) as Record<Name, number>;
	const bounds = parameters.map(({ least, most, isFactor }) =>
		isFactor === true ? [Math.log(least), Math.log(most)] : [least, most],
	) as [number, number][];
	const start = parameters.map(({ start: value, isFactor }) =>
		isFactor === true ? Math.log(value) : value,
	);
	let evaluations = 0;
	const at = async (point: readonly number[]) => {
		evaluations++;
		const groups = await residuals(valuesOf(point));
		return { groups, all: Float64Array.from(groups.flatMap(({ errors }) => errors)) };
	};
	let point = start;
	let { groups, all: errors } = await at(point);
	let damping = 0.01;
	let normal: number[][] = [];
	let [size, failed] = [0, 0];
	for (let round = 0; round < MOST_ROUNDS && failed < SIZES.length; round++) {
		const slopes: Float64Array[] = [];
		for (const [i, parameter] of parameters.entries()) {
			const difference = parameter.difference * (SIZES[size] as number);
			const [least, most] = bounds[i] as [number, number];
			const x = point[i] as number;
			const by = x + difference <= most ? difference : -difference;
			const moved = await at(
				point.map((value, k) => (k === i ? Math.max(least, value + by) : value)),
			);
			slopes.push(moved.all.map((error, k) => (error - (errors[k] as number)) / by));
		}
		const weigh = weightsOf(groups);
		const before = objective(errors, weigh, { point, start, parameters });
		normal = normalOf(slopes, weigh, parameters);
		const gradient = gradientOf(slopes, errors, weigh, { point, start, parameters });
		let gained = 0;
		for (let attempt = 0; attempt < 4; attempt++) {
			const damped = normal.map((row, i) =>
				row.map((value, k) => (i === k ? value * (1 + damping) : value)),
			);
			const step = solve(damped, gradient);
			const next = point.map((value, i) => {
				const [least, most] = bounds[i] as [number, number];
				return Math.min(most, Math.max(least, value - (step[i] as number)));
			});
			const tried = await at(next);
			const after = objective(tried.all, weigh, { point: next, start, parameters });
			if (after < before) {
				gained = (before - after) / before;
				[point, errors, groups, damping] = [next, tried.all, tried.groups, damping / 5];
				break;
			}
			damping *= 10;
		}
		if (gained >= ENOUGH) failed = 0;
		else {
			failed++;
			size = (size + 1) % SIZES.length;
		}
	}
	return {
		values: valuesOf(point),
		leftOpen: Object.fromEntries(
			parameters.map(({ name, spread }, i) => [name, leftOpenOf(normal, i, spread)]),
		) as Record<Name, number>,
		evaluations,
	};
}

interface Where {
	readonly point: readonly number[];
	readonly start: readonly number[];
	readonly parameters: readonly Parameter[];
}

/** Weights of the squares of residuals, by Huber: what lies far off counts by its size. */
function weightsOf(groups: readonly Residuals[]): Float64Array {
	return Float64Array.from(
		groups.flatMap(({ errors, usual }) => {
			const independent = Math.min(1, MOST_INDEPENDENT / Math.max(1, errors.length));
			return errors.map((error) => {
				const size = Math.abs(error) / usual;
				return ((size <= HUBER ? 1 : HUBER / size) * independent) / usual ** 2;
			});
		}),
	);
}

function objective(errors: Float64Array, each: Float64Array, where: Where): number {
	let sum = 0;
	for (let k = 0; k < errors.length; k++) sum += (each[k] as number) * (errors[k] as number) ** 2;
	const { point, start, parameters } = where;
	for (const [i, { spread }] of parameters.entries())
		sum += (((point[i] as number) - (start[i] as number)) / spread) ** 2;
	return sum;
}

function normalOf(
	slopes: readonly Float64Array[],
	each: Float64Array,
	parameters: readonly Parameter[],
) {
	return slopes.map((a, i) =>
		slopes.map((b, k) => {
			let sum = i === k ? 1 / (parameters[i] as Parameter).spread ** 2 : 0;
			for (let n = 0; n < a.length; n++)
				sum += (each[n] as number) * (a[n] as number) * (b[n] as number);
			return sum;
		}),
	);
}

function gradientOf(
	slopes: readonly Float64Array[],
	errors: Float64Array,
	each: Float64Array,
	{ point, start, parameters }: Where,
): number[] {
	return slopes.map((slope, i) => {
		const { spread } = parameters[i] as Parameter;
		let sum = ((point[i] as number) - (start[i] as number)) / spread ** 2;
		for (let n = 0; n < slope.length; n++)
			sum += (each[n] as number) * (slope[n] as number) * (errors[n] as number);
		return sum;
	});
}

/** How wide a value still is beside its spread: 1 where the log says nothing. */
function leftOpenOf(normal: readonly (readonly number[])[], i: number, spread: number): number {
	if (normal.length === 0) return 1;
	const unit = normal.map((_, k) => Number(k === i));
	const variance = solve(normal, unit)[i] as number;
	return Math.min(1, Math.sqrt(Math.max(0, variance)) / spread);
}

/** Gauss's elimination with pivots; the matrix is positive definite. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
	const size = right.length;
	const rows = matrix.map((row, i) => [...row, right[i] as number]);
	for (let c = 0; c < size; c++) {
		let pivot = c;
		for (let r = c + 1; r < size; r++)
			if (Math.abs(rows[r]?.[c] ?? 0) > Math.abs(rows[pivot]?.[c] ?? 0)) pivot = r;
		[rows[c], rows[pivot]] = [rows[pivot] as number[], rows[c] as number[]];
		const head = rows[c] as number[];
		for (let r = 0; r < size; r++) {
			if (r === c) continue;
			const row = rows[r] as number[];
			const factor = (row[c] as number) / (head[c] as number);
			for (let k = c; k <= size; k++) row[k] = (row[k] as number) - factor * (head[k] as number);
		}
	}
	return rows.map((row, i) => (row[size] as number) / (row[i] as number));
}
