import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from 'msgpackr';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namedPrng } from '../../kernel/actor/random.ts';
import { makeRunKey } from '../../kernel/bus/keys.ts';
import { MemoryBroker } from '../../kernel/bus/memory-bus.ts';
import { sealBus } from '../../kernel/bus/sealed-bus.ts';
import { sha256 } from '../../kernel/files/canonical.ts';
import { encode } from '../../protocol/codec.ts';
import type { Message } from '../../protocol/messages.ts';
import { studySubject, WORKERS_SUBJECT } from '../../protocol/subjects.ts';
import type { PoolJob } from '../sweep/pool.ts';
import { pathRefusal } from './incoming.ts';
import {
	EMPTY,
	endJob,
	jobOf,
	putResult,
	QUEUE,
	resultOf,
	square,
	takeJob,
	withBench,
} from './queue.test-support.ts';

/** Workers that lie, and strangers, in queue and store and on the subjects of a study. */
const folder = mkdtempSync(join(tmpdir(), 'gridbeat-liars-'));
test.after(() => rmSync(folder, { recursive: true }));

const BYTES = new Uint8Array([65, 66]);
/** One file of two bytes. */
const fileAt = (path: string) => ({
	files: [{ path, bytes: 2 }],
	sha256: sha256(`${path}\nAB`),
});

test('a file that may not be ends that result alone; the job is done by somebody else', async () => {
	const bad: readonly (readonly [string, object])[] = [
		['above', fileAt('../../evil')],
		['absolute', fileAt('/tmp/evil')],
		['a device', fileAt('nul.txt')],
		['a stream', fileAt('a.csv:b')],
		['a backslash', fileAt('..\\evil')],
		['a line break', fileAt('a\nb')],
		['nothing', fileAt('')],
		['a folder and a file', { files: ['a', 'a/b'].map((path) => ({ path, bytes: 1 })) }],
		['a file and a folder', { files: ['a/b', 'a'].map((path) => ({ path, bytes: 1 })) }],
		['twice the same', { files: ['a', 'b', 'a'].map((path) => ({ path, bytes: 0 })) }],
		['more than is there', { files: [{ path: 'a', bytes: 3 }] }],
		['less than is there', { files: [{ path: 'a', bytes: 1 }] }],
		['a part that is not there', { ...fileAt('a'), parts: 'none' }],
		['other contents', { ...fileAt('a'), sha256: EMPTY }],
		['more than any run', { files: [{ path: 'a', bytes: 2 ** 50 }] }],
	];
	for (const [title, more] of bad) {
		await withBench({ atHome: 0 }, async ({ pool, worker, connect, said }) => {
			const into = join(folder, 'job');
			const outcome = pool.run(jobOf(5, into));
			const bus = connect();
			const taken = await takeJob(bus);
			await putResult(bus, 'parts-of-liar.0', BYTES);
			await endJob(bus, taken, resultOf(taken, more));
			worker('good', ({ spec, folder: own = '' }) => {
				writeFileSync(join(own, 'a.csv'), 'right');
				return square({ spec } as PoolJob);
			});
			assert.equal(await outcome, { result: 25 }, title);
			assert.is(readFileSync(join(into, 'a.csv'), 'utf8'), 'right');
			assert.match(
				said[0] ?? '',
				/^A run is done again: what (liar|a worker) sent cannot be right: /,
				title,
			);
			assert.equal(readdirSync(folder), ['job'], title);
		});
	}
	assert.not(existsSync('/tmp/evil'));
});

test('a result that is none of its kind, of another job, or no message is not kept', async () => {
	const wrong: readonly (object | Uint8Array)[] = [
		{ outcome: { result: 'seven' } },
		{ outcome: { result: { value: 7 } } },
		{ hash: 'of another' },
		{ job: 'of-another' },
		{ extra: 1 },
		new Uint8Array([0xc1, 1, 2, 3]),
		new Uint8Array(17 * 2 ** 20),
	];
	for (const more of wrong)
		await withBench({ atHome: 0 }, async ({ pool, worker, connect, said }) => {
			const outcome = pool.run(jobOf(4));
			const bus = connect();
			const taken = await takeJob(bus);
			await endJob(bus, taken, more instanceof Uint8Array ? more : resultOf(taken, more));
			worker('good', square);
			assert.equal(await outcome, { result: 16 });
			assert.is(said.length, 1);
			assert.match(said[0] ?? '', 'A run is done again: ');
		});
});

