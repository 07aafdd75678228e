import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { emptyHistogram, observe, oneTwoFive } from './histogram.ts';

test('an observation is in the first bucket whose bound it does not pass', () => {
	const bounds = [1, 2, 5];
	const histogram = emptyHistogram(bounds);
	for (const value of [0, 1, 1.5, 2, 5, 5.1, 100]) observe(histogram, bounds, value);
	observe(histogram, bounds, 3, 4);
	for (const none of [Number.NaN, Number.POSITIVE_INFINITY]) observe(histogram, bounds, none);
	assert.equal([...histogram.counts], [2, 2, 5, 2]);
	assert.is(histogram.sum, 126.6);
});

test('bounds of tokens are those of vLLM', () => {
	assert.equal(oneTwoFive(100), [1, 2, 5, 10, 20, 50, 100]);
	assert.equal(oneTwoFive(8192).slice(-3), [1000, 2000, 5000]);
	assert.equal(oneTwoFive(1), [1]);
});

test.run();
