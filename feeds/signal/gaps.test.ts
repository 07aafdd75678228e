import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gapsText, traceGaps } from './gaps.ts';
import type { Trace } from './trace.ts';

const HOUR_US = 3_600_000_000;

function trace(hours: readonly number[]): Trace {
	const timesUs = Float64Array.from(hours, (hour) => hour * HOUR_US);
	return { name: 'trace', fill: 'ffill', timesUs, values: new Float64Array(hours.length) };
}

test('traceGaps() counts what lies further apart than usual, within the run only', () => {
	const gappy = trace([-9, -2, -1, 0, 1, 2, 5, 6, 7, 9, 10, 11, 20]);
	assert.equal(traceGaps(gappy, 10 * HOUR_US), { count: 2, longestS: 2 * 3600 });
	assert.equal(traceGaps(gappy, 12 * HOUR_US), { count: 3, longestS: 8 * 3600 });
	assert.equal(traceGaps(trace([0, 1, 2, 3]), 99 * HOUR_US), { count: 0, longestS: 0 });
});

test('traceGaps() finds none in a series of changes', () => {
	assert.equal(traceGaps(trace([0, 1, 2, 7, 9, 20]), 99 * HOUR_US), { count: 0, longestS: 0 });
	assert.equal(traceGaps(trace([0]), 99 * HOUR_US), { count: 0, longestS: 0 });
});

test('gapsText() writes lengths as people do', () => {
	assert.is(gapsText(1, 1800), '1 gap of 30 min');
	assert.is(gapsText(3, 5400), '3 gaps, the longest 1.5 h');
	assert.is(gapsText(2, 30), '2 gaps, the longest 30 s');
});

test.run();
