import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { decadesBetween, roundTicks, timeTicks } from './ticks.ts';

test('decadesBetween() and roundTicks() give round values within the range', () => {
	assert.equal(decadesBetween(0.05, 120), [0.1, 1, 10, 100]);
	assert.equal(roundTicks(-2.3, 4.1, 5), [-2, 0, 2, 4]);
	assert.equal(roundTicks(0, 0.35, 5), [0, 0.1, 0.2, 0.3]);
});

test('roundTicks() has some ticks and never many', () => {
	const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
	void fc.assert(
		fc.property(number, fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (low, span) => {
			const ticks = roundTicks(low, low + span, 5);
			assert.ok(ticks.length >= 2 && ticks.length <= 6, `${ticks.length} ticks`);
		}),
	);
});

test('timeTicks() stand at local hours of a day and at local midnights of a week', () => {
	const start = Date.parse('2026-06-21T07:00:00Z') / 1000;
	const day = timeTicks(start, start + 86_400, 'America/Los_Angeles');
	assert.equal(day.ticks.map(day.format).slice(0, 4), ['00:00', '02:00', '04:00', '06:00']);
	// Clocks go back in this week: its days are of unequal length.
	const autumn = Date.parse('2026-10-29T20:00:00Z') / 1000;
	const week = timeTicks(autumn, autumn + 7 * 86_400, 'America/Los_Angeles');
	assert.equal(week.ticks.map(week.format), [
		'10-30',
		'10-31',
		'11-01',
		'11-02',
		'11-03',
		'11-04',
		'11-05',
	]);
});

test.run();
