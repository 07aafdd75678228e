import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from 'msgpackr';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namedPrng } from '../../kernel/actor/random.ts';
import { encode } from '../../protocol/codec.ts';
import type { Job } from '../../protocol/job-messages.ts';
import type { Message } from '../../protocol/messages.ts';
import { JOBS_SUBJECT } from '../../protocol/subjects.ts';
import { pathRefusal } from './incoming.ts';
import {
	ask,
	jobOf,
	SECRET,
	SUBJECTS,
	square,
	takeJob,
	withBench,
} from './lending.test-support.ts';

/** Workers that lie, and strangers, on the subjects of a study. */
const folder = mkdtempSync(join(tmpdir(), 'gridbeat-liars-'));
test.after(() => rmSync(folder, { recursive: true }));

const EMPTY = createHash('sha256').digest('hex');
const BYTES = new Uint8Array([65, 66]);

const fileOf = ({ token }: Job, path: string, at = 0, bytes = BYTES): Message => ({
	...{ type: 'job-file', token, secret: SECRET, path, at, bytes },
});
const endOf = ({ token, hash }: Job, more: object = {}): Message =>
	({
		...{ type: 'job-end', token, secret: SECRET, hash, outcome: { result: 7 } },
		...{ reason: '', bytes: 0, sha256: EMPTY },
		...more,
	}) as Message;

test('bytes that are no message end no study, whatever the subject, and are counted', () =>
	withBench({ atHome: 0 }, async ({ pool, worker, connect }) => {
		const outcome = pool.run(jobOf(3));
		const bus = connect();
		for (const subject of [JOBS_SUBJECT, ...Object.values(SUBJECTS)])
			bus.publish(subject, new Uint8Array([0xc1, 1, 2, 3, 4, 5, 6]));
		await bus.flush();
		worker('good', square);
		assert.equal(await outcome, { result: 9 });
		assert.is(pool.refusals.tally().count, 5);
		assert.is(pool.refusals.tally().named.length, 5);
	}));

test('a file that may not be ends its loan alone; the job is done by somebody else', async () => {
	const bad: readonly (readonly [string, (job: Job) => Message])[] = [
		['../../evil', (job) => fileOf(job, '../../evil')],
		['absolute', (job) => fileOf(job, '/tmp/evil')],
		['a part out of order', (job) => fileOf(job, 'a.csv', 5)],
		['a device', (job) => fileOf(job, 'nul.txt')],
		['a stream', (job) => fileOf(job, 'a.csv:b')],
		['a backslash', (job) => fileOf(job, '..\\evil')],
		['a line break', (job) => fileOf(job, 'a\nb')],
		['nothing', (job) => fileOf(job, '')],
	];
	for (const [title, message] of bad) {
		await withBench({ atHome: 0 }, async ({ pool, worker, connect, said }) => {
			const into = join(folder, 'job');
			const outcome = pool.run(jobOf(5, into));
			const bus = connect();
			const job = await takeJob(bus, 'liar');
			assert.is((await ask(bus, SUBJECTS.file, message(job))).type, 'refused', title);
			assert.is((await ask(bus, SUBJECTS.end, endOf(job))).type, 'refused', title);
			worker('good', ({ spec, folder: own = '' }) => {
				writeFileSync(join(own, 'a.csv'), 'right');
				return square({ spec } as Parameters<typeof square>[0]);
			});
			assert.equal(await outcome, { result: 25 }, title);
			assert.is(readFileSync(join(into, 'a.csv'), 'utf8'), 'right');
			assert.match(said[0] ?? '', 'A run is done again: what liar sent cannot be right: ');
			assert.equal(readdirSync(folder), ['job'], title);
		});
	}
	assert.not(existsSync('/tmp/evil'));
});