test('a wrong result while its job is at work is left aside, and the job goes on', () =>
	withBench({ atHome: 0 }, async ({ pool, worker, connect, said }) => {
		const stranger = connect();
		let count = 0;
		let proceed = () => {};
		const told = new Promise<void>((resolve) => {
			proceed = resolve;
		});
		worker('good', async (job) => {
			count++;
			await told;
			return square(job);
		});
		const outcome = pool.run(jobOf(4));
		while (count === 0) await new Promise((resolve) => setTimeout(resolve, 5));
		const [queue] = await stranger.findQueues();
		const job = [...(await (await stranger.openQueue(queue?.name ?? '', OPEN)).state()).left][0];
		await putResult(stranger, job ?? '', new Uint8Array([1]));
		const over = { type: 'job-over', job: job ?? '', worker: 'liar', reason: null } as const;
		stranger.publish(studySubject(QUEUE), encode(over));
		while (said.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
		proceed();
		assert.equal(await outcome, { result: 16 });
		assert.is(count, 1);
	}));
const OPEN = { about: '', silenceMs: 60_000, deliveriesMax: 4 };

test('three results that cannot be right are one failure by name', () =>
	withBench({ atHome: 0 }, async ({ pool, connect }) => {
		const outcome = pool.run(jobOf(4));
		const bus = connect();
		for (let lie = 0; lie < 3; lie++) {
			const taken = await takeJob(bus);
			await endJob(bus, taken, resultOf(taken, { hash: '' }));
		}
		assert.equal(await outcome, {
			failure:
				'no worker did it; the last one: what liar sent cannot be right: its end is that of another job',
		});
	}));

test('a job that vanished from the queue is put there again', () =>
	withBench({ atHome: 0 }, async ({ pool, connect, worker, said }) => {
		const outcome = pool.run(jobOf(4));
		await (await takeJob(connect())).delivery.done();
		while (said.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
		assert.equal(said, ['A run is done again: it was gone from the queue']);
		worker('good', square);
		assert.equal(await outcome, { result: 16 });
	}));

test('what a worker calls itself and says is shown in visible characters', () =>
	withBench({ atHome: 0 }, async ({ pool, connect, said }) => {
		const outcome = pool.run(jobOf(4));
		const bus = connect();
		const odd = '\x1b[2J\u202e';
		bus.publish(WORKERS_SUBJECT, encode({ type: 'jobs-wanted', program: odd, worker: odd }));
		const taken = await takeJob(bus);
		const { name: job } = taken.delivery;
		bus.publish(studySubject(QUEUE), encode({ type: 'job-over', job, worker: odd, reason: odd }));
		await bus.flush();
		await endJob(bus, taken, resultOf(taken, { worker: odd, outcome: { failure: odd } }));
		const shown = [...said, JSON.stringify(await outcome)].join('\n');
		assert.not.match(shown.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
		assert.match(shown, '\\x1b[2J\\u{202e} gave it back');
	}));

test('jobs of strangers in the queue are taken out and counted, whether they can be read or not', () =>
	withBench({ atHome: 0 }, async ({ pool, worker, connect }) => {
		const queue = await connect().openQueue(QUEUE, OPEN);
		for (let i = 0; i < 200; i++) await queue.put(`evil-${i}`, new Uint8Array([0xc1, i]));
		const honest = worker('w', square);
		assert.equal(await pool.run(jobOf(6)), { result: 36 });
		assert.is(honest.refusals.tally().count, 200);
		assert.is((await queue.state()).left.size, 0);
	}));

test('with a join key, what has no seal of it in queue and store is left aside and counted', async () => {
	const [broker, key] = [new MemoryBroker(), makeRunKey()];
	const dropped: string[] = [];
	const ours = sealBus(broker.connect(), key, ({ subject }) => void dropped.push(subject));
	const [stranger, options] = [broker.connect(), { ...OPEN, about: 'x' }];
	const queue = await ours.openQueue('q', options);
	await (await stranger.openQueue('q', options)).put('evil', encode({ type: 'ok' }));
	await queue.put('good', BYTES);
	const theirs = sealBus(broker.connect(), makeRunKey());
	const [found] = await ours.findQueues();
	assert.is(await found?.take(10), null);
	const delivery = await queue.take(10);
	assert.equal([delivery?.name, [...(delivery?.payload ?? [])]], ['good', [65, 66]]);
	await delivery?.giveBack(0);
	// A job that was sealed for another place, and one of another key.
	await (await theirs.openQueue('q', options)).put('other', BYTES);
	const [store, kept] = [
		await stranger.openStore('s', { create: true, maxBytes: null }),
		await ours.openStore('s', { create: true, maxBytes: null }),
	];
	await store.put('result', BYTES);
	assert.is(await kept.get('result', 2), null);
	await kept.put('result', BYTES);
	assert.equal([...((await kept.get('result', 2)) ?? [])], [65, 66]);
	assert.is(await kept.get('result', 1), null);
	const taken = [await queue.take(10), await queue.take(10)].map((one) => one?.name ?? null);
	assert.equal(taken.sort(), ['good', null]);
	assert.equal(dropped.sort(), ['q/evil', 'q/other', 's/result']);
});

test('20,000 hostile messages on the subjects of a study change no result, and all are counted', () =>
	withBench({ atHome: 0 }, async ({ pool, worker, connect }) => {
		const random = namedPrng(`hostile jobs ${process.env['GRIDBEAT_SEED'] ?? 1}`);
		const int = (below: number) => Math.floor(random.uniform() * below);
		const pick = <T>(from: readonly T[]): T => from[int(from.length)] as T;
		const stranger = connect();
		const job = `job-${'0'.repeat(64)}`;
		const ours = studySubject(QUEUE);
		const right: readonly Message[] = [
			{ type: 'job-word', job, worker: 'w', part: 0.5, count: 3 },
			{ type: 'job-over', job, worker: 'w', reason: null },
			{ type: 'job-over', job, worker: 'w', reason: '\x1b[2J' },
		];
		const all = [WORKERS_SUBJECT, ours];
		const hostile = (): readonly [string, Uint8Array] => {
			const message = pick(right);
			const bytes = encode(message);
			const kind = int(5);
			if (kind === 0) return [pick(all), Uint8Array.from({ length: int(99) }, () => int(256))];
			if (kind === 1) return [ours, bytes.subarray(0, int(bytes.length))];
			if (kind === 2) return [ours, pack({ ...message, [pick(Object.keys(message))]: { $: 1 } })];
			if (kind === 3) return [pick(all), encode({ type: 'ok' })];
			return [ours, bytes];
		};
		const values = Array.from({ length: 20 }, (_, i) => i + 1);
		const outcomes = Promise.all(
			values.map((value) => pool.run(jobOf(value, join(folder, `${value}`)))),
		);
		worker('good', async ({ spec, folder: own = '' }) => {
			writeFileSync(join(own, 'a.csv'), 'x'.repeat(300_000));
			for (let i = 0; i < 1_000; i++) stranger.publish(...hostile());
			await stranger.flush();
			return square({ spec } as PoolJob);
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
