import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { rounded } from './figure-values.ts';
import { codeOf, numberOf, packColumns, unpackColumns } from './packed-columns.ts';

const numbers = fc.double({ min: -1e300, max: 1e300, noNaN: true });

test('a code gives the number of five significant digits, whatever its size', () => {
	const edges = [0, 1, 9.99995, 99_999.4, 99_999.6, 1e-5, 123_456_789, 1e22, 1e23, 5e-324, 1e308];
	for (const value of edges.flatMap((edge) => [edge, -edge]))
		assert.is(numberOf(codeOf(value)), rounded(value) + 0, String(value));
	void fc.assert(
		fc.property(numbers, (value) => {
			const [got, wanted] = [numberOf(codeOf(value)), rounded(value)];
			// Halves may be rounded either way.
			assert.ok(Math.abs(got - wanted) <= 1.0001e-4 * Math.abs(wanted), `${got}, not ${wanted}`);
			// What has five digits stays as it is.
			assert.is(numberOf(codeOf(wanted)), wanted + 0);
		}),
	);
});

test('codes are in the order of their numbers', () => {
	void fc.assert(
		fc.property(numbers, numbers, (a, b) => {
			const [low, high] = [rounded(Math.min(a, b)), rounded(Math.max(a, b))];
			assert.is(Math.sign(codeOf(high) - codeOf(low)), Math.sign(high - low) + 0);
		}),
	);
});

test('columns come back as they went, with what they have not', () => {
	const cell = fc.oneof(numbers, fc.constant(Number.NaN), fc.constantFrom(0, 1, -1, 250));
	const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 1e9 }), cell, cell), { maxLength: 60 });
	void fc.assert(
		fc.property(rows, (list) => {
			const x = Float64Array.from(list, ([ms]) => 1_780_000_000 + ms / 1000);
			const columns = [1, 2].map((c) => Float64Array.from(list, (row) => row[c] as number));
			const [times, ...values] = unpackColumns(packColumns(x, columns), 2);
			assert.equal(times, [...x]);
			for (const [c, column] of columns.entries()) {
				const five = [...column].map((one) => (Number.isNaN(one) ? null : numberOf(codeOf(one))));
				const seven = [...column].map((one) =>
					Number.isNaN(one) ? null : numberOf(codeOf(one, 7), 7),
				);
				assert.equal(values[c], isMonotonous(column) ? seven : five);
			}
		}),
	);
});

function isMonotonous(column: Float64Array): boolean {
	const there = [...column].filter((one) => !Number.isNaN(one));
	const steps = there.slice(1).map((one, i) => Math.sign(one - (there[i] as number)));
	return new Set(steps.filter((step) => step !== 0)).size === 1;
}

test('a running sum keeps what a step adds to it, also after a year', () => {
	const x = Float64Array.from({ length: 1000 }, (_, k) => 1_780_000_000 + 60 * k);
	const sum = x.map((_, k) => 1234.5678 + 0.0031 * k);
	const [, values = []] = unpackColumns(packColumns(x, [sum]), 1);
	for (const [k, value] of values.entries())
		assert.ok(Math.abs((value ?? 0) - (sum[k] as number)) <= 5.1e-4);
	assert.is(new Set(values).size, 1000);
});

test('a column of equal steps costs next to nothing but zeros', () => {
	const count = 1000;
	const x = Float64Array.from({ length: count }, (_, k) => 1_780_000_000 + 60 * k);
	const bytes = packColumns(x, [x.map((_, k) => 10_000 + k)]);
	assert.ok([...bytes].filter((byte) => byte !== 0).length < 60);
});

test.run();
