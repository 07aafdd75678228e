import type { Point, Regressor } from './forest.ts';

/** Degrees that Vidur's linear regression searches. */
const DEGREES = [1, 2, 3, 4, 5];
const FOLDS = 10;

/**
 * Least squares on polynomials of the features, as Vidur's linear regression: the degree with the least mean
 * absolute percentage error over ten folds of neighbouring rows. Like Vidur's it can fall below zero.
 */
export function trainPolynomial(points: readonly Point[]): Regressor {
	const folds = Math.min(FOLDS, points.length);
	let best = DEGREES[0] as number;
	let least = Number.POSITIVE_INFINITY;
	for (const degree of DEGREES) {
		const error = crossValidated(points, degree, folds);
		if (error < least) {
			least = error;
			best = degree;
		}
	}
	return fitDegree(points, best);
}

function crossValidated(points: readonly Point[], degree: number, folds: number): number {
	let error = 0;
	for (let fold = 0; fold < folds; fold++) {
		const from = Math.floor((fold * points.length) / folds);
		const to = Math.floor(((fold + 1) * points.length) / folds);
		const fit = fitDegree([...points.slice(0, from), ...points.slice(to)], degree);
		for (const { x, y } of points.slice(from, to))
			error += y === 0 ? Number(fit(x) !== 0) : Math.abs(fit(x) / y - 1);
	}
	return error;
}

/** Least squares of one degree by QR-free normal equations on features scaled to [0, 1]. */
function fitDegree(points: readonly Point[], degree: number): Regressor {
	const features = points[0]?.x.length ?? 1;
	const scales = Array.from({ length: features }, (_, f) =>
		Math.max(1e-12, ...points.map(({ x }) => Math.abs(x[f] as number))),
	);
	const powers = exponents(features, degree);
	const terms = (x: readonly number[]) =>
		powers.map((power) =>
			power.reduce((product, p, f) => product * ((x[f] as number) / (scales[f] as number)) ** p, 1),
		);
	const size = powers.length;
	const rows = Array.from({ length: size }, () => new Float64Array(size + 1));
	for (const { x, y } of points) {
		const term = terms(x);
		for (let i = 0; i < size; i++) {
			const row = rows[i] as Float64Array;
			for (let j = 0; j < size; j++)
				row[j] = (row[j] as number) + (term[i] as number) * (term[j] as number);
			row[size] = (row[size] as number) + (term[i] as number) * y;
		}
	}
	const weights = solve(rows);
	return (x) => terms(x).reduce((sum, term, i) => sum + term * (weights[i] as number), 0);
}

/** All products of powers up to a degree. */
function exponents(features: number, degree: number): number[][] {
	if (features === 1) return Array.from({ length: degree + 1 }, (_, i) => [i]);
	return Array.from({ length: degree + 1 }, (_, i) =>
		exponents(features - 1, degree - i).map((rest) => [i, ...rest]),
	).flat();
}

/** Gaussian elimination with partial pivoting; columns without weight are left out. */
function solve(rows: Float64Array[]): number[] {
	const size = rows.length;
	for (let column = 0; column < size; column++) {
		let pivot = column;
		for (let i = column + 1; i < size; i++)
			if (Math.abs(rows[i]?.[column] as number) > Math.abs(rows[pivot]?.[column] as number))
				pivot = i;
		const top = rows[pivot] as Float64Array;
		rows[pivot] = rows[column] as Float64Array;
		rows[column] = top;
		if (Math.abs(top[column] as number) < 1e-13) continue;
		for (let i = 0; i < size; i++) {
			if (i === column) continue;
			const row = rows[i] as Float64Array;
			const factor = (row[column] as number) / (top[column] as number);
			if (factor === 0) continue;
			for (let j = column; j <= size; j++)
				row[j] = (row[j] as number) - factor * (top[j] as number);
		}
	}
	return rows.map((row, i) =>
		Math.abs(row[i] as number) < 1e-13 ? 0 : (row[size] as number) / (row[i] as number),
	);
}
