import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { noteText } from '../../protocol/remark.ts';
import { HOUR_US } from '../../protocol/time.ts';
import { parseTrace, traceColumn } from './parse-trace.ts';
import { AS_WRITTEN, type Reading } from './reading.ts';
import type { Trace, TraceOptions } from './trace.ts';

/** Traces as loggers, spreadsheets and data bases write them. */
const START_MS = Date.UTC(2023, 5, 8);
const OPTIONS: TraceOptions = {
	...{ path: 'x.csv', column: null, fill: 'ffill', anchor: null, scale: 1 },
	civil: { startEpochMs: START_MS, untilUs: 3 * HOUR_US, timezone: 'UTC', extend: 'error' },
};
const read = (text: string, reading: Partial<Reading> = {}, more: Partial<TraceOptions> = {}) =>
	parseTrace(text, { ...OPTIONS, ...more, reading: { ...AS_WRITTEN, ...reading } });
const notes = ({ notes: said = [] }: Trace) => said.map(noteText).join('; ');

function refuses(text: string, expected: RegExp, reading: Partial<Reading> = {}): void {
	try {
		read(text, reading);
	} catch (error) {
		assert.instance(error, ConfigError);
		const { message } = error as Error;
		assert.match(message, expected);
		assert.is(message.split('\n').length, 1);
		return;
	}
	assert.unreachable(text);
}

/** Three hours of 8 June 2023, UTC, with 1, 2 and 3. */
function isRight(trace: Trace, what: string): void {
	assert.equal([...trace.timesUs], [0, HOUR_US, 2 * HOUR_US], what);
	assert.equal([...trace.values], [1, 2, 3], what);
}

const HOURS = [0, 1, 2];
const table = (header: string, row: (hour: number, value: number) => string) =>
	`${header}\n${HOURS.map((hour) => row(hour, hour + 1)).join('\n')}\n`;
const second = START_MS / 1000;

