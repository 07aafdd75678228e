import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { exactLog } from './exact-log.ts';

test("exactLog() is Python's math.log where V8's Math.log is a bit off", () => {
	// Made by CPython 3.11.7 on glibc 2.36.
	const pairs: [number, number][] = [
		[0.36057320154211625, -1.020060287274801],
		[0.9749892447773331, -0.02532883904273889],
		[0.7249706816308807, -0.3216240640749656],
		[0.7767892618511772, -0.25258618567011354],
		[0.10782043229515459, -2.2272880995513806],
		[0.3501155622204768, -1.0494920012225724],
	];
	for (const [x, expected] of pairs) assert.is(exactLog(x), expected);
});

test('exactLog() is exact at 1 and inverts powers of 2 over the whole range of doubles', () => {
	assert.is(exactLog(1), 0);
	for (let power = -1074; power < 1024; power++) {
		const expected = power * Math.LN2;
		assert.ok(Math.abs(exactLog(2 ** power) - expected) <= Math.abs(expected) * 2 ** -52);
	}
});

test('exactLog() leaves what has no logarithm to Math.log', () => {
	assert.is(exactLog(0), Number.NEGATIVE_INFINITY);
	assert.is(exactLog(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
	assert.ok(Number.isNaN(exactLog(-1)) && Number.isNaN(exactLog(Number.NaN)));
});

test.run();
