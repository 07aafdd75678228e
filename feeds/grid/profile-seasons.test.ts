import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { profileReader } from './reader.ts';

const HOUR_US = 3_600_000_000;
const at = (value: number) => new Array<number>(24).fill(value);
const PROFILE = {
	...{ weekday: at(1), weekend: at(2), monthlyFactor: new Array(12).fill(1) },
	seasons: [
		{ months: [6, 7, 8], weekday: at(3), weekend: at(4) },
		{ months: [12], weekday: at(5), weekend: null },
	],
	holidays: ['2025-10-03', '07-04', '12-25'],
};

/** The value at noon in New York of a day. */
function noon(date: string, profile: Parameters<typeof profileReader>[0] = PROFILE): number {
	const startEpochMs = Date.parse(`${date}T16:00:00Z`);
	return profileReader(profile, { startEpochMs, timezone: 'America/New_York' }).at(0);
}

test('a tariff has prices of its own by season, and those of a weekend on holidays', () => {
	assert.is(noon('2025-05-30'), 1);
	assert.is(noon('2025-05-31'), 2);
	assert.is(noon('2025-06-02'), 3);
	assert.is(noon('2025-06-01'), 4);
	// A holiday of each year, one of a single year, and one in a season whose days are alike.
	assert.is(noon('2025-07-04'), 4);
	assert.is(noon('2031-07-04'), 3 + 1);
	assert.is(noon('2025-10-03'), 2);
	assert.is(noon('2024-10-03'), 1);
	assert.is(noon('2025-12-25'), 5);
});

test('a season changes at local midnight, and a step over it has the mean of both', () => {
	// 20:00 of 31 May in Berlin, a Saturday; 1 June is a Sunday.
	const start = { startEpochMs: Date.parse('2025-05-31T18:00:00Z'), timezone: 'Europe/Berlin' };
	const reader = profileReader(PROFILE, start);
	assert.is(reader.at(4 * HOUR_US - 1), 2);
	assert.is(reader.at(4 * HOUR_US), 4);
	assert.is(reader.mean(3 * HOUR_US, 5 * HOUR_US), 3);
});

test.run();
