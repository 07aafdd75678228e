import * as assert from 'uvu/assert';

/** Asserts that `actual` is within `relative` of `expected` (within `relative` itself when that is 0). */
export function close(actual: number, expected: number, relative: number): void {
	const error = Math.abs(actual - expected);
	const bound = relative * (expected === 0 ? 1 : Math.abs(expected));
	assert.ok(error <= bound, `${actual} is not ${expected} within ${bound}: off by ${error}`);
}
