import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { timeTicks } from './ticks.ts';

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
