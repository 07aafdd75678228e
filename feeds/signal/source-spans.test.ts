import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import { parseTrace } from './parse-trace.ts';
import { sourceSpans } from './source-spans.ts';
import { type TraceOptions, traceAt, traceMean } from './trace.ts';
import { zoneClock } from './wall-clock.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BERLIN = 'Europe/Berlin';

type Civil = NonNullable<TraceOptions['civil']>;

function civil(start: number, hours: number, extend: Civil['extend'], timezone = BERLIN): Civil {
	return { startEpochMs: start, untilUs: hours * HOUR_US, timezone, extend };
}

function parse(csv: string, of: Civil, fill: TraceOptions['fill'] = 'ffill') {
	return parseTrace(csv, { path: 'x.csv', column: null, fill, anchor: null, scale: 1, civil: of });
}

/** Rows of local time whose value is the hour of the day. */
function hourly(from: string, hours: number): string {
	const first = Date.parse(`${from}Z`);
	const rows = Array.from({ length: hours }, (_, h) => {
		const stamp = new Date(first + h * HOUR_MS).toISOString().slice(0, 16);
		return `${stamp},${Number(stamp.slice(11, 13))}`;
	});
	return ['time,v', ...rows].join('\n');
}

function failure(run: () => unknown): string {
	try {
		run();
	} catch (error) {
		assert.instance(error, ConfigError);
		return (error as Error).message;
	}
	throw new Error('nothing was thrown');
}

test('zoneClock() knows the hours that a clock skips and shows twice', () => {
	const clock = zoneClock(BERLIN);
	const utc = (text: string) => Date.parse(`${text}Z`);
	assert.is(clock.instantMs(utc('2024-03-31T01:59')), utc('2024-03-31T00:59'));
	assert.is(clock.instantMs(utc('2024-03-31T02:30')), utc('2024-03-31T01:30'));
	assert.is(clock.instantMs(utc('2024-03-31T03:00')), utc('2024-03-31T01:00'));
	assert.is(clock.instantMs(utc('2024-10-27T02:30')), utc('2024-10-27T00:30'));
	assert.is(clock.instantMs(utc('2024-10-27T02:30'), true), utc('2024-10-27T01:30'));
	assert.is(clock.wallMs(utc('2024-07-01T00:00')), utc('2024-07-01T02:00'));
});

test('a trace is read at the local time and date of the run', () => {
	const start = Date.UTC(2024, 5, 20, 6);
	const trace = parse(hourly('2024-06-19T00:00', 72), civil(start, 24, 'error'));
	assert.is(traceAt(trace, 0), 8);
	assert.is(traceAt(trace, 90 * MINUTE_US), 9);
	assert.is(traceMean(trace, 0, 24 * HOUR_US), 11.5);
});

test('stamps with an offset are instants, whatever the zone', () => {
	const csv = 'time,v\n2024-06-20T08:00+02:00,1\n2024-06-20T07:00Z,2\n2024-06-20T10:00+02:00,3\n';
	const trace = parse(csv, civil(Date.UTC(2024, 5, 20, 6), 3, 'error', 'America/Lima'));
	assert.equal(
		[0, 1, 2].map((h) => traceAt(trace, h * HOUR_US)),
		[1, 2, 3],
	);
});

test('a series that does not cover the run is refused with what it covers', () => {
	const start = Date.UTC(2024, 5, 20, 22);
	const message = failure(() => parse(hourly('2024-06-19T00:00', 48), civil(start, 24, 'error')));
	assert.match(
		message,
		/from 2024-06-21 00:00 to 2024-06-22 00:00 with trace "x.csv" column "v": it covers 2024-06-19 00:00 to 2024-06-21 00:00/,
	);
	assert.match(message, /extend: repeat-day, repeat-week or repeat-year\)$/);
});

test('repeat-year takes the same day and hour, 29 February from the 28th', () => {
	const csv = hourly('2023-01-01T00:00', 365 * 24).replace(
		'2023-02-28T12:00,12',
		'2023-02-28T12:00,99',
	);
	const start = Date.UTC(2024, 1, 28, 23);
	const trace = parse(csv, civil(start, 48, 'repeat-year'));
	assert.is(traceAt(trace, 12 * HOUR_US), 99);
	assert.is(traceAt(trace, 36 * HOUR_US), 12);
	assert.match(
		failure(() => parse(hourly('2023-06-01T00:00', 720), civil(start, 24, 'repeat-year'))),
		/it covers 2023-06-01 00:00 to 2023-07-01 00:00/,
	);
});

test('repeat-day and repeat-week keep the time of day over a change of the clock', () => {
	// From Saturday 30 March 2024, 00:00 in Berlin; on Sunday 2:00 becomes 3:00.
	const start = Date.UTC(2024, 2, 29, 23);
	for (const extend of ['repeat-day', 'repeat-week'] as const) {
		const trace = parse(hourly('2023-05-01T00:00', 14 * 24), civil(start, 72, extend));
		assert.is(traceAt(trace, 25 * HOUR_US), 1);
		assert.is(traceAt(trace, 26 * HOUR_US), 3);
		assert.is(traceAt(trace, 47 * HOUR_US), 0);
	}
	const weekday = 'time,v\n'.concat(
		Array.from({ length: 7 }, (_, d) => `2023-05-0${d + 1}T00:00,${d}`).join('\n'),
	);
	// 1 May 2023 was a Monday: Saturday is 5, Sunday 6.
	const week = parse(weekday, civil(start, 72, 'repeat-week'));
	assert.equal(
		[0, 24, 47].map((h) => traceAt(week, h * HOUR_US)),
		[5, 6, 0],
	);
});

test('hold keeps the last value, with both fills, but invents none before the first', () => {
	const csv = 'time,v\n2024-06-20T00:00,1\n2024-06-20T01:00,2\n';
	const start = Date.UTC(2024, 5, 19, 22);
	assert.is(traceAt(parse(csv, civil(start, 24, 'hold')), 20 * HOUR_US), 2);
	assert.is(traceAt(parse(csv, civil(start, 24, 'hold'), 'bfill'), 20 * HOUR_US), 2);
	failure(() => parse(csv, civil(start - HOUR_MS, 24, 'hold')));
});

test('series of seconds count from the start of the run and obey the same rules', () => {
	const csv = 'time,v\n0,1\n43200,2\n';
	const start = Date.UTC(2024, 5, 20);
	assert.match(
		failure(() => parse(csv, civil(start, 48, 'error'))),
		/it covers 00:00:00 to 1d 00:00:00 after the start/,
	);
	const trace = parse(csv, civil(start, 48, 'repeat-day'));
	assert.equal(
		[0, 13, 24, 40].map((h) => traceAt(trace, h * HOUR_US)),
		[1, 2, 1, 2],
	);
});

test('sourceSpans() leaves what the series has where it is and joins equal parts', () => {
	const coverage = { firstMs: 0, untilMs: 10 * DAY_MS };
	const clock = zoneClock('UTC');
	const run = { firstMs: 8 * DAY_MS, untilMs: 12 * DAY_MS };
	const spans = sourceSpans('x', coverage, run, { extend: 'repeat-day', clock });
	assert.equal(spans, [
		{ fromMs: 8 * DAY_MS, untilMs: 10 * DAY_MS, shiftMs: 0 },
		{ fromMs: 10 * DAY_MS, untilMs: 12 * DAY_MS, shiftMs: -8 * DAY_MS },
	]);
});

test.run();
