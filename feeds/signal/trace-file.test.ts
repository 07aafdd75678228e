import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { HOUR_US, SECOND_US } from '../../protocol/time.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { parseInstantMs } from './instant.ts';
import { loadTrace } from './load.ts';
import { parseTrace } from './parse-trace.ts';
import { type TraceOptions, traceMean } from './trace.ts';
import { zoneClock } from './wall-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-trace-'));
test.after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'trace.csv');
const options: TraceOptions = { path, column: null, fill: 'ffill', anchor: null, scale: 1 };

const ROWS = 500_000;
const STEP_S = 20;
const valueAt = (i: number) => (i * 7919) % 1000;

/** What the mean over an hour is, from the values alone. */
function hourMean(hour: number): number {
	const perHour = 3600 / STEP_S;
	let sum = 0;
	for (let i = hour * perHour; i < (hour + 1) * perHour; i++) sum += valueAt(i);
	return sum / perHour;
}

function checkHours(trace: ReturnType<typeof loadTrace>): void {
	assert.is(trace.timesUs.length, ROWS);
	for (let hour = 0; hour + 1 < (ROWS * STEP_S) / 3600; hour += 97) {
		const mean = traceMean(trace, hour * HOUR_US, (hour + 1) * HOUR_US);
		// Rounding of 180 summands of up to 1000.
		assert.ok(Math.abs(mean - hourMean(hour)) < 1e-9, `hour ${hour}: ${mean}`);
	}
}

test('a file of half a million rows is read to the last one, whatever its times', () => {
	const startMs = Date.UTC(2024, 0, 1);
	const text = (time: (i: number) => string) =>
		`time,power\n${Array.from({ length: ROWS }, (_, i) => `${time(i)},${valueAt(i)}`).join('\n')}\n`;
	writeFileSync(
		path,
		text((i) => String(i * STEP_S)),
	);
	checkHours(loadTrace(options));
	const iso = (i: number) => new Date(startMs + i * STEP_S * 1000).toISOString().slice(0, 19);
	const civil = {
		...{ startEpochMs: startMs, untilUs: ROWS * STEP_S * SECOND_US },
		...({ timezone: 'UTC', extend: 'error' } as const),
	};
	writeFileSync(
		path,
		text((i) => iso(i).replace('T', ' ')),
	);
	checkHours(loadTrace({ ...options, civil }));
	writeFileSync(
		path,
		text((i) => `${iso(i)}+00:00`),
	);
	checkHours(loadTrace({ ...options, civil }));
});

test('rows in any order and quoted cells give the same trace as rows in order', () => {
	fc.assert(
		fc.property(
			fc.uniqueArray(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 50 }),
			fc.boolean(),
			(seconds, isQuoted) => {
				const times = [0, ...seconds];
				const row = (s: number) => (isQuoted ? `"${s}","${s % 97}"` : `${s},${s % 97}`);
				const sorted = [...times].sort((a, b) => a - b);
				const shuffled = parseTrace(`s,"v, ""x"""\r\n${times.map(row).join('\r\n')}\r\n`, options);
				const plain = sorted.map((s) => `${s},${s % 97}`).join('\n');
				const ordered = parseTrace(`s,v\n${plain}`, options);
				assert.equal([...shuffled.timesUs], [...ordered.timesUs]);
				assert.equal([...shuffled.values], [...ordered.values]);
			},
		),
	);
});

test('times on the wall go through both changes of the clock', () => {
	// Berlin, 26 October 2025: 02:00 to 03:00 comes twice.
	const clock = zoneClock('Europe/Berlin');
	const autumn = Date.UTC(2025, 9, 25, 22);
	const rows = ['00:00', '01:00', '02:00', '02:30', '02:00', '02:30', '03:00', '04:00'];
	const text = `t,v\n${rows.map((time, i) => `2025-10-26 ${time}:00,${i}`).join('\n')}\n`;
	const civil = {
		...{ startEpochMs: autumn, untilUs: 5 * HOUR_US },
		...({ timezone: 'Europe/Berlin', extend: 'error' } as const),
	};
	const trace = parseTrace(text, { ...options, civil });
	assert.equal(
		[...trace.timesUs].map((us) => us / HOUR_US),
		[0, 1, 2, 2.5, 3, 3.5, 4],
	);
	for (let hour = 0; hour < 24 * 365; hour++) {
		const ms = Date.UTC(2025, 0, 1) + hour * 3_600_000;
		const shown = new Date(ms).toLocaleString('sv', { timeZone: 'Europe/Berlin' });
		assert.is(clock.wallMs(ms), parseInstantMs(shown), shown);
	}
});

test('parseInstantMs() reads the seconds of a day, and nothing that is none', () => {
	const dayMs = Date.UTC(2024, 1, 29);
	for (let s = 0; s < 86_400; s += 7) {
		const text = new Date(dayMs + s * 1000).toISOString();
		assert.is(parseInstantMs(text), dayMs + s * 1000);
		assert.is(parseInstantMs(text.slice(0, 19).replace('T', ' ')), dayMs + s * 1000);
	}
	const wrong = ['2023-02-29 00:00:00', '2024-02-29 24:00:01', '2024-02-29 00:60'];
	for (const text of [...wrong, '2024-0a-29 00:00']) assert.is(parseInstantMs(text), null, text);
});

test('a file without a header, with two columns of a name or with decimal commas says so', () => {
	const refuses = (text: string, expected: RegExp, column: string | null = null) => {
		try {
			parseTrace(text, { ...options, column });
		} catch (error) {
			assert.instance(error, ConfigError);
			assert.match((error as Error).message, expected);
			return;
		}
		assert.unreachable();
	};
	refuses(
		'2014-01-01 00:00:00,100\n2014-01-01 01:00:00,200\n',
		/it has no header: line 1 is the row "2014-01-01 00:00:00,100"; write a line with names/,
	);
	refuses('0,100\n60,200\n', /it has no header: line 1 is the row "0,100"/);
	refuses('t,a,a\n0,1,2\n', /it has two columns "a"/, 'a');
	refuses('t,v\n0,1,5\n', /line 2 has 3 columns, its header 2; separate columns by commas/);
	assert.equal([...parseTrace('# made by hand\nt;v\n0;1.5\n', options).values], [1.5]);
});

test.run();