test('a file where a folder should be, and a file that comes twice, are refused', () =>
	withBench({ atHome: 0 }, async ({ pool, connect }) => {
		for (const [first, second] of [
			['a', 'a/b'],
			['a/b', 'a'],
		] as const) {
			pool.run(jobOf(5, join(folder, 'twice'))).catch(() => {});
			const bus = connect();
			const job = await takeJob(bus, 'liar');
			assert.is((await ask(bus, SUBJECTS.file, fileOf(job, first))).type, 'ok');
			assert.is((await ask(bus, SUBJECTS.file, fileOf(job, second))).type, 'refused');
			const again = await takeJob(bus, 'liar', '77'.repeat(32));
			const of = (path: string, at: number): Message =>
				({
					...fileOf(again, path, at),
					...{ secret: '77'.repeat(32) },
				}) as Message;
			assert.is((await ask(bus, SUBJECTS.file, of('x', 0))).type, 'ok');
			assert.is((await ask(bus, SUBJECTS.file, of('x', 2))).type, 'ok');
			assert.is((await ask(bus, SUBJECTS.file, of('y', 0))).type, 'ok');
			assert.is((await ask(bus, SUBJECTS.file, of('x', 4))).type, 'refused');
		}
	}));

test('a result that is none of its kind, of another job, or with other files is not kept', async () => {
	const wrong: readonly object[] = [
		{ outcome: { result: 'seven' } },
		{ outcome: { result: { value: 7 } } },
		{ hash: 'of another' },
		{ sha256: SECRET },
		{ bytes: 5 },
	];
	for (const more of wrong)
		await withBench({ atHome: 0 }, async ({ pool, worker, connect, said }) => {
			const outcome = pool.run(jobOf(4));
			const bus = connect();
			const job = await takeJob(bus, 'liar');
			await ask(bus, SUBJECTS.end, endOf(job, more));
			worker('good', square);
			assert.equal(await outcome, { result: 16 });
			assert.is(said.length, 1);
		});
});

test('a word of a job counts only from the worker that took it', () =>
	withBench({ atHome: 0 }, async ({ pool, connect, said }) => {
		const outcome = pool.run(jobOf(4));
		const bus = connect();
		const job = await takeJob(bus, 'owner');
		assert.match(job.token, /^loan-[0-9a-f]{64}$/);
		const other = { secret: '00'.repeat(32) };
		for (const [subject, message] of [
			[SUBJECTS.word, { type: 'job-word', token: job.token, ...other, part: 1 }],
			[SUBJECTS.file, { ...fileOf(job, 'a.csv'), ...other }],
			[SUBJECTS.end, { ...endOf(job), ...other }],
			[SUBJECTS.end, { ...endOf(job), token: 'loan-1' }],
		] as const)
			assert.is((await ask(bus, subject, message as Message)).type, 'refused');
		assert.is((await ask(bus, SUBJECTS.end, endOf(job))).type, 'ok');
		assert.equal(await outcome, { result: 7 });
		assert.is(pool.refusals.tally().count, 4);
		assert.ok(said.every((line) => line.startsWith('Refused a message on gridbeat.study.study.')));
	}));

test('a worker that lies three times gets no more jobs', () =>
	withBench({ atHome: 0 }, async ({ pool, connect }) => {
		const bus = connect();
		for (const value of [1, 2, 3, 4]) pool.run(jobOf(value)).catch(() => {});
		for (let lie = 0; lie < 3; lie++) {
			const job = await takeJob(bus, `liar under name ${lie}`);
			await ask(bus, SUBJECTS.end, endOf(job, { hash: '' }));
		}
		const message = { type: 'job-take', worker: 'liar', secret: SECRET } as const;
		const answer = await ask(bus, SUBJECTS.take, message);
		assert.is(
			answer.type === 'refused' && answer.reason,
			'what came from this worker could not be right',
		);
		await takeJob(bus, 'honest', '11'.repeat(32));
	}));

