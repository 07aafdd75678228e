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

/**
 * Weibull gaps of mean 1: below shape 1 they cluster, and have longer tails than gamma gaps of equal variation.
 *
 * @param shape k of 1 - exp(-(x/lambda)^k)
 */
export function weibullGaps(shape: number): GapSampler {
	const scale = 1 / Math.exp(logGamma(1 + 1 / shape));
	return (prng) => scale * prng.exponential() ** (1 / shape);
}

/** The shape of Weibull gaps with a coefficient of variation, which falls with it. */
export function weibullShape(cv: number): number {
	let [low, high] = [0.05, 200];
	for (let i = 0; i < 80; i++) {
		const middle = Math.sqrt(low * high);
		const logRatio = logGamma(1 + 2 / middle) - 2 * logGamma(1 + 1 / middle);
		if (Math.expm1(logRatio) > cv * cv) low = middle;
		else high = middle;
	}
	return low;
}

/** The logarithm of the gamma function of a number above 0, by Stirling's series above 12 and the recurrence below. */
function logGamma(x: number): number {
	let [at, factor] = [x, 1];
	while (at < 12) factor *= at++;
	const series = 1 / (12 * at) - 1 / (360 * at ** 3) + 1 / (1260 * at ** 5) - 1 / (1680 * at ** 7);
	return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - Math.log(factor);
}
