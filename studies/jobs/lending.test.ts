import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Message } from '../../protocol/messages.ts';
import { JOBS_SUBJECT } from '../../protocol/subjects.ts';
import type { PoolJob } from '../sweep/pool.ts';
import {
	ask,
	jobOf,
	PROGRAM,
	SECRET,
	SUBJECTS,
	square,
	takeJob,
	withBench,
} from './lending.test-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-lending-'));
test.after(() => rmSync(folder, { recursive: true }));

test('LendingPool gives the same whether jobs are done here, by workers, or both', async () => {
	for (const [atHome, workers] of [
		[2, 0],
		[0, 2],
		[1, 2],
	] as const)
		await withBench({ atHome }, async ({ pool, worker }) => {
			for (let i = 0; i < workers; i++) worker(`w${i}`, square);
			const outcomes = await Promise.all([1, 2, 3, 4, 5].map((value) => pool.run(jobOf(value))));
			assert.equal(
				outcomes,
				[1, 4, 9, 16, 25].map((result) => ({ result })),
			);
		});
});

test('Borrower sends every file as it is, large and empty ones, and what its reports say of the folder', () =>
	withBench({ atHome: 0 }, async ({ pool, worker }) => {
		const large = 'x'.repeat(700_000);
		worker('w', ({ folder: own = '' }) => {
			writeFileSync(join(own, 'large.csv'), large);
			writeFileSync(join(own, 'empty.csv'), '');
			writeFileSync(join(own, 'report.html'), `<p>${own}</p>`);
			return { result: 1 };
		});
		const into = join(folder, 'a & b');
		await pool.run(jobOf(1, into));
		assert.is(readFileSync(join(into, 'large.csv'), 'utf8'), large);
		assert.is(readFileSync(join(into, 'empty.csv'), 'utf8'), '');
		assert.is(readFileSync(join(into, 'report.html'), 'utf8'), `<p>${folder}/a &amp; b</p>`);
	}));

test('LendingPool takes a job back from a worker that falls silent, and hears no more of it', () =>
	withBench({ atHome: 0, silenceMs: 80 }, async ({ pool, worker, connect, said }) => {
		const bus = connect();
		const into = join(folder, 'silent');
		const outcome = pool.run(jobOf(3, into));
		await ask(bus, JOBS_SUBJECT, { type: 'jobs-wanted', program: PROGRAM, worker: 'mute' });
		const { token } = await takeJob(bus, 'mute');
		const file = { type: 'job-file', token, secret: SECRET, path: 'half.csv', at: 0 } as const;
		await ask(bus, SUBJECTS.file, { ...file, bytes: new Uint8Array([65]) });
		await sleep(200);
		const word = { type: 'job-word', token, secret: SECRET, part: 0.5 } as const;
		assert.equal(await ask(bus, SUBJECTS.word, word), {
			type: 'refused',
			reason: 'the job is somebody else’s by now',
			retry: false,
		});
		worker('other', ({ spec, folder: own = '' }) => {
			writeFileSync(join(own, 'whole.csv'), 'B');
			return square({ spec } as PoolJob);
		});
		assert.equal(await outcome, { result: 9 });
		assert.not(existsSync(join(into, 'half.csv')));
		assert.ok(existsSync(join(into, 'whole.csv')));
		assert.equal(
			said.filter((line) => !line.startsWith('Refused')),
			['A run is done again: mute is silent since 0 s'],
		);
	}));

test('LendingPool takes back what a stopped worker gives back, and a job whose files came in part', () =>
	withBench({ atHome: 0 }, async ({ pool, worker, connect, said }) => {
		const stopped = worker('stopped', () => new Promise(() => {}));
		let part = 0;
		const outcome = pool.run(jobOf(4), (_part, where) => {
			if (where === 'stopped') part++;
		});
		while (part === 0) await sleep(5);
		stopped.stop();
		const bus = connect();
		let given: Message = { type: 'ok' };
		while (given.type !== 'job') {
			await sleep(5);
			given = await ask(bus, SUBJECTS.take, { type: 'job-take', worker: 'torn', secret: SECRET });
		}
		const { token, hash } = given;
		const end = { type: 'job-end', token, secret: SECRET, hash, outcome: { result: 0 } } as const;
		await ask(bus, SUBJECTS.end, { ...end, reason: '', bytes: 7, sha256: SECRET });
		worker('good', square);
		assert.equal(await outcome, { result: 16 });
		assert.equal(said, [
			'A run is done again: stopped gave it back: it was stopped',
			'A run is done again: of its files 0 of 7 bytes came from torn',
		]);
	}));

test('LendingPool has no job for another version', () =>
	withBench({ atHome: 0 }, async ({ pool, connect, said }) => {
		const bus = connect();
		pool.run(jobOf(5)).catch(() => {});
		const wanted = { type: 'jobs-wanted', program: 'older', worker: 'old' } as const;
		assert.is((await ask(bus, JOBS_SUBJECT, wanted)).type, 'refused');
		assert.equal(said, ['Worker old is of another version (older) and gets no runs']);
	}));

test('LendingPool fails a job that no worker can do where nobody is at home', () =>
	withBench({ atHome: 0 }, async ({ pool, worker }) => {
		worker('w', square);
		assert.equal(await pool.run({ ...jobOf(6), hash: 'of other data' }), {
			failure:
				'no worker did it; the last one: w gave it back: its data files are not those of the study; put them at the same paths there',
		});
	}));

test.run();
