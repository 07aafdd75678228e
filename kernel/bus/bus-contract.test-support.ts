import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BusClosedError, NoResponderError, RequestTimeoutError } from './bus.ts';
import {
	type BusHarness,
	type Facts,
	failure,
	queueFacts,
	read,
	storeFacts,
	text,
} from './kept-contract.test-support.ts';

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
	queueFacts(test);
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