/** Files that say the same in other ways, and what is said of them. */
const SAME: readonly (readonly [
	what: string,
	text: string,
	said: RegExp,
	reading?: Partial<Reading>,
])[] = [
	['an offset of hours', table('t,v', (h, v) => `2023-06-08 0${h + 2}:00:00+02,${v}`), /^$/],
	['UTC behind the time', table('t,v', (h, v) => `2023-06-08 0${h}:00 UTC,${v}`), /^$/],
	['slashes', table('t,v', (h, v) => `2023/6/8 ${h}:00,${v}`), /^$/],
	[
		'an end of day as 24:00',
		't,v\n2023-06-07 24:00,1\n2023-06-08 01:00,2\n2023-06-08 02:00,3\n',
		/^$/,
	],
	['points, the day first', table('t,v', (h, v) => `08.06.2023 0${h}:00,${v}`), /^$/],
	[
		'slashes, shown by a later day',
		`${table('t,v', (h, v) => `6/8/2023 ${h}:00,${v}`)}6/13/2023 0:00,4\n`.replace(
			/6\/13.*\n/,
			'6/13/2023 0:00,\n',
		),
		/1 of 4 rows have no value/,
	],
	[
		'halves of days',
		table('t,v', (h, v) => `6/8/2023 ${h === 0 ? 12 : h}:00 AM,${v}`),
		/^$/,
		{ dates: 'month-first' },
	],
	[
		'seconds since 1970',
		table('t,v', (h, v) => `${second + 3600 * h},${v}`),
		/times are s since 1970/,
	],
	[
		'milliseconds since 1970',
		table('t,v', (h, v) => `${(second + 3600 * h) * 1000},${v}`),
		/ms since 1970/,
	],
	['dates in digits', table('t,v', (h, v) => `202306080${h}00,${v}`), /dates written in digits/],
	['hours from 0 on, by the name', table('hour,v', (h, v) => `${h},${v}`), /times are in h/],
	[
		'minutes from 0 on',
		table('t,v', (h, v) => `${60 * h},${v}`),
		/times are in min/,
		{ timeUnit: 'min' },
	],
	[
		'the zone in the name',
		table('Time (UTC+2),v', (h, v) => `2023-06-08 0${h + 2}:00,${v}`),
		/times are by Etc\/GMT-2/,
	],
	[
		'semicolons and decimal commas',
		table('t;v', (h, v) => `2023-06-08 0${h}:00;${v},0`),
		/3 of 3 numbers have a decimal comma/,
	],
	['tabs', table('t\tv', (h, v) => `2023-06-08 0${h}:00\t${v}`), /^$/],
	['comments in between', `# a\n${table('t,v', (h, v) => `2023-06-08 0${h}:00,${v}\n# b`)}`, /^$/],
	[
		'times in the second column',
		table('id,t,v', (h, v) => `A,2023-06-08 0${h}:00,${v}`),
		/times are those of column "t"/,
		{ columns: { time: null, value: 'v' } },
	],
	[
		'the index of a table before them',
		table(',t,v', (h, v) => `${h},2023-06-08 0${h}:00,${v}`),
		/those of column "t"/,
	],
	['day and time apart', table('Date,Time,v', (h, v) => `2023-06-08,0${h}:00,${v}`), /^$/],
	[
		'day and hour ending apart',
		table('Date,Hour Ending,v', (h, v) => `06/08/2023,0${h + 1}:00,${v}`),
		/^$/,
		{ dates: 'month-first' },
	],
	[
		'named by position, without a header',
		table('2023-06-08 00:00,x,1', (h, v) => `2023-06-08 0${h}:00,x,${v}`)
			.split('\n')
			.slice(1)
			.join('\n'),
		/^$/,
		{ columns: { time: 1, value: 3 } },
	],
	['steps after the first row', 't,v\n2023-06-08 00:00,1\n+1h,2\n+60m,3\n', /^$/],
	[
		'a column without times',
		'v\n1\n2\n3\n',
		/rows have no times: the first begins with the run/,
		{ interval: 3600e6 },
	],
	['the same without a header', '1\n2\n3\n', /no times/, { interval: 3600e6, begins: 'start' }],
	[
		'the same from a day on',
		'1\n2\n3\n',
		/no times: the first begins at 2023/,
		{ interval: 3600e6, begins: '2023-06-08T00:00' },
	],
	[
		'thousands',
		table('t;v', (h, v) => `2023-06-08 0${h}:00;${v},000`)
			.replaceAll(',000', '.000,0')
			.replace('1.000', '1000'),
		/decimal comma/,
	],
];

for (const [what, text, said, reading] of SAME)
	test(`a trace is read whatever it is written with: ${what}`, () => {
		const trace = read(text, reading);
		if (what === 'thousands') return assert.equal([...trace.values], [1000, 2000, 3000]);
		isRight(trace, what);
		assert.match(notes(trace), said);
	});

test('what can be meant in two ways is refused, with the key that says which', () => {
	refuses(
		table('t,v', (h, v) => `06/08/2023 0${h}:00,${v}`),
		/do not show whether the day or the month comes first; say dates: day-first or dates: month-first$/,
	);
	refuses(
		table('t;v', (h, v) => `2023-06-08 0${h}:00;${v},234`),
		/"1,234", which may have a decimal comma or one between thousands; say decimal: comma or decimal: point$/,
	);
	refuses(
		't;v\n2023-06-08;1,5\n2023-06-09;1.5\n',
		/with a comma \(line 2\) and with a point \(line 3\); say decimal/,
	);
	refuses(
		'Date,Hour,v\n2023-06-08,1,5\n2023-06-08,2,5\n',
		/"Hour" does not show whether its hours go from 0 to 23/,
	);
	refuses(
		table(',v', (h, v) => `${h},${v}`),
		/first column has no name and counts rows; say interval: 1h, .*or timeUnit: s/,
	);
	refuses('from,v\nx,1\n', /line 2 has the time "x"/);
	refuses(
		'name,from,to,v\na,2023-06-08,2023-06-09,1\n',
		/times in several columns, "from", "to"; say columns/,
		{ columns: { time: null, value: 'v' } },
	);
	refuses('Year,Month,v\n2023,6,1\n2023,7,2\n', /times stand in several columns, from "Year" on/, {
		columns: { time: null, value: 'v' },
	});
	refuses(`v\n${'1\n'.repeat(8760)}`, /its 8760 rows are a year; say begins: 2023-01-01T00:00/, {
		interval: 3600e6,
	});
	refuses('1\n2\n', /it has no header: line 1 is the row "1"; .* or say columns/);
	refuses(
		't,v\n2023-06-08,1\n08.06.2023,2\n',
		/line 3 has the time "08.06.2023", which is written otherwise than the others/,
	);
});

test('a row of units below the names is that of the values', () => {
	const text = 't,P\n,kW\n2023-06-08 00:00,1\n2023-06-08 01:00,2\n2023-06-08 02:00,3\n';
	isRight(read(text), 'units');
	assert.equal(traceColumn(text, { path: 'x', column: null }), { name: 'P', unit: 'kW' });
	assert.is(traceColumn('t,P\n0,1\n', { path: 'x', column: null }).unit, null);
});

test('spaces between thousands and a long minus are those of numbers', () => {
	const text = 't;v\n0;1 234,5\n3600;\u22125\n7200;1\u202f000\n';
	assert.equal([...read(text).values], [1234.5, -5, 1000]);
});

test('what stands for no value is none, and counted', () => {
	const rows = 't,v\n0,1\n1800,-9999\n3600,unavailable\n5400,-9999.0\n7200,3\n10800,\n';
	const trace = read(rows);
	assert.equal([...trace.values], [1, 3]);
	assert.match(notes(trace), /^4 of 6 rows have no value and are left out/);
	assert.equal([...read(rows.replace('-9999\n', '-999\n')).values], [1, -999, 3]);
	refuses(
		't,v\n45085.5,1\n45085.6,2\n',
		/start at 45085.5 s; .*\(days as a spreadsheet counts them/,
	);
});

test('what was left out, held or repeated is counted', () => {
	const rows = 't,v,w\n2023-06-08 00:00,1,9\n2023-06-08 01:00,NaN,9\n2023-06-08 02:00,3,9\n';
	const column = { columns: { time: null, value: 'v' } };
	const trace = read(rows, column);
	assert.is(notes(trace), '1 of 3 rows have no value and are left out');
	assert.equal(trace.unused, ['w']);
	const civil = { ...(OPTIONS.civil as NonNullable<TraceOptions['civil']>), untilUs: 6 * HOUR_US };
	const held = read(rows, column, { civil: { ...civil, extend: 'hold' } });
	assert.match(notes(held), /its last value is held after 04:00:00 \(extend: hold\)$/);
	const spring = 't,v\n2024-03-31 01:00,1\n2024-03-31 02:00,2\n2024-03-31 03:00,3\n';
	const berlin = {
		startEpochMs: Date.UTC(2024, 2, 31),
		untilUs: HOUR_US,
		timezone: 'Europe/Berlin',
	};
	const skipped = read(spring, {}, { civil: { ...berlin, extend: 'error' } });
	assert.match(notes(skipped), /1 of 3 rows are of times that the clock skips/);
	const ends = read(rows.replace('t,', 'period_end,'), column);
	assert.match(notes(ends), /ends of intervals by their name "period_end".*fill: bfill/);
});

test.run();
