import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Bus } from '../../kernel/bus/bus.ts';
import { encode } from '../../protocol/codec.ts';
import { PART_BYTES } from '../../protocol/job-messages.ts';
import { RESULTS_STORE, studySubject } from '../../protocol/subjects.ts';
import type { Outcome } from '../sweep/job-store.ts';
import type { PoolJob } from '../sweep/pool.ts';
import { RESULTS } from './limits.ts';
import {
	jobOf,
	PROGRAM,
	putResult,
	QUEUE,
	resultOf,
	square,
	takeJob,
	withBench,
} from './queue.test-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-queue-'));
test.after(() => rmSync(folder, { recursive: true }));

const never = () => new Promise<Outcome>(() => {});

test('QueuePool gives the same whether jobs are done here, by workers, or both', async () => {
	for (const [atHome, workers] of [
		[2, 0],
		[0, 2],
		[1, 2],
	] as const)
		await withBench({ atHome }, async ({ pool, worker }) => {
			for (let i = 0; i < workers; i++) worker(`w${i}`, square);
			const values = Array.from({ length: 300 }, (_, i) => i);
			const outcomes = await Promise.all(values.map((value) => pool.run(jobOf(value))));
			assert.equal(
				outcomes,
				values.map((value) => ({ result: value ** 2 })),
			);
		});
});

test('nothing of a job that is done stays in queue and store', () =>
	withBench({ atHome: 0 }, async ({ pool, worker, connect }) => {
		const put: string[] = [];
		const bus = connect();
		const noted = {
			...{
				publish: bus.publish.bind(bus),
				findQueues: bus.findQueues.bind(bus),
				closed: bus.closed,
			},
			async openStore(...args: Parameters<Bus['openStore']>) {
				const store = await bus.openStore(...args);
				const note = (name: string, bytes: Uint8Array) => {
					put.push(name);
					return store.put(name, bytes);
				};
				return { ...store, put: note };
			},
		} as Bus;
		const work = ({ folder: own = '', spec }: PoolJob) => {
			writeFileSync(join(own, 'a.csv'), 'a');
			return square({ spec } as PoolJob);
		};
		worker('w', work, { bus: noted });
		assert.equal(await pool.run(jobOf(2, join(folder, 'kept'))), { result: 4 });
		assert.is(put.length, 2);
		const store = await bus.openStore(RESULTS_STORE, RESULTS);
		for (const name of put) while ((await store.get(name)) !== null) await sleep(5);
		pool.close();
		assert.is(await pool.left(), true);
		assert.equal(await bus.findQueues(), []);
	}));

test('workers send every file as it is, large and empty ones, and what its reports say of the folder', () =>
	withBench({ atHome: 0 }, async ({ pool, worker }) => {
		const large = 'xyz'.repeat(PART_BYTES / 2);
		worker('w', ({ folder: own = '' }) => {
			writeFileSync(join(own, 'large.csv'), large);
			writeFileSync(join(own, 'empty.csv'), '');
			writeFileSync(join(own, 'zero.csv'), '');
			writeFileSync(join(own, 'part.csv'), 'y'.repeat(PART_BYTES));
			writeFileSync(join(own, 'report.html'), `<p>${own}</p>`);
			return { result: 1 };
		});
		const into = join(folder, 'a & b');
		assert.equal(await pool.run(jobOf(1, into)), { result: 1 });
		assert.ok(readFileSync(join(into, 'large.csv'), 'utf8') === large);
		assert.is(readFileSync(join(into, 'part.csv')).length, PART_BYTES);
		for (const name of ['empty.csv', 'zero.csv'])
			assert.is(readFileSync(join(into, name), 'utf8'), '');
		assert.is(readFileSync(join(into, 'report.html'), 'utf8'), `<p>${folder}/a &amp; b</p>`);
	}));

test('a job whose worker falls silent is done by another; what the first one says then is not heard', () =>
	withBench({ atHome: 0, silenceMs: 80 }, async ({ pool, worker, connect, said }) => {
		const bus = connect();
		const into = join(folder, 'silent');
		const parts: number[] = [];
		const outcome = pool.run(jobOf(3, into), (part) => void parts.push(part));
		const { delivery } = await takeJob(bus);
		const word = { type: 'job-word', job: delivery.name, worker: 'mute', count: 1 } as const;
		bus.publish(studySubject(QUEUE), encode({ ...word, part: 0.25 }));
		let isBegun = false;
		worker('other', async ({ spec, folder: own = '' }) => {
			isBegun = true;
			writeFileSync(join(own, 'whole.csv'), 'B');
			await sleep(100);
			return square({ spec } as PoolJob);
		});
		while (!isBegun) await sleep(5);
		bus.publish(studySubject(QUEUE), encode({ ...word, part: 0.75 }));
		assert.equal(await outcome, { result: 9 });
		assert.ok(existsSync(join(into, 'whole.csv')));
		assert.is(parts[0], 0.25);
		assert.not(parts.includes(0.75));
		assert.is(said[0], 'A run is done again: mute is silent since 0 s');
	}));

test('a stopped worker gives its job back; one that lost its study ends it', () =>
	withBench({ atHome: 0 }, async ({ pool, worker, said }) => {
		const stopped = worker('stopped', never);
		let isBegun = false;
		const outcome = pool.run(jobOf(4), () => {
			isBegun = true;
		});
		while (!isBegun) await sleep(5);
		stopped.stop();
		worker('good', square);
		assert.equal(await outcome, { result: 16 });
		assert.equal(said, ['A run is done again: stopped gave it back: it was stopped']);
	}));

