/**
 * Distribution function of the standard normal distribution, absolute error below 7.5e-8.
 * Abramowitz and Stegun, Handbook of Mathematical Functions, formula 26.2.17.
 */
export function normalCdf(x: number): number {
	const t = 1 / (1 + 0.2316419 * Math.abs(x));
	const polynomial =
		t *
		(0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
	const tail = normalDensity(x) * polynomial;
	return x > 0 ? 1 - tail : tail;
}

/** Density of the standard normal distribution. */
export function normalDensity(x: number): number {
	return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}
