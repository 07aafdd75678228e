/** Of a golden ratio: multiples of it fill the unit interval evenly, in an order that looks like chance. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** For a second list whose lengths go with those of the first by chance alone. */
export const SILVER = Math.SQRT2 - 1;
/** No answer is longer than so many means. */
const LONGEST = 6;

/**
 * So many lengths of a lognormal distribution, evenly over its quantiles, so that a few have its mean and spread already.
 *
 * @param of `spread`: standard deviation over the mean; `by`: what tells one order from another, irrational
 */
export function spreadLengths(
	count: number,
	{
		mean,
		spread,
		by = GOLDEN,
	}: { readonly mean: number; readonly spread: number; readonly by?: number },
): number[] {
	const sigma = Math.sqrt(Math.log(1 + spread * spread));
	const drawn = Array.from({ length: count }, (_, i) => {
		const value = mean * Math.exp(sigma * normalQuantile((0.5 + (i + 1) * by) % 1));
		return Math.min(value, LONGEST * mean);
	});
	const factor = (mean * count) / drawn.reduce((sum, one) => sum + one, 0);
	return drawn.map((one) => Math.max(1, Math.round(one * factor)));
}

/** Of the same order: lengths evenly between two. */
export function evenLengths(count: number, from: number, until: number): number[] {
	return Array.from({ length: count }, (_, i) =>
		Math.round(from + (until - from) * ((0.5 + (i + 1) * GOLDEN) % 1)),
	);
}

/** Of the standard normal distribution, by bisection of its distribution function; exact to 1e-6. */
function normalQuantile(p: number): number {
	let [low, high] = [-8, 8];
	while (high - low > 1e-7) {
		const middle = (low + high) / 2;
		if (normalPart(middle) < p) low = middle;
		else high = middle;
	}
	return (low + high) / 2;
}

/** The distribution function (Abramowitz and Stegun 26.2.17). */
function normalPart(x: number): number {
	const t = 1 / (1 + 0.2316419 * Math.abs(x));
	const poly =
		t *
		(0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
	const tail = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * poly;
	return x >= 0 ? 1 - tail : tail;
}

/** A table of lengths as scenarios read them. */
export function lengthsFile(prompts: readonly number[], answers: readonly number[]): string {
	const rows = answers.map((answer, i) => `${prompts[i % prompts.length]},${answer}`);
	return ['num_prefill_tokens,num_decode_tokens', ...rows, ''].join('\n');
}
