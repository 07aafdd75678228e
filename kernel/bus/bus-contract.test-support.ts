import { suite, type uvu } from 'uvu';
import * as assert from 'uvu/assert';
import { type Bus, BusClosedError, NoResponderError, RequestTimeoutError } from './bus.ts';
import { StaleHeadError, StoreError } from './store.ts';

/** What the suite needs of an implementation: connections that reach each other. */
export interface BusHarness {
	connect(): Promise<Bus>;
	teardown(): Promise<void>;
}

const text = (value: string) => new TextEncoder().encode(value);
const read = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

type Facts = uvu.Test<{ harness: BusHarness }>;

/** The contract of every bus: the same facts, whatever carries the bytes. Call `run()` on the result. */
export function busContract(name: string, setup: () => Promise<BusHarness>) {
	const test: Facts = suite<{ harness: BusHarness }>(`bus contract: ${name}`);
	test.before(async (context) => {
		context.harness = await setup();
	});
	test.after(async ({ harness }) => {
		await harness.teardown();
	});

	deliveryFacts(test);
	requestFacts(test);
	endFacts(test);
	storeFacts(test);
	return test;
}

function deliveryFacts(test: Facts): void {
	test('publish() reaches every subscription of the subject, in order, and no other', async ({
		harness,
	}) => {
		const [from, a, b] = [
			await harness.connect(),
			await harness.connect(),
			await harness.connect(),
		];
		const seen: string[] = [];
		a.subscribe('x.one', (bytes) => void seen.push(`a${read(bytes)}`));
		b.subscribe('x.one', (bytes) => void seen.push(`b${read(bytes)}`));
		b.subscribe('x.two', () => void seen.push('wrong'));
		await Promise.all([a.flush(), b.flush()]);
		for (let i = 0; i < 100; i++) from.publish('x.one', text(String(i)));
		await from.flush();
		await Promise.all([a.flush(), b.flush()]);
		const expected = Array.from({ length: 100 }, (_, i) => String(i));
		for (const who of ['a', 'b']) {
			const mine = seen.filter((entry) => entry.startsWith(who)).map((entry) => entry.slice(1));
			assert.equal(mine, expected);
		}
		assert.is(seen.length, 200);
		await Promise.all([from.close(), a.close(), b.close()]);
	});

	test('publish() reaches a subscription of the same connection', async ({ harness }) => {
		const bus = await harness.connect();
		let got = '';
		bus.subscribe('self', (bytes) => {
			got = read(bytes);
		});
		bus.publish('self', text('me'));
		await bus.flush();
		assert.is(got, 'me');
		await bus.close();
	});
}

function requestFacts(test: Facts): void {
	test('request() returns the answer of the handler, at once or later', async ({ harness }) => {
		const [asking, answering] = [await harness.connect(), await harness.connect()];
		answering.subscribe('sum', (bytes) => text(`${read(bytes)}!`));
		answering.subscribe('late', async (bytes) => {
			await Promise.resolve();
			return text(`${read(bytes)}?`);
		});
		await answering.flush();
		assert.is(read(await asking.request('sum', text('1'), 5_000)), '1!');
		const many = await Promise.all(
			Array.from({ length: 50 }, (_, i) => asking.request('late', text(String(i)), 5_000)),
		);
		assert.equal(
			many.map(read),
			Array.from({ length: 50 }, (_, i) => `${i}?`),
		);
		await Promise.all([asking.close(), answering.close()]);
	});

	test('request() fails at once where nobody subscribes', async ({ harness }) => {
		const bus = await harness.connect();
		const error = await failure(bus.request('nobody', text(''), 60_000));
		assert.instance(error, NoResponderError);
		assert.match(error.message, '"nobody"');
		await bus.close();
	});

	test('request() fails after its timeout where a handler does not answer', async ({ harness }) => {
		const [asking, silent] = [await harness.connect(), await harness.connect()];
		silent.subscribe('mute', () => undefined);
		await silent.flush();
		assert.instance(await failure(asking.request('mute', text(''), 30)), RequestTimeoutError);
		await Promise.all([asking.close(), silent.close()]);
	});
}

function endFacts(test: Facts): void {
	test('close() ends subscriptions: a later request finds nobody', async ({ harness }) => {
		const [asking, leaving] = [await harness.connect(), await harness.connect()];
		leaving.subscribe('gone', () => text('here'));
		await leaving.flush();
		assert.is(read(await asking.request('gone', text(''), 5_000)), 'here');
		await leaving.close();
		assert.is(await leaving.closed, null);
		// A server may take a moment to notice that a connection has closed; until then requests time out.
		let error = await failure(asking.request('gone', text(''), 50));
		for (let i = 0; i < 100 && !(error instanceof NoResponderError); i++) {
			error = await failure(asking.request('gone', text(''), 50));
		}
		assert.instance(error, NoResponderError);
		await asking.close();
	});

	test('unsubscribe() stops deliveries', async ({ harness }) => {
		const bus = await harness.connect();
		let count = 0;
		const subscription = bus.subscribe('n', () => void count++);
		bus.publish('n', text(''));
		await bus.flush();
		subscription.unsubscribe();
		bus.publish('n', text(''));
		await bus.flush();
		assert.is(count, 1);
		await bus.close();
	});

	test('a closed bus refuses to publish, subscribe and request', async ({ harness }) => {
		const bus = await harness.connect();
		await bus.close();
		await bus.close();
		assert.throws(
			() => bus.publish('s', text('')),
			(error: unknown) => error instanceof BusClosedError,
		);
		assert.throws(
			() => bus.subscribe('s', () => undefined),
			(error: unknown) => error instanceof BusClosedError,
		);
		assert.instance(await failure(bus.request('s', text(''), 100)), BusClosedError);
	});

	test('a handler that throws ends its bus with that error', async ({ harness }) => {
		const [from, failing] = [await harness.connect(), await harness.connect()];
		failing.subscribe('boom', () => {
			throw new Error('handler failed');
		});
		await failing.flush();
		from.publish('boom', text(''));
		const reason = await failing.closed;
		assert.match(reason?.message ?? '', 'handler failed');
		await from.close();
	});

	test('a payload of a megabyte arrives whole', async ({ harness }) => {
		const [from, to] = [await harness.connect(), await harness.connect()];
		const big = new Uint8Array(1_000_000).map((_, i) => i % 251);
		let got: Uint8Array | null = null;
		to.subscribe('big', (bytes) => {
			got = bytes;
		});
		await to.flush();
		from.publish('big', big);
		await from.flush();
		await to.flush();
		assert.ok(got !== null && Buffer.compare(got, big) === 0);
		await Promise.all([from.close(), to.close()]);
	});
}

function storeFacts(test: Facts): void {
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
		await theirs.put('0.1.small', text('y'));
		assert.ok(Buffer.compare((await theirs.get('0.1.big')) as Uint8Array, big) === 0);
		assert.is(read((await ours.get('0.1.small')) as Uint8Array), 'y');
		assert.is(await ours.get('0.1.none'), null);
		await ours.drop('0.1.big');
		assert.is(await theirs.get('0.1.big'), null);
		await ours.remove();
		assert.instance(await failure(b.openStore('kept', there)), StoreError);
		await Promise.all([a.close(), b.close()]);
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

async function failure(promise: Promise<unknown>): Promise<Error> {
	try {
		await promise;
	} catch (error) {
		return error as Error;
	}
	throw new Error('expected a failure');
}
