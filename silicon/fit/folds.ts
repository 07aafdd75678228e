/** Vidur compares the settings of its regressors by so many folds of neighbouring rows, */
const FOLDS = 10;
/** or, of fewer rows than that, by so many. */
const FEW_FOLDS = 2;

/** Points in folds of neighbours: each fold `left` once, the others `kept` (scikit-learn's KFold, not shuffled). */
export function* foldsOf<T>(points: readonly T[]): Generator<{ kept: T[]; left: readonly T[] }> {
	const folds = points.length < FOLDS ? FEW_FOLDS : FOLDS;
	let from = 0;
	for (let fold = 0; fold < folds; fold++) {
		const size = Math.floor(points.length / folds) + (fold < points.length % folds ? 1 : 0);
		const to = from + size;
		if (size > 0 && size < points.length)
			yield { kept: [...points.slice(0, from), ...points.slice(to)], left: points.slice(from, to) };
		from = to;
	}
}

/** Absolute error as a part of what is right; of 0 everything but 0 is wrong as a whole. */
export function percentageError(found: number, right: number): number {
	return right === 0 ? Number(found !== 0) : Math.abs(found / right - 1);
}
