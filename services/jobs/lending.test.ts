import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decode, encode } from '../../protocol/codec.ts';
import type { Message } from '../../protocol/messages.ts';
import { JOBS_SUBJECT, studySubjects } from '../../protocol/subjects.ts';
import type { Bus } from '../bus/bus.ts';
import { MemoryBroker } from '../bus/memory-bus.ts';
import { jobHash } from '../sweep/identity.ts';
import type { Outcome } from '../sweep/job-store.ts';
import type { Pool, PoolJob } from '../sweep/pool.ts';
import type { WorkerPool } from '../sweep/worker-pool.ts';
import { Borrower } from './borrow.ts';
import { LendingPool } from './lend.ts';

/** Jobs over a bus in memory; what does them are functions of ours. */
const folder = mkdtempSync(join(tmpdir(), 'gridbeat-lending-'));
test.after(() => rmSync(folder, { recursive: true }));

const PROGRAM = 'test';
const SUBJECTS = studySubjects('study');

function jobOf(value: number, into?: string): PoolJob {
	const spec = { value };
	const hash = jobHash({ program: PROGRAM, kind: 'odd', spec });
	return { kind: 'odd', hash, spec, ...(into === undefined ? {} : { folder: into }) };
}

const square = ({ spec }: PoolJob): Outcome => ({
	result: (spec as { value: number }).value ** 2,
});

class HandPool implements Pool {
	readonly #work: (job: PoolJob) => Outcome | Promise<Outcome>;

	constructor(work: (job: PoolJob) => Outcome | Promise<Outcome>) {
		this.#work = work;
	}

	run(job: PoolJob, _progress?: unknown, signal?: AbortSignal): Promise<Outcome> {
		const givenUp = new Promise<Outcome>((resolve) => {
			signal?.addEventListener('abort', () => resolve({ failure: 'it was given up' }));
		});
		return Promise.race([Promise.resolve(this.#work(job)), givenUp]);
	}

	close(): void {}
}

interface Bench {
	readonly pool: LendingPool;
	readonly said: string[];
	connect(): Bus;
	/** Starts a worker that does jobs as `work` does. */
	worker(
		name: string,
		work: (job: PoolJob) => Outcome | Promise<Outcome>,
		program?: string,
	): Borrower;
}

/** A study that does `atHome` jobs at a time by itself. */
async function withBench(
	{ atHome, silenceMs = 60_000 }: { atHome: number; silenceMs?: number },
	work: (bench: Bench) => Promise<void>,
): Promise<void> {
	const broker = new MemoryBroker();
	const said: string[] = [];
	const local = { pool: new HandPool(square), size: atHome };
	const say = (text: string) => void said.push(text);
	const options = { study: 'study', program: PROGRAM, local, silenceMs, say };
	const pool = new LendingPool({ ...options, bus: broker.connect() });
	const workers: Borrower[] = [];
	try {
		await work({
			...{ pool, said, connect: () => broker.connect() },
			worker(name, doIt, program = PROGRAM) {
				const own = new HandPool(doIt) as unknown as WorkerPool;
				const borrower = new Borrower({
					...{ bus: broker.connect(), program, worker: name, slots: 1, say: () => {} },
					poolOf: (kind) => (kind === 'odd' ? own : null),
				});
				workers.push(borrower);
				void borrower.run();
				return borrower;
			},
		});
	} finally {
		for (const worker of workers) worker.stop();
		pool.close();
	}
}

async function ask(bus: Bus, subject: string, message: Message): Promise<Message> {
	const answer = await bus.request(subject, encode(message), 5_000);
	return decode(answer, 'jobs-offered', 'job', 'refused', 'ok');
}

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
		const job = await ask(bus, SUBJECTS.take, { type: 'job-take', worker: 'mute' });
		assert.is(job.type, 'job');
		const { token } = job as Extract<Message, { type: 'job' }>;
		const bytes = new Uint8Array([65]);
		await ask(bus, SUBJECTS.file, { type: 'job-file', token, path: 'half.csv', bytes });
		await sleep(200);
		assert.equal(await ask(bus, SUBJECTS.word, { type: 'job-word', token, part: 0.5 }), {
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
		assert.equal(said, ['A run is done again: mute is silent since 0 s']);
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
			given = await ask(bus, SUBJECTS.take, { type: 'job-take', worker: 'torn' });
		}
		const { token } = given;
		const end = { type: 'job-end', token, outcome: { result: 0 }, reason: '', bytes: 7 } as const;
		await ask(bus, SUBJECTS.end, end);
		worker('good', square);
		assert.equal(await outcome, { result: 16 });
		assert.equal(said, [
			'A run is done again: stopped gave it back: it was stopped',
			'A run is done again: of its files 0 of 7 bytes came from torn',
		]);
	}));

test('LendingPool has no job for another version, nor a file outside its folder', () =>
	withBench({ atHome: 0 }, async ({ pool, connect, said }) => {
		const bus = connect();
		const outcome = pool.run(jobOf(5, join(folder, 'outside'))).catch((error) => error);
		const wanted = { type: 'jobs-wanted', program: 'older', worker: 'old' } as const;
		assert.is((await ask(bus, JOBS_SUBJECT, wanted)).type, 'refused');
		assert.equal(said, ['Worker old is of another version (older) and gets no runs']);
		const { token } = (await ask(bus, SUBJECTS.take, {
			type: 'job-take',
			worker: 'bad',
		})) as Extract<Message, { type: 'job' }>;
		const path = '../../evil';
		const file = { type: 'job-file', token, path, bytes: new Uint8Array(1) } as const;
		assert.is((await ask(bus, SUBJECTS.file, file)).type, 'refused');
		assert.match((await outcome).message, /^Cannot take the file "..\/..\/evil" of a worker: /);
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
