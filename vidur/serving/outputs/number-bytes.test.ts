import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../../tests/properties.test-support.ts';
import { NUMBER_BYTES, putNumber } from './number-bytes.ts';
import { createSpace } from './space.ts';

const space = createSpace(NUMBER_BYTES);

function textOf(value: number): string {
	return Buffer.from(space.bytes.subarray(0, putNumber(space, 0, value))).toString('latin1');
}

test('putNumber() writes what String() writes, of any double', () => {
	fc.assert(
		fc.property(fc.double(), (value) => {
			assert.is(textOf(value), Object.is(value, -0) ? '0' : String(value));
		}),
		{ numRuns: 2000 },
	);
});

test('putNumber() writes what String() writes, of sums, products and few decimals', () => {
	let state = 1;
	const next = () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
	let sum = 0;
	for (let i = 0; i < 30_000; i++) {
		sum += next() * 0.17;
		const decimals = Math.round(next() * 1e6) / 10 ** Math.floor(next() * 12);
		const wide = (next() + next() / 2 ** 32) * 10 ** Math.floor(next() * 24 - 8);
		for (const value of [
			sum,
			-sum,
			decimals,
			wide,
			Math.floor(wide),
			2 ** Math.floor(next() * 60 - 20),
		])
			if (textOf(value) !== String(value)) assert.is(textOf(value), String(value));
	}
});

test('putNumber() writes limits of its ways', () => {
	for (const value of [
		0,
		1,
		-1,
		0.1,
		0.3,
		1e-5,
		1.0000000000000003e-5,
		9.999999999999999e14,
		1e15,
		1e16,
		1e21,
		5e-324,
		2 ** 31,
		-(2 ** 31),
		2 ** 53,
		0.5,
		0.9999999999999999,
		9.999999999999998,
		123456789012345.67,
		1e-7,
		Number.NaN,
		Number.POSITIVE_INFINITY,
		1.7976931348623157e308,
		4.35,
		0.000001,
		100,
		1e2 / 3,
	])
		assert.is(textOf(value), String(value));
});

test.run();
