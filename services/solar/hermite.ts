import { normalCdf, normalDensity } from './normal.ts';

const TERMS = 16;
const RANGE = 6;
const STEPS = 2400;

/**
 * How much of the variance of f(Phi(z)), z standard normal, lies in each Hermite polynomial of z, order 1
 * first. If z and z' are normal with correlation r, then the covariance of f(Phi(z)) and f(Phi(z')) is the sum
 * of these times r, r^2, r^3, ... (Mehler's formula).
 */
export function hermiteVariances(f: (probability: number) => number): number[] {
	const sums = new Array<number>(TERMS + 1).fill(0);
	const dz = (2 * RANGE) / STEPS;
	for (let k = 0; k <= STEPS; k++) {
		const z = -RANGE + k * dz;
		const value = f(normalCdf(z)) * normalDensity(z) * dz;
		// Normalised Hermite polynomials: sqrt(n) h_n = z h_(n-1) - sqrt(n-1) h_(n-2).
		let [before, current] = [0, 1];
		for (let n = 0; n <= TERMS; n++) {
			sums[n] = (sums[n] as number) + value * current;
			const next = (z * current - Math.sqrt(n) * before) / Math.sqrt(n + 1);
			[before, current] = [current, next];
		}
	}
	return sums.slice(1).map((sum) => sum * sum);
}

/** The covariance that goes with a correlation of the normal variables. */
export function mehlerCovariance(variances: readonly number[], correlation: number): number {
	let covariance = 0;
	for (let n = variances.length - 1; n >= 0; n--)
		covariance = correlation * (covariance + (variances[n] as number));
	return covariance;
}
