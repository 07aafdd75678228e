import type { uvu } from 'uvu';
import * as assert from 'uvu/assert';
import type { Bus } from './bus.ts';
import { GoneError, StaleHeadError, StoreError } from './store.ts';
import type { Delivery, FoundQueue, WorkQueue } from './work-queue.ts';

/** The part of the contract of every bus that is about what outlives a connection: stores and work queues. */

/** What the suite needs of an implementation: connections that reach each other. */
export interface BusHarness {
	connect(): Promise<Bus>;
	teardown(): Promise<void>;
}

export const text = (value: string) => new TextEncoder().encode(value);
export const read = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

export type Facts = uvu.Test<{ harness: BusHarness }>;

export function storeFacts(test: Facts): void {
	const made = { create: true, maxBytes: 4_000_000 };
	const there = { create: false, maxBytes: 0 };

	test('a store gives what was put there to whoever opens it, until it is dropped', async ({
		harness,
	}) => {
		const [a, b] = [await harness.connect(), await harness.connect()];
		assert.instance(await failure(b.openStore('kept', there)), StoreError);
		const ours = await a.openStore('kept', made);
		const theirs = await b.openStore('kept', there);
		const big = new Uint8Array(1_000_000).map((_, i) => i % 251);
		await ours.put('0.1.big', big);
		await theirs.put('0.1.small', text('x'));
		const own = Buffer.from('y');
		await theirs.put('0.1.small', own);
		own[0] = 0;
		assert.ok(Buffer.compare((await theirs.get('0.1.big')) as Uint8Array, big) === 0);
		assert.is(read((await ours.get('0.1.small')) as Uint8Array), 'y');
		assert.is(await ours.get('0.1.none'), null);
		await ours.drop('0.1.big');
		assert.is(await theirs.get('0.1.big'), null);
		await ours.remove();
		assert.instance(await failure(b.openStore('kept', there)), StoreError);
		await Promise.all([a.close(), b.close()]);
	});

	test('what a store has is nobody else’s: who put or got bytes may change theirs', async ({
		harness,
	}) => {
		const bus = await harness.connect();
		const store = await bus.openStore('copies', made);
		// What `slice` gives of a Buffer is no copy.
		for (const bytes of [text('kept'), Buffer.from('kept')]) {
			await store.put('0.1.one', bytes);
			bytes.fill(0);
			((await store.get('0.1.one')) as Uint8Array).fill(0);
			assert.is(read((await store.get('0.1.one')) as Uint8Array), 'kept');
		}
		await store.remove();
		await bus.close();
	});

	test('the head of a store is written by one leader: who has not read what another wrote is told', async ({
		harness,
	}) => {
		const [a, b] = [await harness.connect(), await harness.connect()];
		const first = await a.openStore('head', made);
		assert.is(await first.readHead(), null);
		await first.writeHead(text('1'));
		await first.writeHead(text('2'));
		const second = await b.openStore('head', made);
		assert.instance(await failure(second.writeHead(text('early'))), StaleHeadError);
		assert.is(read((await second.readHead()) as Uint8Array), '2');
		await second.writeHead(text('3'));
		assert.instance(await failure(first.writeHead(text('late'))), StaleHeadError);
		assert.is(read((await first.readHead()) as Uint8Array), '3');
		await second.remove();
		await Promise.all([a.close(), b.close()]);
	});

	test('a store holds no more than it may', async ({ harness }) => {
		const bus = await harness.connect();
		const store = await bus.openStore('full', { create: true, maxBytes: 300_000 });
		await store.put('a', new Uint8Array(200_000));
		assert.instance(await failure(store.put('b', new Uint8Array(200_000))), StoreError);
		await store.remove();
		await bus.close();
	});
}

export function queueFacts(test: Facts): void {
	const options = { about: 'a study', silenceMs: 60_000, deliveriesMax: 2 };

	/** Waits for a job as long as it takes. */
	async function next(queue: Pick<WorkQueue, 'take'>): Promise<Delivery> {
		for (;;) {
			const delivery = await queue.take(1_000);
			if (delivery !== null) return delivery;
		}
	}

	test('a queue gives each job to one taker, and keeps it until that one is done', async ({
		harness,
	}) => {
		const [a, b] = [await harness.connect(), await harness.connect()];
		const ours = await a.openQueue('once', options);
		for (const name of ['one', 'two', 'three']) await ours.put(name, text(`do ${name}`));
		const theirs = (await b.findQueues()).find(({ name }) => name === 'once') as FoundQueue;
		assert.equal([theirs.about, theirs.silenceMs, theirs.waiting], ['a study', 60_000, 3]);
		const taken = [await next(theirs), await next(ours), await next(theirs)];
		assert.equal(
			taken.map(({ name, payload, count }) => [name, read(payload), count]),
			['one', 'two', 'three'].map((name) => [name, `do ${name}`, 1]),
		);
		assert.is(await ours.take(50), null);
		assert.is(await taken[0]?.working(), true);
		await taken[0]?.done();
		assert.equal([...(await ours.state()).left].sort(), ['three', 'two']);
		assert.is((await ours.state()).isIdle, false);
		await taken[1]?.giveBack(0);
		const again = await next(theirs);
		assert.equal([again.name, again.count], ['two', 2]);
		await again.done();
		await taken[2]?.done();
		const { left, isIdle } = await ours.state();
		assert.equal([left.size, isIdle], [0, true]);
		await ours.remove();
		const gone = await ours.state().catch((error: unknown) => error);
		assert.ok(gone instanceof GoneError, 'who asks for one that is gone is told so');
		assert.not((await b.findQueues()).some(({ name }) => name === 'once'));
		await Promise.all([a.close(), b.close()]);
	});

	test('a job whose taker is silent goes to the next, so often as it may and no more', async ({
		harness,
	}) => {
		const bus = await harness.connect();
		const queue = await bus.openQueue('silent', { ...options, silenceMs: 100 });
		await queue.put('job', text('x'));
		assert.is((await next(queue)).count, 1);
		const second = await next(queue);
		assert.is(second.count, 2);
		assert.is(await queue.take(1_000), null);
		const { left, isIdle } = await queue.state();
		assert.equal([[...left], isIdle], [['job'], true]);
		await queue.remove();
		assert.is(await second.working(), false);
		await bus.close();
	});

	test('a queue that is opened again has what was in it; another one has not', async ({
		harness,
	}) => {
		const [a, b] = [await harness.connect(), await harness.connect()];
		await (await a.openQueue('left', options)).put('job', text('x'));
		await a.close();
		const again = await b.openQueue('left', options);
		const other = await b.openQueue('other', options);
		assert.is(await other.take(50), null);
		assert.equal([...(await again.state()).left], ['job']);
		assert.is((await next(again)).name, 'job');
		await Promise.all([again.remove(), other.remove()]);
		await b.close();
	});
}

/** What a promise fails with. */
export async function failure(promise: Promise<unknown>): Promise<Error> {
	try {
		await promise;
	} catch (error) {
		return error as Error;
	}
	throw new Error('expected a failure');
}
