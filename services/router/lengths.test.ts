import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namedPrng } from '../../kernel/actor/random.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { quantileAt } from './length-table.ts';
import { fixedLengths, rowLengths, tableLengths, uniformLengths, zipfLengths } from './lengths.ts';
import { loadLengthTable } from './load.ts';
import { clipLengths } from './request-lengths.ts';

test('clipLengths() never exceeds maxTokens and keeps a token of each', () => {
	const tokens = fc.integer({ min: 1, max: 20_000 });
	void fc.assert(
		fc.property(
			tokens,
			tokens,
			fc.integer({ min: 2, max: 16_384 }),
			(prompt, output, maxTokens) => {
				const clipped = clipLengths({ prefillTokens: prompt, decodeTokens: output }, maxTokens);
				const total = clipped.prefillTokens + clipped.decodeTokens;
				assert.ok(clipped.prefillTokens >= 1 && clipped.decodeTokens >= 1);
				assert.is(total, Math.min(prompt + output, maxTokens));
			},
		),
	);
});

test('clipLengths() takes tokens from the prompt first', () => {
	assert.equal(clipLengths({ prefillTokens: 4000, decodeTokens: 500 }, 4096), {
		prefillTokens: 3596,
		decodeTokens: 500,
	});
});

test('uniformLengths() splits 1050 tokens at ratio 20 into 1000 and 50, as Vidur does', () => {
	const sample = uniformLengths({
		type: 'uniform',
		minTokens: 1050,
		maxTokens: 1050,
		prefillToDecodeRatio: 20,
	});
	assert.equal(sample(namedPrng('a')), { prefillTokens: 1000, decodeTokens: 50 });
});

test('uniformLengths() covers minTokens..maxTokens evenly', () => {
	const sample = uniformLengths({
		type: 'uniform',
		minTokens: 10,
		maxTokens: 19,
		prefillToDecodeRatio: 1,
	});
	const prng = namedPrng('b');
	const counts = new Array<number>(10).fill(0);
	for (let i = 0; i < 10_000; i++) {
		const drawn = sample(prng);
		const index = drawn.prefillTokens + drawn.decodeTokens - 10;
		counts[index] = (counts[index] ?? Number.NaN) + 1;
	}
	const chiSquared = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
	assert.ok(chiSquared < 27.9, `chi squared ${chiSquared} over 9 degrees of freedom (p = 0.001)`);
});

test('zipfLengths() draws totals with chances in proportion to k^-theta', () => {
	const theta = 1.2;
	const sample = zipfLengths({
		type: 'zipf',
		minTokens: 10,
		maxTokens: 17,
		theta,
		prefillToDecodeRatio: 1,
	});
	const prng = namedPrng('z');
	const counts = new Array<number>(8).fill(0);
	const draws = 20_000;
	for (let i = 0; i < draws; i++) {
		const drawn = sample(prng);
		const index = drawn.prefillTokens + drawn.decodeTokens - 10;
		counts[index] = (counts[index] ?? Number.NaN) + 1;
	}
	const weights = counts.map((_, i) => (i + 1) ** -theta);
	const sum = weights.reduce((total, weight) => total + weight, 0);
	const chiSquared = counts.reduce((total, count, i) => {
		const expected = (draws * (weights[i] ?? 0)) / sum;
		return total + (count - expected) ** 2 / expected;
	}, 0);
	assert.ok(chiSquared < 24.3, `chi squared ${chiSquared} over 7 degrees of freedom (p = 0.001)`);
});

test('rowLengths() keeps prompt and output of a row together', () => {
	const sample = rowLengths({
		prefillTokens: Int32Array.of(1, 2, 3),
		decodeTokens: Int32Array.of(10, 20, 30),
		askedPrefill: Int32Array.of(1, 2, 3),
		askedDecode: Int32Array.of(10, 20, 30),
	});
	const prng = namedPrng('r');
	const counts = [0, 0, 0];
	for (let i = 0; i < 3000; i++) {
		const { prefillTokens, decodeTokens } = sample(prng);
		assert.is(decodeTokens, prefillTokens * 10);
		counts[prefillTokens - 1] = (counts[prefillTokens - 1] ?? Number.NaN) + 1;
	}
	assert.ok(counts.every((count) => Math.abs(count - 1000) < 110));
});

test('tableLengths() generates the prompt quantiles of its table', () => {
	const table = loadLengthTable('azure-conversation');
	const sample = tableLengths(table);
	const prng = namedPrng('c');
	const prompts = Array.from({ length: 50_000 }, () => sample(prng).prefillTokens).sort(
		(a, b) => a - b,
	);
	for (const level of [0.05, 0.25, 0.5, 0.75, 0.95]) {
		const [low, high] = [level - 0.01, level + 0.01].map((l) => quantileAt(table.prompt, l));
		const value = quantileAt(prompts, level);
		assert.ok(value >= (low ?? 0) - 1 && value <= (high ?? 0) + 1, `${value} at ${level}`);
	}
});

test('fixedLengths() draws nothing', () => {
	const prng = namedPrng('d');
	const before = prng.state();
	const sample = fixedLengths({ type: 'fixed', prefillTokens: 12, decodeTokens: 3 });
	assert.equal(sample(prng), { prefillTokens: 12, decodeTokens: 3 });
	assert.equal(prng.state(), before);
});

test.run();
