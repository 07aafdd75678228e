import {
	appendFileSync,
	copyFileSync,
	mkdtempSync,
	renameSync,
	rmSync,
	truncateSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Feed } from '../../../protocol/scenario/feed.ts';
import * as fc from '../../../tests/properties.test-support.ts';
import { ASK, fakeEnv, feedError } from '../fake-source.test-support.ts';
import type { LiveFeed } from '../feed.ts';
import { openFeed } from '../open-feed.ts';
import { FileTail } from './file-tail.ts';

const NOW_MS = Date.parse('2026-11-20T12:00:00Z');
const HEADER = 'time,Load [kW]\n';
const row = (minute: number, value: number | string) =>
	`2026-11-20T11:${String(minute).padStart(2, '0')}:00Z,${value}\n`;

async function inFolder(use: (file: (name: string) => string) => Promise<void>): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-csv-'));
	try {
		await use((name) => join(folder, name));
	} finally {
		rmSync(folder, { recursive: true });
	}
}

const open = (path: string, keys: object = {}) =>
	openFeed(
		Feed.parse({ type: 'csv', path, ...keys }),
		{ quantity: 'power', place: null },
		fakeEnv({ atMs: NOW_MS, timeoutMs: 2000 }),
	);

/** The values that a poll gives, by the minute. */
async function values(feed: LiveFeed): Promise<[minute: number, value: number][]> {
	const answer = await feed.poll(NOW_MS, ASK.signal);
	if (answer === 'unchanged') throw new Error('nothing new');
	return answer.points.map(({ fromMs, value }) => [new Date(fromMs).getUTCMinutes(), value]);
}

const silence = async (feed: LiveFeed) => (await feedError(feed.poll(NOW_MS, ASK.signal))).message;

test('what is appended comes once its line is whole, in the unit of its column', () =>
	inFolder(async (file) => {
		const path = file('meter.csv');
		writeFileSync(path, `\uFEFF${HEADER}${row(0, 1)}${row(1, 1.5)}`);
		const feed = await open(path);
		assert.equal(await values(feed), [
			[0, 1000],
			[1, 1500],
		]);
		assert.match(await silence(feed), /: no row came within 2 s$/);
		appendFileSync(path, row(2, 2).slice(0, 10));
		assert.match(await silence(feed), /no row came/);
		appendFileSync(path, `${row(2, 2).slice(10)}${row(3, 3)}${row(4, 44).trimEnd()}`);
		assert.equal(await values(feed), [
			[2, 2000],
			[3, 3000],
		]);
		appendFileSync(path, '\r\n\n');
		assert.equal(await values(feed), [[4, 44_000]]);
		await feed.close?.();
	}));

test('a file that is put aside is read to its end, and the next one from its beginning', () =>
	inFolder(async (file) => {
		const path = file('meter.csv');
		writeFileSync(path, HEADER + row(0, 1));
		const feed = await open(path);
		assert.equal(await values(feed), [[0, 1000]]);
		appendFileSync(path, row(1, 2));
		renameSync(path, file('meter.csv.1'));
		appendFileSync(file('meter.csv.1'), row(2, 3));
		writeFileSync(path, HEADER + row(3, 4));
		assert.equal(await values(feed), [
			[1, 2000],
			[2, 3000],
			[3, 4000],
		]);
		// Between the two there is none, and the next has no header.
		renameSync(path, file('meter.csv.1'));
		assert.match(await silence(feed), /no row came/);
		writeFileSync(path, '');
		assert.match(await silence(feed), /no row came/);
		appendFileSync(path, row(4, 5));
		assert.equal(await values(feed), [[4, 5000]]);
		// The next has other columns.
		renameSync(path, file('meter.csv.1'));
		writeFileSync(path, `time,power_W,note\n${row(5, '6,x')}`);
		assert.match(await silence(feed), /it has several columns; it has "power_W", "note"$/);
		await feed.close?.();
	}));

test('a file that is cut short or written anew is read from its beginning', () =>
	inFolder(async (file) => {
		const path = file('meter.csv');
		writeFileSync(path, HEADER + row(0, 1) + row(1, 2));
		const feed = await open(path);
		await values(feed);
		truncateSync(path, 0);
		assert.match(await silence(feed), /no row came/);
		appendFileSync(path, HEADER + row(2, 3));
		assert.equal(await values(feed), [[2, 3000]]);
		// As logrotate does with copytruncate; it is longer than before when it is looked at.
		copyFileSync(path, file('copy'));
		writeFileSync(path, HEADER + row(3, 4) + row(4, 5) + row(5, 6));
		assert.equal(await values(feed), [
			[3, 4000],
			[4, 5000],
			[5, 6000],
		]);
		await feed.close?.();
	}));

