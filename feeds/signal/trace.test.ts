import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError, SimulationError } from '../../protocol/errors.ts';
import { HOUR_US, MINUTE_US, SECOND_US } from '../../protocol/time.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { parseTrace } from './parse-trace.ts';
import { checkTraceCovers, type TraceOptions, traceAt, traceMean } from './trace.ts';

const options: TraceOptions = {
	path: 'x.csv',
	column: null,
	fill: 'ffill',
	anchor: null,
	scale: 1,
};
// The table of Vessim 0.15's own tests: index 0/30/60 min.
const abc = 'time,a,b,c\n0,1,0,\n1800,2,3,4\n3600,3,0,\n';
const column = (name: string, fill: TraceOptions['fill'] = 'ffill') =>
	parseTrace(abc, { ...options, column: name, fill });

function failure(run: () => unknown): Error {
	try {
		run();
	} catch (error) {
		return error as Error;
	}
	throw new Error('nothing was thrown');
}

function refuses(csv: string, change: Partial<TraceOptions>, expected: RegExp): void {
	const error = failure(() => parseTrace(csv, { ...options, ...change }));
	assert.instance(error, ConfigError);
	assert.match(error.message, expected);
	assert.not(error.message.endsWith('.'));
}

test('traceAt() holds the last value with ffill, as Vessim does', () => {
	assert.is(traceAt(column('a'), 0), 1);
	assert.is(traceAt(column('a'), 10 * SECOND_US), 1);
	assert.is(traceAt(column('a'), HOUR_US), 3);
	assert.is(traceAt(column('a'), 10 * HOUR_US), 3);
	assert.is(traceAt(column('b'), 30 * MINUTE_US - SECOND_US), 0);
	assert.is(traceAt(column('b'), 30 * MINUTE_US), 3);
});

test('traceAt() passes over missing values of the column', () => {
	assert.is(traceAt(column('c'), 80 * MINUTE_US), 4);
	assert.instance(
		failure(() => traceAt(column('c'), 0)),
		SimulationError,
	);
});

test('traceAt() takes the next value with bfill from unsorted rows and fails past the end', () => {
	const trace = parseTrace('time,v\n3600,3\n0,1\n1800,2\n', { ...options, fill: 'bfill' });
	assert.is(traceAt(trace, 0), 1);
	assert.is(traceAt(trace, 30 * MINUTE_US), 2);
	assert.is(traceAt(trace, 45 * MINUTE_US), 3);
	assert.is(traceAt(trace, HOUR_US), 3);
	assert.match(
		failure(() => traceAt(trace, HOUR_US + SECOND_US)).message,
		/last value is at 01:00:00/,
	);
});

test('traceAt() refuses a time before the start', () => {
	assert.instance(
		failure(() => traceAt(column('a'), -1)),
		SimulationError,
	);
});

test('traceMean() averages what holds in the span, for both fills', () => {
	assert.is(traceMean(column('a'), 0, HOUR_US), 1.5);
	assert.is(traceMean(column('a'), 0, 2 * HOUR_US), 2.25);
	assert.is(traceMean(column('a', 'bfill'), 0, HOUR_US), 2.5);
	assert.is(traceMean(column('a', 'bfill'), 15 * MINUTE_US, 45 * MINUTE_US), 2.5);
	assert.throws(() => traceMean(column('a', 'bfill'), 0, HOUR_US + 2));
});

test('traceMean() of parts adds up to that of the whole', () => {
	const time = fc.integer({ min: 0, max: 7200 });
	fc.assert(
		fc.property(time, time, time, fc.boolean(), (x, y, z, forward) => {
			const [from, mid, until] = [x, y, z].sort((a, b) => a - b).map((s) => s * SECOND_US) as [
				number,
				number,
				number,
			];
			if (from === mid || mid === until) return;
			const trace = parseTrace('time,v\n0,5\n1000,1\n2500,9\n7200,3', {
				...options,
				fill: forward ? 'ffill' : 'bfill',
			});
			const whole = traceMean(trace, from, until) * (until - from);
			const parts =
				traceMean(trace, from, mid) * (mid - from) + traceMean(trace, mid, until) * (until - mid);
			assert.ok(Math.abs(whole - parts) <= 1e-12 * whole, `${whole} is not ${parts}`);
		}),
	);
});

test('parseTrace() puts the anchor at the run start and scales', () => {
	const csv = 'when,Berlin,Rome\n2022-06-08 00:05:00,0.5,1\n2022-06-08 00:10:00,0.25,2\n';
	const trace = parseTrace(csv, {
		...options,
		column: 'Berlin',
		anchor: '2022-06-08T02:10:00+02:00',
		scale: 5000,
	});
	assert.equal([...trace.timesUs], [-5 * MINUTE_US, 0]);
	assert.equal([...trace.values], [2500, 1250]);
});

test('parseTrace() reads offset-aware and naive times and fractions of seconds', () => {
	const csv = 't,v\n2024-01-01T00:00:00.250Z,1\n2024-01-01 01:00:01+01:00,2\n2024-01-02,3\n';
	const trace = parseTrace(csv, { ...options, anchor: '2024-01-01T00:00:00.25' });
	assert.equal([...trace.timesUs], [0, 750_000, 24 * HOUR_US - 250_000]);
});

test('parseTrace() names file, line and value of what is broken', () => {
	refuses('time,a,b\n0,1,2\n', {}, /"x.csv": it has several columns; name one of "a", "b"/);
	refuses('time,a\n0,1\n', { column: 'z' }, /no column "z"; name one of "a"/);
	refuses('time\n0\n', {}, /one column, so no times or no values; .* say interval: 1h/);
	refuses('time,a\n', {}, /no rows/);
	refuses('', {}, /no rows/);
	refuses('time,a\n0,1\n60,NaN\n120,abc\n', {}, /line 4 has the value "abc"/);
	refuses('time,a\n0,Infinity\n', {}, /line 2 has the value "Infinity"/);
	refuses('time,a\n0,1\nx,2\n', {}, /line 3 has the time "x"/);
	refuses('time,a\n0,1\n60,2\n60,3\n', {}, /lines 3 and 4 have the same time/);
	refuses('time,a\n0,\n60,\n', {}, /column "a": it has no values/);
	refuses('time,a\n0,1,2\n', {}, /line 2/);
});

test('parseTrace() refuses wrong starts and anchors, as Vessim does', () => {
	const dates = 'time,a\n2024-01-01,1\n2024-01-02,2\n';
	refuses('time,a\n3600,1\n', {}, /start at 3600 s; they must start at 0/);
	refuses('time,a\n0,1\n', { anchor: '2024-01-01' }, /only valid for date-times/);
	refuses(dates, {}, /anchor is required .* such as "2024-01-01"/);
	refuses(dates, { anchor: '2024-01-03' }, /"2024-01-03" is not among its times/);
	refuses(dates, { anchor: 'yesterday' }, /"yesterday" is no ISO date-time/);
	refuses('time,a\n2024-02-30,1\n', { anchor: '2024-03-01' }, /line 2 has the time "2024-02-30"/);
});

test('checkTraceCovers() finds out before the run that a trace is too short', () => {
	checkTraceCovers(column('a'), 100 * HOUR_US);
	checkTraceCovers(column('a', 'bfill'), HOUR_US);
	assert.match(
		failure(() => checkTraceCovers(column('a', 'bfill'), 2 * HOUR_US)).message,
		/Cannot run for 02:00:00 with trace "x.csv" column "a": it ends at 01:00:00/,
	);
	assert.instance(
		failure(() => checkTraceCovers(column('c'), HOUR_US)),
		ConfigError,
	);
});

test.run();
