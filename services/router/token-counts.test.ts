import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namedPrng } from '../../kernel/actor/random.ts';
import { weibullGaps, weibullShape } from './intervals.ts';
import { countRange, tokenSampler } from './token-counts.ts';

const DRAWS = 40_000;

test('distributions keep their means and medians, within their range', () => {
	const cases = [
		[{ type: 'exponential', mean: 300, max: null }, { mean: 300 }],
		[{ type: 'lognormal', median: 500, sigma: 0.8, max: null }, { mean: 500 * Math.exp(0.32) }],
		[{ type: 'pareto', least: 100, alpha: 3, max: null }, { mean: 150 }],
		[{ type: 'table', tokens: [10, 20, 70], weights: [1, 0, 3] }, { mean: 55 }],
		[{ type: 'fixed', tokens: 9 }, { mean: 9 }],
		[{ type: 'exponential', mean: 4000, max: 100 }, { mean: 4000 * (1 - Math.exp(-1 / 40)) }],
	] as const;
	for (const [counts, { mean }] of cases) {
		const own = structuredClone(counts) as Parameters<typeof tokenSampler>[0];
		const sample = tokenSampler(own);
		const prng = namedPrng(`7/router/${JSON.stringify(counts)}`);
		const { least, most } = countRange(own);
		let sum = 0;
		for (let i = 0; i < DRAWS; i++) {
			const tokens = sample(prng);
			assert.ok(Number.isInteger(tokens) && tokens >= least && tokens <= most);
			sum += tokens;
		}
		assert.ok(Math.abs(sum / DRAWS - mean) < 0.02 * mean, `${counts.type}: ${sum / DRAWS}`);
	}
});

test('Weibull gaps have mean 1 and the variation asked for', () => {
	assert.ok(Math.abs(weibullShape(1) - 1) < 1e-9);
	for (const cv of [0.3, 1, 2]) {
		const sample = weibullGaps(weibullShape(cv));
		const prng = namedPrng(`7/router/weibull-${cv}`);
		let [sum, squares] = [0, 0];
		for (let i = 0; i < 10 * DRAWS; i++) {
			const gap = sample(prng);
			sum += gap;
			squares += gap * gap;
		}
		const mean = sum / (10 * DRAWS);
		assert.ok(Math.abs(mean - 1) < 0.01, `mean ${mean}`);
		const found = Math.sqrt(squares / (10 * DRAWS) - mean * mean);
		assert.ok(Math.abs(found - cv) < 0.05 * cv, `${found} for ${cv}`);
	}
});

test.run();
