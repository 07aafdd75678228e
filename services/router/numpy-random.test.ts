import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { numpyRandom, standardGamma, standardNormal } from './numpy-random.ts';

// Expected numbers were printed by numpy 1.24.2 and scipy 1.15.3 after np.random.seed(42).

/** The powers and the logarithm of the C library may differ from V8's in the last bit. */
const TOLERANCE = 1e-13;

function near(drawn: number, expected: number): void {
	assert.ok(Math.abs(drawn / expected - 1) < TOLERANCE, `${drawn} for ${expected}`);
}

test('standardNormal() draws what numpy.random.standard_normal() does', () => {
	const random = numpyRandom(42);
	for (const expected of [
		0.4967141530112327, -0.13826430117118466, 0.6476885381006925, 1.5230298564080254,
		-0.23415337472333597,
	])
		near(standardNormal(random), expected);
});

test('standardGamma() draws what scipy.stats.gamma.rvs() does for shapes above, at and below 1', () => {
	const cases: [shape: number, scale: number, expected: number[]][] = [
		[
			4,
			1.25,
			[
				5.878017372669836, 4.260289876267912, 4.0454058874602925, 4.0454420463487715,
				9.497637645405026, 6.676566579830446,
			],
		],
		[1, 0.5, [0.23463404498842955, 1.5050607154587605, 0.6583728467727247]],
		[
			1 / 1.5 ** 2,
			1 / (2 * (1 / 1.5 ** 2)),
			[
				0.12345929605415289, 0.6439013281135704, 0.017210743135076298, 0.001863258711947444,
				0.36130640544178494, 0.00018055851617147304,
			],
		],
	];
	for (const [shape, scale, numbers] of cases) {
		const random = numpyRandom(42);
		for (const expected of numbers) near(standardGamma(random, shape) * scale, expected);
	}
});

test.run();
