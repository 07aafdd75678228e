import { DateTime } from 'luxon';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SimulationError } from '../../protocol/errors.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { hourOf, isWeekend, makeLocalClock, monthOf, wallMs } from './local-clock.ts';

const ZONES = [
	'America/Los_Angeles',
	'Europe/Berlin',
	'Asia/Kolkata',
	'Australia/Lord_Howe',
	'Africa/Casablanca',
	'America/Sao_Paulo',
	'Pacific/Apia',
];
const START_MS = Date.UTC(2011, 11, 1);
const clocks = new Map(ZONES.map((zone) => [zone, makeLocalClock(START_MS, zone)]));

test('wallMs() tells hour, weekend and month as luxon does, at any time of 10 years', () => {
	const minutes = fc.integer({ min: 0, max: 10 * 365 * 24 * 60 });
	fc.assert(
		fc.property(fc.constantFrom(...ZONES), minutes, (zone, minute) => {
			const clock = clocks.get(zone);
			if (clock === undefined) throw new Error(zone);
			const wall = wallMs(clock, minute * 60_000_000);
			const expected = DateTime.fromMillis(START_MS + minute * 60_000, { zone });
			assert.is(hourOf(wall), expected.hour);
			assert.is(isWeekend(wall), expected.weekday >= 6);
			assert.is(monthOf(wall), expected.month - 1);
		}),
		{ numRuns: 2000 },
	);
});

test('wallMs() changes over in the very minute', () => {
	const clock = clocks.get('America/Los_Angeles');
	if (clock === undefined) throw new Error('no clock');
	// 2013-03-10 02:00 PST is 10:00 UTC.
	const changeUs = (Date.UTC(2013, 2, 10, 10) - START_MS) * 1000;
	assert.is(hourOf(wallMs(clock, changeUs - 1)), 1);
	assert.is(hourOf(wallMs(clock, changeUs)), 3);
});

test('wallMs() refuses times for which the clock was not made', () => {
	const clock = makeLocalClock(START_MS, 'UTC');
	assert.equal(clock.sinceEpochMs, [START_MS]);
	assert.throws(
		() => wallMs(clock, 11 * 366 * 86_400_000_000),
		(error: unknown) =>
			error instanceof SimulationError && /more than 10 years/.test(error.message),
	);
});

test.run();
