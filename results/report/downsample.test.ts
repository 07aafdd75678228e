import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { downsample } from './downsample.ts';

test('downsample() keeps short curves as they are', () => {
	const curves = { x: Float64Array.of(1, 2, 3), ys: [Float64Array.of(4, 5, 6)] };
	assert.equal(downsample(curves, 3), { ...curves, perBucket: 1 });
});

test('downsample() keeps every bucket its least and greatest value in their order', () => {
	const x = Float64Array.from({ length: 8 }, (_, i) => i);
	const thin = downsample({ x, ys: [Float64Array.of(1, 9, 3, 2, 7, 5, 5, 6)] }, 4);
	assert.equal([...thin.x], [0, 2, 4, 6]);
	assert.equal([...(thin.ys[0] ?? [])], [1, 9, 7, 5]);
	assert.is(thin.perBucket, 4);
});

test('downsample() never loses the extremes, exceeds the limit or goes back in x', () => {
	const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
		minLength: 11,
		maxLength: 300,
	});
	void fc.assert(
		fc.property(values, (list) => {
			const x = Float64Array.from(list, (_, i) => i);
			const thin = downsample({ x, ys: [Float64Array.from(list)] }, 10);
			const y = thin.ys[0] ?? new Float64Array();
			assert.ok(thin.x.length <= 10);
			assert.is(Math.max(...y), Math.max(...list));
			assert.is(Math.min(...y), Math.min(...list));
			assert.ok(thin.x.every((value, i) => i === 0 || value >= (thin.x[i - 1] ?? 0)));
		}),
	);
});

test('downsample() leaves a bucket without a value empty', () => {
	const y = Float64Array.of(Number.NaN, Number.NaN, 1, Number.NaN);
	const thin = downsample({ x: Float64Array.of(0, 1, 2, 3), ys: [y] }, 2 * 2 - 1);
	assert.equal([...(thin.ys[0] ?? [])], [1, 1]);
	const wide = downsample(
		{ x: Float64Array.of(0, 1, 2, 3, 4), ys: [Float64Array.of(NaN, NaN, NaN, 2, 1)] },
		4,
	);
	assert.ok(Number.isNaN(wide.ys[0]?.[0]) && Number.isNaN(wide.ys[0]?.[1]));
});

test.run();
