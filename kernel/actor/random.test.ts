import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { namedPrng } from './random.ts';

const test = suite('random');

const draw = (count: number, next: () => number) => Array.from({ length: count }, next);

test('namedPrng() gives the same stream for the same path, another for any other', () => {
	const stream = (path: string) => draw(5, namedPrng(path).uniform).join();
	assert.is(stream('1/solar/clouds'), stream('1/solar/clouds'));
	const paths = [
		'1/solar/clouds',
		'2/solar/clouds',
		'1/solar/cloudt',
		'1/solar',
		'',
		'1/router/clouds',
	];
	assert.is(new Set(paths.map(stream)).size, paths.length);
});

test('namedPrng() streams of neighbouring names are not correlated', () => {
	const count = 20_000;
	const [a, b] = ['1/replica-1/x', '1/replica-2/x'].map((path) =>
		draw(count, namedPrng(path).uniform),
	);
	const products = (a as number[]).map(
		(value, i) => (value - 0.5) * (((b as number[])[i] as number) - 0.5),
	);
	const correlation = (12 * products.reduce((sum, value) => sum + value, 0)) / count;
	// Independent streams: standard deviation 1 / sqrt(count) = 0.007; five of them.
	assert.ok(Math.abs(correlation) < 0.036, String(correlation));
});

for (const [name, mean, variance] of [
	['uniform', 0.5, 1 / 12],
	['normal', 0, 1],
	['exponential', 1, 1],
] as const) {
	test(`${name}() has its mean and variance`, () => {
		const count = 100_000;
		const values = draw(count, namedPrng(`test/${name}`)[name]);
		const average = values.reduce((sum, value) => sum + value, 0) / count;
		const spread = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / count;
		// Five standard errors of the mean; the variance of these within 3 %.
		assert.ok(
			Math.abs(average - mean) < (5 * Math.sqrt(variance)) / Math.sqrt(count),
			String(average),
		);
		assert.ok(Math.abs(spread / variance - 1) < 0.03, String(spread));
	});
}

test('state() goes on from where it was, also between the two normals of a pair', () => {
	const prng = namedPrng('x');
	draw(3, prng.normal);
	const copy = namedPrng('ignored', prng.state());
	assert.equal(draw(5, prng.normal), draw(5, copy.normal));
});

test.run();
