import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../../tests/properties.test-support.ts';
import { addToRainflow, type Cycle, endRainflow } from './rainflow.ts';

function count(values: readonly number[]): Cycle[] {
	const cycles: Cycle[] = [];
	const visit = (cycle: Cycle) => void cycles.push(cycle);
	const open: number[] = [];
	for (const value of values) addToRainflow(open, value, visit);
	endRainflow(open, visit);
	return cycles;
}

test("endRainflow() counts the standard's worked example (ASTM E1049-85, figure 6)", () => {
	// Ranges 3, 4, 6, 8, 8, 9 as half cycles A-B, B-C, D-G, C-D, G-H, H-I, and E-F (4) as a whole one.
	const cycles = count([-2, 1, -3, 5, -1, 3, -4, 4, -2]);
	const found = cycles.map((cycle) => `${cycle.range} x ${cycle.count}`);
	assert.equal(found, ['3 x 0.5', '4 x 0.5', '4 x 1', '8 x 0.5', '9 x 0.5', '8 x 0.5', '6 x 0.5']);
	assert.equal(
		cycles.map(({ mean }) => mean),
		[-0.5, -1, 1, 1, 0.5, 0, 1],
	);
});

test('addToRainflow() counts the small cycle inside a large one, and skips values that are no reversals', () => {
	const path = [0, 0.2, 0.9, 0.9, 0.7, 0.5, 0.6, 0.4, 0.1, 0];
	assert.equal(
		count(path).map(({ range, count: n }) => [Math.round(range * 1e9) / 1e9, n]),
		[
			[0.1, 1],
			[0.9, 0.5],
			[0.9, 0.5],
		],
	);
	assert.equal(count([]), []);
	assert.equal(count([0.5, 0.5]), []);
});

test('addToRainflow() loses no way: the ranges, each gone twice, are the way of the path', () => {
	const path = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 60 });
	void fc.assert(
		fc.property(path, (values) => {
			const way = values.reduce(
				(sum, value, i) => sum + Math.abs(value - (values[i - 1] ?? value)),
				0,
			);
			const counted = count(values).reduce((sum, cycle) => sum + 2 * cycle.count * cycle.range, 0);
			assert.ok(Math.abs(way - counted) <= 1e-9, `${counted} of ${way}`);
		}),
	);
});

test.run();
