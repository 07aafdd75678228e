/** The mean of repeats and how far the true mean may lie from it. */
export interface Estimate {
	readonly count: number;
	/** NaN of none. */
	readonly mean: number;
	/** Half the width of the 95 % confidence interval; NaN of fewer than two. */
	readonly halfWidth: number;
}

/** 97.5th percentiles of Student's t distribution for 1 to 30 degrees of freedom (NIST/SEMATECH, 1.3.6.7.2). */
const STUDENT_T = [
	12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
	2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
	2.045, 2.042,
];

/**
 * Mean and 95 % interval: t * s / sqrt(n), s the sample's standard deviation. Above 30 degrees of freedom t is
 * Cornish and Fisher's expansion z + (z^3 + z) / (4 f) about the normal's 1.959964, right to 0.1 %.
 */
export function estimate(values: readonly number[]): Estimate {
	const count = values.length;
	const mean = values.reduce((sum, value) => sum + value, 0) / count;
	if (count < 2) return { count, mean, halfWidth: Number.NaN };
	const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
	const deviation = Math.sqrt(squares / (count - 1));
	return { count, mean, halfWidth: (studentT(count - 1) * deviation) / Math.sqrt(count) };
}

/** 97.5th percentile of Student’s t; a part of a degree of freedom counts as none. */
export function studentT(freedom: number): number {
	const z = 1.959964;
	return STUDENT_T[Math.max(1, Math.floor(freedom)) - 1] ?? z + (z ** 3 + z) / (4 * freedom);
}
