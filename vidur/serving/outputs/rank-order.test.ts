import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../../tests/properties.test-support.ts';
import { rankOrder } from './rank-order.ts';

test('rankOrder() puts any numbers in order, the first of equals first', () => {
	const number = fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -3, max: 3 }));
	fc.assert(
		fc.property(fc.array(number, { maxLength: 40 }), (list) => {
			// -0 is before 0 here, which String() does not tell apart anyway.
			const values = Float64Array.from(list, (value) => (value === 0 ? 0 : value));
			const want = Array.from(values, (_, i) => i).sort(
				(a, b) => (values[a] as number) - (values[b] as number) || a - b,
			);
			assert.equal([...rankOrder(values)], want);
		}),
		{ numRuns: 300 },
	);
});

test.run();
