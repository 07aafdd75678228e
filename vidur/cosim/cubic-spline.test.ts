import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { cubicSpline } from './cubic-spline.ts';

test('cubicSpline() gives back any cubic, since it has no knots at the ends', () => {
	const coefficient = fc.integer({ min: -5, max: 5 });
	const gaps = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 3, maxLength: 9 });
	fc.assert(
		fc.property(coefficient, coefficient, coefficient, gaps, (a, b, c, widths) => {
			const f = (x: number) => a * x ** 3 + b * x ** 2 + c * x + 1;
			const xs = Float64Array.from([0, ...widths.map((_, i) => sum(widths.slice(0, i + 1)))]);
			const spline = cubicSpline(xs, xs.map(f));
			for (let x = 0; x <= sum(widths); x += 0.25) {
				const off = Math.abs(spline(x) - f(x));
				assert.ok(off <= 1e-9 * (1 + Math.abs(f(sum(widths))) + 500), `${x}: ${spline(x)}`);
			}
		}),
	);
});

test('cubicSpline() overshoots a dip, as in the published case', () => {
	// 415, 41.7, 41.7, 408 g/kWh every five minutes: the cubic spline of Vidur-Energy goes below 0 between them.
	const ys = Float64Array.of(
		408.233133,
		415.03701855,
		41.73049804,
		41.73049804,
		407.77954063,
		389.6,
	);
	assert.ok(cubicSpline(Float64Array.of(0, 300, 600, 900, 1200, 1500), ys)(750) < 0);
});

test('cubicSpline() is straight between fewer than four points, and level beyond the ends', () => {
	const spline = cubicSpline(Float64Array.of(0, 2, 4), Float64Array.of(1, 3, 9));
	assert.equal([-1, 0, 1, 3, 4, 5].map(spline), [1, 1, 2, 6, 9, 9]);
});

function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0);
}

test.run();