test('what a worker calls itself and says is shown in visible characters', () =>
	withBench({ atHome: 0 }, async ({ pool, connect, said }) => {
		const outcome = pool.run(jobOf(4));
		const bus = connect();
		const odd = '\x1b[2J\u202e';
		const wanted = { type: 'jobs-wanted', program: odd, worker: odd } as const;
		await ask(bus, JOBS_SUBJECT, wanted);
		const job = await takeJob(bus, odd);
		await ask(bus, SUBJECTS.end, endOf(job, { outcome: null, reason: odd }));
		const next = await takeJob(bus, odd);
		await ask(bus, SUBJECTS.end, endOf(next, { outcome: { failure: odd } }));
		const shown = [...said, JSON.stringify(await outcome)].join('\n');
		assert.not.match(shown.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
		assert.match(shown, '\\x1b[2J\\u{202e} gave it back');
	}));

test('a borrower takes answers that are none as none', () =>
	withBench({ atHome: 0 }, async ({ pool, worker, connect }) => {
		const bus = connect();
		let garbage = 0;
		const liar = bus.subscribe(JOBS_SUBJECT, () => {
			garbage++;
			return new Uint8Array([0xc1]);
		});
		const borrower = worker('w', square);
		while (garbage < 2) await new Promise((resolve) => setTimeout(resolve, 5));
		liar.unsubscribe();
		assert.equal(await pool.run(jobOf(6)), { result: 36 });
		assert.ok(borrower.refusals.tally().count >= 2);
	}));

test('20,000 hostile messages on every subject of a study change no result, and all are counted', () =>
	withBench({ atHome: 0 }, async ({ pool, worker, connect }) => {
		const random = namedPrng(`hostile jobs ${process.env['GRIDBEAT_SEED'] ?? 1}`);
		const int = (below: number) => Math.floor(random.uniform() * below);
		const pick = <T>(from: readonly T[]): T => from[int(from.length)] as T;
		const stranger = connect();
		const token = `loan-${'0'.repeat(64)}`;
		const forged = { token, hash: jobOf(1).hash } as Job;
		const [word, file, end] = [SUBJECTS.word, SUBJECTS.file, SUBJECTS.end];
		const right: readonly (readonly [string, Message])[] = [
			[word, { type: 'job-word', token, secret: SECRET, part: 0.5 }],
			[file, fileOf(forged, 'evil')],
			[end, endOf(forged)],
			[end, endOf(forged, { outcome: { failure: '\x1b[2J' } })],
		];
		const all = [JOBS_SUBJECT, ...Object.values(SUBJECTS)];
		const hostile = (): readonly [string, Uint8Array] => {
			const [subject, message] = pick(right);
			const bytes = encode(message);
			const kind = int(5);
			if (kind === 0) return [pick(all), Uint8Array.from({ length: int(99) }, () => int(256))];
			if (kind === 1) return [subject, bytes.subarray(0, int(bytes.length))];
			if (kind === 2)
				return [subject, pack({ ...message, [pick(Object.keys(message))]: { $: 1 } })];
			if (kind === 3) return [pick(all), encode({ type: 'ok' })];
			return [subject, bytes];
		};
		const values = Array.from({ length: 20 }, (_, i) => i + 1);
		const outcomes = Promise.all(
			values.map((value) => pool.run(jobOf(value, join(folder, `${value}`)))),
		);
		worker('good', async ({ spec, folder: own = '' }) => {
			writeFileSync(join(own, 'a.csv'), 'x'.repeat(300_000));
			for (let i = 0; i < 1_000; i++) stranger.publish(...hostile());
			await stranger.flush();
			return square({ spec } as Parameters<typeof square>[0]);
		});
		assert.equal(
			await outcomes,
			values.map((value) => ({ result: value ** 2 })),
		);
		const { count, duplicates, named } = pool.refusals.tally();
		assert.is(count + duplicates, 20_000);
		assert.ok(named.length <= 16);
		for (const value of values)
			assert.is(readFileSync(join(folder, `${value}`, 'a.csv'), 'utf8').length, 300_000);
	}));

test('pathRefusal() passes what runs write', () => {
	for (const path of [
		'timeseries.csv',
		'sites/a b/report.html',
		'plots/power.svg',
		'.hidden',
		'münchen.csv',
	])
		assert.is(pathRefusal(path), null, path);
	for (const path of [
		'a/../b',
		'./a',
		'a//b',
		'/a',
		'a/',
		'C:/a',
		'a\0b',
		'con',
		'LPT1.csv',
		'a.',
		'x/'.repeat(20),
	])
		assert.is.not(pathRefusal(path), null, path);
});

test.run();
