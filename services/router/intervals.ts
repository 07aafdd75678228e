import type { Prng } from '../../kernel/actor/random.ts';

/** Draws a gap between two arrivals, as a multiple of the mean gap. */
export type GapSampler = (prng: Prng) => number;

/** Exponential gaps: Poisson arrivals. (Vidur cuts them at three means, which makes its rate 5 % too high.) */
export const exponentialGaps: GapSampler = (prng) => prng.exponential();

/** Equal gaps. (Vidur's `static` has no rate: everything arrives at time 0.) */
export const equalGaps: GapSampler = () => 1;

/**
 * Gamma gaps of mean 1 and coefficient of variation `cv`: shape 1/cv^2, by Marsaglia and Tsang, "A simple
 * method for generating gamma variables", ACM TOMS 26(3), 2000; below shape 1 by their section 6.
 */
export function gammaGaps(cv: number): GapSampler {
	const shape = 1 / (cv * cv);
	const isLow = shape < 1;
	const d = (isLow ? shape + 1 : shape) - 1 / 3;
	const c = 1 / Math.sqrt(9 * d);
	return (prng) => {
		const boost = isLow ? prng.uniform() ** (1 / shape) : 1;
		for (;;) {
			const x = prng.normal();
			const root = 1 + c * x;
			if (root <= 0) continue;
			const v = root * root * root;
			if (Math.log(1 - prng.uniform()) < 0.5 * x * x + d * (1 - v + Math.log(v)))
				return (boost * d * v) / shape;
		}
	};
}