test('lines that are no rows are counted, and values that are missing are waited for', () =>
	inFolder(async (file) => {
		const path = file('meter.csv');
		writeFileSync(path, `time;power_W;b\n`);
		const feed = await open(path, { column: 'power_W' });
		assert.match(await silence(feed), /no row came/);
		appendFileSync(path, '2026-11-20T11:00:00Z;;1\n');
		assert.match(await silence(feed), /no row came/);
		appendFileSync(path, '2026-11-20T11:01:00Z;7;1\nlost\n2026-11-20T11:02:00Z;"a\n11;1;2\n');
		const answer = await feed.poll(NOW_MS, ASK.signal);
		if (answer === 'unchanged') throw new Error('nothing new');
		assert.equal(
			answer.points.map(({ value }) => value),
			[7],
		);
		assert.is(answer.outOfBounds, 3);
		assert.match(
			answer.notes.join(),
			/^3 of 4 values were refused: the time "11" is no ISO date-time$/,
		);
		await feed.close?.();
	}));

test('a file that is not there yet is waited for, and a header that cannot be is said', () =>
	inFolder(async (file) => {
		const path = file('meter.csv');
		const feed = await open(path);
		assert.match(await silence(feed), /^Cannot read ".*meter\.csv": there is no such file$/);
		writeFileSync(path, HEADER + row(0, 1));
		assert.equal(await values(feed), [[0, 1000]]);
		await feed.close?.();
		const wrong: [string, object, RegExp][] = [
			['time\n', {}, /has no column beside the time$/],
			['time,a,b\n', { column: 'c' }, /it has no column "c"; it has "a", "b"$/],
			['time,Price [EUR/MWh]\n', {}, /as power: unit "EUR\/MWh" is none of it/],
			['time,Load [furlong]\n', {}, /"furlong" is no unit that is known here; say its unit$/],
		];
		for (const [header, keys, expected] of wrong) {
			writeFileSync(path, header + row(0, 1));
			const other = await open(path, keys);
			const message = await other
				.poll(NOW_MS, ASK.signal)
				.then(String, (error: Error) => error.message);
			assert.match(message, expected);
			await other.close?.();
		}
	}));

test('times by the clock of a zone go through the hour that comes twice', () =>
	inFolder(async (file) => {
		const path = file('meter.csv');
		const rows = ['01:00', '02:00', '02:00', '03:00'].map((time, i) => `2026-10-25 ${time},${i}\n`);
		writeFileSync(path, `time,W\n${rows.join('')}`);
		const feed = await open(path, { timezone: 'Europe/Berlin' });
		const answer = await feed.poll(NOW_MS, ASK.signal);
		if (answer === 'unchanged') throw new Error('nothing new');
		assert.equal(
			answer.points.map(({ fromMs }) => new Date(fromMs).toISOString().slice(11, 16)),
			['23:00', '00:00', '01:00', '02:00'],
		);
		await feed.close?.();
	}));

test('a span is read from the whole file, from the value that holds at its start on', () =>
	inFolder(async (file) => {
		const path = file('meter.csv');
		writeFileSync(path, HEADER + [0, 10, 20, 30, 40].map((minute) => row(minute, minute)).join(''));
		const feed = await open(path);
		const at = (minute: number) => Date.parse(`2026-11-20T11:${minute}:00Z`);
		const answer = await feed.range?.({ fromMs: at(15), untilMs: at(40) }, ASK.signal);
		assert.equal(
			answer?.points.map(({ value }) => value),
			[10_000, 20_000, 30_000],
		);
	}));

test('of a file that is there already only the end is read, and no byte of what comes is lost', () =>
	inFolder(async (file) => {
		const path = file('log.csv');
		const line = fc
			.string({ unit: 'grapheme', maxLength: 40 })
			.map((text) => text.replace(/[\r\n]/g, ''));
		await fc.assert(
			fc.asyncProperty(
				fc.array(line, { minLength: 1, maxLength: 30 }),
				fc.array(fc.nat(400), { maxLength: 8 }),
				fc.integer({ min: 1, max: 300 }),
				async (lines, cuts, most) => {
					const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
					const places = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b)];
					rmSync(path, { force: true });
					writeFileSync(path, '');
					const tail = new FileTail(path, most);
					const found: string[] = [];
					for (const [i, from] of places.entries()) {
						appendFileSync(path, bytes.subarray(from, places[i + 1] ?? bytes.length));
						for (const part of await tail.read()) found.push(...part.lines);
					}
					await tail.close();
					// If there was more than it takes at first: the first line and the last ones.
					const kept = Math.min(found.length - 1, lines.length - 1);
					assert.equal(found.slice(-kept || found.length), lines.slice(-kept || lines.length));
					assert.is(found[0], lines[0]);
					if ((places[1] ?? bytes.length) <= most) assert.is(found.length, lines.length);
				},
			),
		);
	}));

test.run();
