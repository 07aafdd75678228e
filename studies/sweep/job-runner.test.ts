import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { JobRunner } from './job-runner.ts';
import { JobStore } from './job-store.ts';
import { PoolClosed, WorkerPool } from './worker-pool.ts';

const WORKER = fileURLToPath(new URL('./testdata/odd-jobs-worker.js', import.meta.url));

interface Bench {
	readonly folder: string;
	readonly log: string;
	start(retry?: boolean): { run: JobRunner['run']; pool: WorkerPool };
	/** Jobs begun, in order. */
	begun(): string[];
}

async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-jobs-'));
	const log = join(folder, 'begun.txt');
	writeFileSync(log, '');
	const pools: WorkerPool[] = [];
	try {
		await work({
			folder,
			log,
			start(retry = false) {
				const pool = new WorkerPool(WORKER, 2);
				pools.push(pool);
				const store = new JobStore(join(folder, 'jobs'));
				const runner = new JobRunner({ store, pool, program: 'test', retry });
				return { run: (job) => runner.run(job), pool };
			},
			begun: () => readFileSync(log, 'utf8').split('\n').filter(Boolean),
		});
	} finally {
		for (const pool of pools) pool.close();
		rmSync(folder, { recursive: true });
	}
}

function job(log: string, what: string, value: number) {
	return { kind: 'odd', label: `${what} ${value}`, spec: { log, do: what, value } };
}

test('JobRunner.run() does equal jobs once, also when they are asked for at the same time', () =>
	withBench(async ({ log, start, begun, folder }) => {
		const { run } = start();
		const jobs = [3, 4, 3, 3].map((value) => run(job(log, 'square', value)));
		const done = await Promise.all(jobs);
		assert.equal(
			done.map(({ outcome }) => outcome),
			[9, 16, 9, 9].map((square) => ({ result: { square } })),
		);
		assert.equal(begun().sort(), ['square 3', 'square 4']);
		assert.is(done.filter(({ isReused }) => isReused).length, 2);
		assert.is(readdirSync(join(folder, 'jobs')).length, 2);
	}));

test('JobRunner.run() takes what another process has done, and fails again only if asked', () =>
	withBench(async ({ log, start, begun }) => {
		const first = start();
		await first.run(job(log, 'square', 5));
		const failure = { failure: 'Cannot do "7": it is odd' };
		assert.equal((await first.run(job(log, 'refuse', 7))).outcome, failure);
		const second = start();
		assert.equal((await second.run(job(log, 'square', 5))).outcome, { result: { square: 25 } });
		assert.equal((await second.run(job(log, 'refuse', 7))).outcome, failure);
		assert.is(begun().length, 2);
		const third = start(true);
		assert.ok((await third.run(job(log, 'square', 5))).isReused);
		assert.not.ok((await third.run(job(log, 'refuse', 7))).isReused);
		assert.equal(begun(), ['square 5', 'refuse 7', 'refuse 7']);
	}));

test('WorkerPool names how a process died, and goes on with the other jobs', () =>
	withBench(async ({ log, start }) => {
		const { run } = start();
		const [dead, ...alive] = await Promise.all([
			run(job(log, 'die', 1)),
			...[2, 3, 4, 5].map((value) => run(job(log, 'square', value))),
		]);
		assert.equal(dead?.outcome, { failure: 'its process was killed by SIGKILL' });
		assert.ok(alive.every(({ outcome }) => 'result' in outcome));
	}));

test('what a process says as it fails or dies is kept in visible characters', () =>
	withBench(async ({ log, start, folder }) => {
		const { run } = start();
		const cursed = await run(job(log, 'curse', 1));
		assert.equal(cursed.outcome, {
			failure: 'its process ended with code 3: \\x1b[2Jgone\\u{202e}',
		});
		const { hash, outcome } = await run(job(log, 'refuse badly', 2));
		assert.equal(outcome, { failure: '\\x1b[2J\\nno' });
		const path = join(folder, 'jobs', `${hash}.json`);
		const foreign = JSON.parse(readFileSync(path, 'utf8'));
		writeFileSync(path, JSON.stringify({ ...foreign, failure: '\x1b[31mred' }));
		assert.equal((await start().run(job(log, 'refuse badly', 2))).outcome, {
			failure: '\\x1b[31mred',
		});
	}));

test('WorkerPool.close() rejects what waits and keeps no failure of it', () =>
	withBench(async ({ log, start, folder }) => {
		const { run, pool } = start();
		const waiting = [1, 2, 3].map((value) =>
			run(job(log, 'square', value)).then(
				() => 'done',
				(error: unknown) => error instanceof PoolClosed,
			),
		);
		pool.close();
		assert.equal(await Promise.all(waiting), [true, true, true]);
		assert.equal(readdirSync(join(folder, 'jobs')), []);
	}));

test('JobStore removes the half file of a writer that is gone, and does a spoiled job again', () =>
	withBench(async ({ log, start, begun, folder }) => {
		const { hash } = await start().run(job(log, 'square', 6));
		const path = join(folder, 'jobs', `${hash}.json`);
		const whole = readFileSync(path, 'utf8');
		writeFileSync(path, whole.slice(0, 40));
		// No process has a number that high (Linux: at most 2^22).
		const half = join(folder, 'jobs', `${hash}.4194999.part`);
		writeFileSync(half, whole.slice(0, 9));
		const { outcome } = await start().run(job(log, 'square', 6));
		assert.equal(outcome, { result: { square: 36 } });
		assert.equal(begun(), ['square 6', 'square 6']);
		assert.equal(readdirSync(join(folder, 'jobs')), [`${hash}.json`]);
		assert.is(readFileSync(path, 'utf8'), whole);
	}));

test.run();