test('a worker ends the job of a study that is closed', () =>
	withBench({ atHome: 0, silenceMs: 200 }, async ({ pool, worker, study }) => {
		const begun: number[] = [];
		const given = (job: PoolJob) => {
			const { value } = job.spec as { value: number };
			begun.push(value);
			return value === 5 ? never() : square(job);
		};
		worker('w', given);
		pool.run(jobOf(5)).catch(() => {});
		while (!begun.includes(5)) await sleep(5);
		pool.close();
		await pool.left();
		const next = await study('g-next');
		assert.equal(await next.run(jobOf(6)), { result: 36 });
		next.close();
		await next.left();
	}));

test('two studies at once are served in turn, each with its own', () =>
	withBench({ atHome: 0 }, async ({ pool, worker, study }) => {
		const other = await study('g-other');
		const values = Array.from({ length: 20 }, (_, i) => i);
		const order: string[] = [];
		const runs = [pool, other].map((one, at) =>
			Promise.all(
				values.map(async (value) => {
					const outcome = await one.run({ ...jobOf(value), command: `of ${at}` });
					order.push(`${at}`);
					return outcome;
				}),
			),
		);
		worker('w', square);
		for (const outcomes of await Promise.all(runs))
			assert.equal(
				outcomes,
				values.map((value) => ({ result: value ** 2 })),
			);
		assert.ok(order.slice(0, 10).includes('0') && order.slice(0, 10).includes('1'), order.join(''));
		other.close();
		await other.left();
	}));

test('a study that was killed takes what workers did since, and puts no job twice', () =>
	withBench({ atHome: 0 }, async ({ study, connect, worker }) => {
		const [values, queue, life] = [[1, 2, 3], 'g-life', connect()];
		const killed = await study(queue, { bus: life });
		for (const value of values) killed.run(jobOf(value)).catch(() => {});
		const bus = connect();
		// One is done after its death, and one failed: that is tried again.
		const [done, failed] = [await takeJob(bus, queue), await takeJob(bus, queue)];
		await life.close();
		await putResult(bus, done.delivery.name, resultOf(done));
		await done.delivery.done();
		await putResult(bus, failed.delivery.name, resultOf(failed, { outcome: { failure: 'no' } }));
		await failed.delivery.done();
		const again = await study(queue, { isResumed: true });
		const outcomes = Promise.all(values.map((value) => again.run(jobOf(value))));
		let count = 0;
		worker('w', (job) => {
			count++;
			return square(job);
		});
		const expected = [1, 4, 9];
		expected[values.indexOf((done.job.spec as { value: number }).value)] = 7;
		assert.equal(
			await outcomes,
			expected.map((result) => ({ result })),
		);
		assert.is(count, 2);
		again.close();
		await again.left();
	}));

test('no worker of another version, or with another join key, takes a job; both sides say so', () =>
	withBench({ atHome: 0 }, async ({ pool, worker, said }) => {
		let isTaken = false;
		const take = () => {
			isTaken = true;
			return { result: 0 };
		};
		worker('old', take, { program: 'older', group: 'h' });
		worker('stranger', take, { group: 'i' });
		const outcome = pool.run(jobOf(5));
		while (said.length === 0) await sleep(5);
		assert.not(isTaken);
		worker('good', square);
		assert.equal(await outcome, { result: 25 });
		assert.not(isTaken);
		assert.equal(said, ['Worker old is of another version (older) and gets no runs']);
	}));

test('a job of another version in a queue of ours is given back, and ends as a failure by name', () =>
	withBench({ atHome: 0 }, async ({ pool, worker, said }) => {
		worker('w', square, { program: 'older' });
		assert.equal(await pool.run(jobOf(5)), {
			failure: `no worker did it; the last one: w gave it back: it is of version older, the job of ${PROGRAM}`,
		});
		assert.is(said.filter((line) => line.startsWith('A run is done again: w gave')).length, 3);
	}));

test('a job that no worker can do fails by name, or is done at home', async () => {
	const reason =
		'w gave it back: its data files are not those of the study; put them at the same paths there';
	const odd = { ...jobOf(6), hash: 'of other data' };
	await withBench({ atHome: 0 }, async ({ pool, worker }) => {
		worker('w', square);
		assert.equal(await pool.run(odd), { failure: `no worker did it; the last one: ${reason}` });
	});
	await withBench({ atHome: 1 }, async ({ pool, worker }) => {
		worker('w', square);
		assert.equal(await pool.run(odd), { result: 36 });
	});
});

test('a job that each of its workers dies of is one failure by name, also if one more dies of it', async () => {
	for (const takers of [3, 4])
		await withBench({ atHome: 0, silenceMs: 60 }, async ({ pool, worker, connect }) => {
			const poisoned = pool.run(jobOf(6));
			for (let taker = 0; taker < takers; taker++) await takeJob(connect());
			worker('w', square);
			const others = [1, 2].map((value) => pool.run(jobOf(value)));
			assert.equal(await Promise.all(others), [{ result: 1 }, { result: 4 }]);
			assert.equal(await poisoned, {
				failure: 'no worker did it; the last one: its worker is silent since 0 s',
			});
		});
});

test('without its bus a study does all at home, and fails where nobody is', async () => {
	for (const atHome of [1, 0])
		await withBench({ atHome }, async ({ study, worker, connect, said }) => {
			const bus = connect();
			const own = await study('g-cut', { bus });
			worker('mute', never);
			const outcomes = [7, 8, 9].map((value) =>
				own.run(jobOf(value)).catch((error: Error) => error.message),
			);
			await takeJob(connect(), 'g-cut').then(() => bus.close());
			const why = 'the bus was closed';
			const results = [49, 64, 81].map((result) => ({ result }));
			assert.equal(await Promise.all(outcomes), atHome === 1 ? results : [why, why, why]);
			assert.equal(said, [`No more workers: ${why}`]);
			own.close();
		});
});

test.run();
