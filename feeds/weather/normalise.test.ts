import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { noteText } from '../../protocol/remark.ts';
import { readWeather } from './read-weather.ts';

const HOUR_MS = 3_600_000;
const read = (text: string) => readWeather(text, 'x.csv', { column: null, timezone: 'UTC' });

test('rows out of order, twice and missing are put right and reported', () => {
	const { count, columns, gaps, notes } = read(
		[
			'time,ghi',
			'2024-06-20T12:00Z,400',
			'2024-06-20T10:00Z,200',
			'2024-06-20T11:00Z,300',
			'2024-06-20T11:00Z,300',
			'2024-06-20T11:00Z,999',
			'2024-06-20T14:00Z,600',
			'2024-06-20T15:00Z,-9999',
			'2024-06-20T16:00Z,400',
		].join('\n'),
	);
	assert.is(count, 7);
	assert.equal([...(columns.ghi ?? [])], [200, 300, 400, 500, 600, 500, 400]);
	assert.is(gaps.length, 2);
	for (const pattern of [
		/order/,
		/^1 of 8 rows left out that come twice$/,
		/other values.*line 6/,
		/1 of 7 intervals/,
	])
		assert.ok(
			notes.some((one) => pattern.test(noteText(one))),
			`${pattern} in ${notes.map(noteText)}`,
		);
});

test('a day is filled from its neighbours, a week is left empty', () => {
	const hours = Array.from({ length: 20 * 24 }, (_, h) => h);
	const row = (h: number) =>
		`${new Date(Date.UTC(2024, 0, 1) + h * HOUR_MS).toISOString()},${(h % 24) * 10}`;
	const without = (from: number, until: number) =>
		read(['time,ghi', ...hours.filter((h) => h < from || h >= until).map(row)].join('\n'));
	const day = without(48, 72);
	assert.equal(
		[...(day.columns.ghi ?? [])].slice(48, 72),
		hours.slice(0, 24).map((h) => h * 10),
	);
	assert.equal(
		day.gaps.map(({ filled }) => filled),
		[true],
	);
	const week = without(48, 216);
	assert.equal(
		week.gaps.map(({ filled }) => filled),
		[false],
	);
	assert.ok(Number.isNaN(week.columns.ghi?.[60]));
});

test('an hour that the clock shows twice is two hours', () => {
	const { count, firstMs, notes } = read(
		[
			'# time zone: Europe/Berlin',
			'time,ghi',
			'2024-10-27T01:00,0',
			'2024-10-27T02:00,0',
			'2024-10-27T02:00,0',
			'2024-10-27T03:00,0',
		].join('\n'),
	);
	assert.is(count, 4);
	assert.is(firstMs, Date.UTC(2024, 9, 26, 23));
	assert.ok(notes.some((one) => /put back/.test(noteText(one))));
});

test.run();
