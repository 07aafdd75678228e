import { foldsOf, percentageError } from './folds.ts';
import type { Point, Regressor } from './forest.ts';
import { leastSquares, triangular } from './least-squares.ts';

/** What Vidur's linear regression searches. */
const DEGREES = [1, 2, 3, 4, 5];

/** Terms of a polynomial, by their number among all terms; term 0 is the constant. */
interface Terms {
	readonly terms: readonly number[];
	/** Whether a constant is fitted by centring the terms, so that it does not count in how long the weights are. */
	readonly centred: boolean;
}

/**
 * Least squares on polynomials of the features, as Vidur's linear regression: the terms with the least mean
 * absolute percentage error over ten folds of neighbouring rows. Like Vidur's it does not scale the features, so
 * that of high powers only the largest count, and it can fall below zero.
 */
export function trainPolynomial(points: readonly Point[]): Regressor {
	const powers = exponents(points[0]?.x.length ?? 1, DEGREES.at(-1) as number);
	const rows = points.map(({ x, y }) => [...powers.map((power) => product(x, power)), y]);
	const folds = [...foldsOf(rows)];
	// A fold's least squares need no more of its rows than the triangle of their factorisation.
	const blocks = folds.map(({ left }) => triangular(columnsOf(left)));
	let best: Terms | null = null;
	let least = Number.POSITIVE_INFINITY;
	for (const candidate of candidates(powers)) {
		let error = 0;
		folds.forEach(({ left }, fold) => {
			const weights = fitTerms(
				blocks.filter((_, i) => i !== fold),
				candidate,
			);
			for (const row of left) error += percentageError(sumOf(row, weights), row.at(-1) as number);
		});
		if (error >= least) continue;
		least = error;
		best = candidate;
	}
	const weights = fitTerms([triangular(columnsOf(rows))], best as Terms);
	return (x) =>
		sumOf(
			powers.map((power) => product(x, power)),
			weights,
		);
}

function product(x: readonly number[], power: readonly number[]): number {
	let value = 1;
	for (let f = 0; f < power.length; f++) value *= (x[f] as number) ** (power[f] as number);
	return value;
}

function columnsOf(rows: readonly (readonly number[])[]): Float64Array[] {
	const width = rows[0]?.length ?? 0;
	return Array.from({ length: width }, (_, c) =>
		Float64Array.from(rows, (row) => row[c] as number),
	);
}

/** The terms of a row times their weights. */
function sumOf(row: readonly number[], weights: readonly number[]): number {
	let sum = 0;
	for (let t = 0; t < weights.length; t++) sum += (row[t] as number) * (weights[t] as number);
	return sum;
}

/** Degrees with and without a constant, of all products or of different features only; each once. */
function candidates(powers: readonly (readonly number[])[]): Terms[] {
	const found = new Map<string, Terms>();
	for (const degree of DEGREES)
		for (const isInteraction of [true, false])
			for (const constant of ['centred', 'term', 'none']) {
				const terms = powers.flatMap((power, t) => {
					const total = power.reduce((sum, p) => sum + p, 0);
					if (total > degree || (isInteraction && power.some((p) => p > 1))) return [];
					return t > 0 || constant === 'term' ? [t] : [];
				});
				found.set(`${constant} ${terms}`, { terms, centred: constant === 'centred' });
			}
	return [...found.values()];
}

/** Weights of all terms; those that are not fitted are 0. */
function fitTerms(blocks: readonly Float64Array[][], { terms, centred }: Terms): number[] {
	const stacked = (column: number) =>
		Float64Array.from(blocks.flatMap((block) => [...(block[column] as Float64Array)]));
	const size = blocks[0]?.length ?? 0;
	const columns = [...(centred ? [0] : []), ...terms, size - 1].map(stacked);
	// What is left of the rows at right angles to the constant is what centring leaves of them.
	const reduced = triangular(columns);
	const from = centred ? 1 : 0;
	const fitted = reduced.slice(from).map((column) => column.slice(from));
	const target = fitted.pop() as Float64Array;
	const weights = new Array<number>(size - 1).fill(0);
	leastSquares(fitted, target).forEach((weight, i) => {
		weights[terms[i] as number] = weight;
	});
	if (!centred) return weights;
	const first = (c: number) => reduced[c]?.[0] as number;
	const rest = terms.reduce(
		(left, t, i) => left - first(i + 1) * (weights[t] as number),
		first(reduced.length - 1),
	);
	weights[0] = rest / first(0);
	return weights;
}

/** All products of powers up to a degree, the constant first. */
function exponents(features: number, degree: number): number[][] {
	if (features === 1) return Array.from({ length: degree + 1 }, (_, i) => [i]);
	return Array.from({ length: degree + 1 }, (_, i) =>
		exponents(features - 1, degree - i).map((rest) => [i, ...rest]),
	).flat();
}
