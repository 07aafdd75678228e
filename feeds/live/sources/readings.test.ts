import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../../protocol/errors.ts';
import { readingsOf, timeReader } from './readings.ts';
import { valueRule } from './values.ts';

const RULE = valueRule('x', 'power', { unit: 'kW', usdPerUnit: null, scale: 1 });
const NOW_MS = Date.parse('2026-03-29T12:00:00Z');
const iso = (ms: number | string) => (typeof ms === 'number' ? new Date(ms).toISOString() : ms);

test('times are date-times with an offset, by the clock of a zone, or numbers since 1970', () => {
	const plain = timeReader({ timeUnit: null, timezone: null });
	assert.is(iso(plain('2026-01-01T00:30:00+01:00')), '2025-12-31T23:30:00.000Z');
	assert.match(String(plain('2026-01-01 00:30')), /has no offset; say its timezone/);
	assert.match(String(plain(1_700_000_000)), /is a number; say timeUnit: s or ms/);
	assert.match(String(plain('yesterday')), /no ISO date-time/);
	assert.match(String(plain(undefined)), /no ISO date-time/);
	const seconds = timeReader({ timeUnit: 's', timezone: null });
	assert.is(seconds(1_700_000_000.5), 1_700_000_000_500);
	assert.is(seconds('1700000000'), 1_700_000_000_000);
	assert.match(String(seconds('2026-01-01')), /is no number of s/);
	assert.is(timeReader({ timeUnit: 'ms', timezone: null })(5), 5);
	assert.throws(
		() => timeReader({ timeUnit: null, timezone: 'Mars/Base' }),
		(error: unknown) => error instanceof ConfigError && /IANA/.test(error.message),
	);
});

test('the hour that the clock shows twice is two hours, and the one that it skips is none', () => {
	const autumn = timeReader({ timeUnit: null, timezone: 'Europe/Berlin' });
	const times = ['01:30', '02:00', '02:30', '02:00', '02:30', '03:00'];
	assert.equal(
		times.map((time) => iso(autumn(`2026-10-25 ${time}`))),
		[23.5, 24, 24.5, 25, 25.5, 26].map((hour) => iso(Date.parse('2026-10-24') + hour * 3_600_000)),
	);
	const spring = timeReader({ timeUnit: null, timezone: 'Europe/Berlin' });
	assert.is(iso(spring('2026-03-29 01:59')), '2026-03-29T00:59:00.000Z');
	assert.match(String(spring('2026-03-29 02:30')), /the clock skips the time/);
	assert.is(iso(spring('2026-03-29 03:00')), '2026-03-29T01:00:00.000Z');
	const midnight = timeReader({ timeUnit: null, timezone: 'Europe/Berlin' });
	assert.is(iso(midnight('2026-06-30 23:59:59')), '2026-06-30T21:59:59.000Z');
	assert.is(iso(midnight('2026-07-01 00:00')), '2026-06-30T22:00:00.000Z');
});

test('what is missing is left out, what is no number is counted, the later of two counts', () => {
	const at = (minute: number) => `2026-03-29T11:${String(minute).padStart(2, '0')}:00Z`;
	const found = readingsOf(
		[
			{ time: at(10), value: 2 },
			{ time: at(0), value: '1.5' },
			{ time: at(10), value: 3 },
			...[null, undefined, '', ' NaN ', 'n/a'].map((value) => ({ time: at(20), value })),
			...['a lot', {}, true, '1,5', '0x10', 'Infinity'].map((value) => ({ time: at(30), value })),
			{ time: 'soon', value: 4 },
			{ time: '2026-03-29T12:30:00Z', value: 5 },
		],
		RULE,
		timeReader({ timeUnit: null, timezone: null }),
		NOW_MS,
	);
	assert.equal(
		found.points.map(({ fromMs, value, isForecast }) => [
			iso(fromMs).slice(11, 16),
			value,
			isForecast,
		]),
		[
			['11:00', 1500, false],
			['11:10', 3000, false],
			['12:30', 5000, true],
		],
	);
	assert.is(found.refused, 7);
	assert.is(found.why, 'the value "a lot" is no number');
	assert.is(found.given, 5);
});

test.run();
