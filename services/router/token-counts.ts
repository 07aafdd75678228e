import type { Prng } from '../../kernel/actor/random.ts';
import type { Part, TokenCounts } from '../../protocol/scenario/token-counts.ts';

/** Draws a number of tokens, at least 1. */
type TokenSampler = (prng: Prng) => number;

/** Draws as a distribution says, rounded to whole tokens. */
export function tokenSampler(counts: TokenCounts): TokenSampler {
	if (counts.type !== 'mixture') return partSampler(counts);
	const choose = weighted(counts.parts.map(({ share }) => share));
	const samplers = counts.parts.map(({ of }) => partSampler(of));
	return (prng) => (samplers[choose(prng)] as TokenSampler)(prng);
}

/** The fewest and the most tokens that a distribution gives; Infinity: no limit. */
export function countRange(counts: TokenCounts): { least: number; most: number } {
	switch (counts.type) {
		case 'mixture': {
			const ranges = counts.parts.map(({ of }) => countRange(of));
			return {
				least: Math.min(...ranges.map(({ least }) => least)),
				most: Math.max(...ranges.map(({ most }) => most)),
			};
		}
		case 'fixed':
			return { least: counts.tokens, most: counts.tokens };
		case 'table': {
			const drawn = counts.tokens.filter((_, i) => (counts.weights[i] as number) > 0);
			return { least: Math.min(...drawn), most: Math.max(...drawn) };
		}
		case 'pareto': {
			const most = counts.max ?? Number.POSITIVE_INFINITY;
			return { least: Math.min(most, Math.max(1, Math.round(counts.least))), most };
		}
		default:
			return { least: 1, most: counts.max ?? Number.POSITIVE_INFINITY };
	}
}

/** The number of one of several, by how often each comes. */
export function weighted(weights: ArrayLike<number>): (prng: Prng) => number {
	const upTo = new Float64Array(weights.length);
	let sum = 0;
	for (let i = 0; i < weights.length; i++) {
		sum += weights[i] as number;
		upTo[i] = sum;
	}
	return (prng) => {
		const level = prng.uniform() * sum;
		let [low, high] = [0, upTo.length - 1];
		while (low < high) {
			const middle = (low + high) >>> 1;
			if ((upTo[middle] as number) > level) high = middle;
			else low = middle + 1;
		}
		return low;
	};
}

function partSampler(part: Part): TokenSampler {
	switch (part.type) {
		case 'fixed':
			return () => part.tokens;
		case 'exponential':
			return within(part.max, (prng) => part.mean * prng.exponential());
		case 'lognormal':
			return within(part.max, (prng) => part.median * Math.exp(part.sigma * prng.normal()));
		case 'pareto':
			return within(part.max, (prng) => part.least * Math.exp(prng.exponential() / part.alpha));
		case 'table': {
			const choose = weighted(part.weights);
			return (prng) => part.tokens[choose(prng)] as number;
		}
	}
}

/** No tail may be longer than a number of tokens can be. */
const MOST = 2 ** 30;

function within(max: number | null, sample: TokenSampler): TokenSampler {
	const most = max ?? MOST;
	return (prng) => Math.max(1, Math.min(most, Math.round(sample(prng))));
}
