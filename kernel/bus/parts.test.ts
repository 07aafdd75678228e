import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { startConfigured } from '../nats-server/configured-server.test-support.ts';
import { natsBinaryForTests } from '../nats-server/nats-binary-for-tests.ts';
import { type Bus, NoResponderError } from './bus.ts';
import { makeRunKey } from './keys.ts';
import { MemoryBroker } from './memory-bus.ts';
import { accessTo } from './nats-access.ts';
import { connectNats } from './nats-bus.ts';
import { cutMessage, isPart, Parts } from './parts.ts';
import { sealIf } from './sealed-bus.ts';

const MAX_BYTES = 100;
const filled = (length: number, with_ = 7) => new Uint8Array(length).fill(with_);
const bytesOf = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7 + 1) % 251);

test('messages of several senders come whole, whatever comes twice and where nothing is lost', () => {
	const message = fc.integer({ min: MAX_BYTES + 1, max: 2_000 });
	fc.assert(
		fc.property(
			fc.array(message, { minLength: 1, maxLength: 4 }),
			fc.infiniteStream(fc.nat()),
			(lengths, draws) => {
				const sent = lengths.map(bytesOf);
				const queues = sent.map((bytes) => cutMessage(bytes, MAX_BYTES));
				const parts = new Parts();
				const whole: Uint8Array[] = [];
				const before: Uint8Array[] = [];
				const draw = (count: number) => (draws.next().value as number) % count;
				while (queues.some(({ length }) => length > 0)) {
					const open = queues.filter(({ length }) => length > 0);
					const isAgain = before.length > 0 && draw(3) === 0;
					const part = isAgain ? before[draw(before.length)] : open[draw(open.length)]?.shift();
					assert.ok(part !== undefined && part.length <= MAX_BYTES && isPart(part));
					before.push(part);
					const got = parts.add(part);
					if (got !== null) whole.push(got);
				}
				const sorted = (all: readonly Uint8Array[]) =>
					all.map((one) => Buffer.from(one).toString('hex')).sort();
				// All parts of one once more are that message once more.
				assert.equal([...new Set(sorted(whole))], [...new Set(sorted(sent))]);
			},
		),
	);
});

test('a message of which a part is lost, or that is too large, is dropped; others come', () => {
	const parts = new Parts();
	const lost = cutMessage(bytesOf(900), MAX_BYTES);
	for (const part of [...lost.slice(0, 3), ...lost.slice(4)]) assert.is(parts.add(part), null);
	for (const one of [[0xc1], [], [0xc1, ...filled(15)], [0xc1, ...filled(16, 0)]])
		assert.is(parts.add(Uint8Array.from(one)), null);
	// Any number may begin; those that began first go.
	const open = Array.from({ length: 50 }, () => cutMessage(bytesOf(300), MAX_BYTES));
	for (const [first] of open) assert.is(parts.add(first as Uint8Array), null);
	const isWhole = open.map((all) => all.slice(1).some((part) => parts.add(part) !== null));
	assert.is(isWhole.filter((one) => one).length, 8);
	assert.equal(isWhole.slice(-8), Array(8).fill(true));
	const huge = cutMessage(new Uint8Array(65 * 1024 * 1024), 1024 * 1024);
	assert.ok(huge.every((part) => parts.add(part) === null));
});

/** Requests, answers and messages of any size, both ways. */
async function talks(connect: () => Promise<Bus>, maxBytes: number) {
	const [a, b] = [await connect(), await connect()];
	const heard: number[] = [];
	b.subscribe('said', ({ length }) => void heard.push(length));
	b.subscribe('asked', (bytes) => Buffer.concat([bytes, bytes]));
	b.subscribe('asked.late', async (bytes) => bytes.slice().reverse());
	await b.flush();
	const lengths = [0, 1, maxBytes - 50, maxBytes - 1, maxBytes, maxBytes + 1, 10 * maxBytes];
	for (const length of lengths) a.publish('said', bytesOf(length));
	for (const length of lengths) {
		const bytes = bytesOf(length);
		const answer = await a.request('asked', bytes, 20_000, { patient: true });
		assert.ok(Buffer.concat([bytes, bytes]).equals(answer), `${length}`);
		const late = await a.request('asked.late', bytes, 20_000, {
			accept: (one) => one.length > 0 || length === 0,
		});
		assert.ok(Buffer.from(bytes).reverse().equals(late), `${length}`);
	}
	assert.equal(heard, lengths);
	await Promise.all([a.close(), b.close()]);
}

test('a bus of a run carries what is larger than a message', async () => {
	for (const key of [null, makeRunKey()]) {
		const broker = new MemoryBroker({ maxBytes: 300 });
		const sizes: number[] = [];
		const connect = async () => {
			const bus = broker.connect();
			const note = (bytes: Uint8Array) => void sizes.push(bytes.length);
			for (const subject of ['said', 'asked', 'asked.late']) bus.subscribe(subject, note);
			return sealIf(bus, key);
		};
		await talks(connect, 300);
		assert.ok(sizes.length > 20 && Math.max(...sizes) <= 300, `${Math.max(...sizes)}`);
	}
});

const binary = await natsBinaryForTests();
if (binary !== null) {
	test('also over a server with a small max_payload, and its store does', async () => {
		const server = await startConfigured(binary, ['max_payload: 8KB', 'jetstream {}']);
		try {
			const key = makeRunKey();
			for (const one of [null, key])
				await talks(
					async () => sealIf(await connectNats(accessTo(server.url), 'test'), one),
					8_192,
				);
			const own = sealIf(await connectNats(accessTo(server.url), 'test'), null);
			const nobody = own.request('nobody', bytesOf(50_000), 60_000, { patient: true });
			assert.instance(await nobody.catch((error: unknown) => error), NoResponderError);
			await own.close();
			const bus = sealIf(await connectNats(accessTo(server.url), 'test'), key);
			const store = await bus.openStore('kept', { create: true, maxBytes: 4_000_000 });
			await store.put('large', bytesOf(500_000));
			assert.ok(Buffer.from(bytesOf(500_000)).equals((await store.get('large')) as Uint8Array));
			const about = { about: 'test', silenceMs: 1_000, deliveriesMax: 2 };
			const queue = await bus.openQueue('q', about);
			const put = await queue.put('large', bytesOf(9_000)).catch((error: unknown) => error);
			assert.match((put as Error).message, /^Cannot put "large" .* takes 8192 in a message/);
			await bus.close();
		} finally {
			await server.stop();
		}
	});

	test('a server that takes next to nothing is refused by name', async () => {
		const server = await startConfigured(binary, ['max_payload: 2KB']);
		try {
			await connectNats(accessTo(server.url), 'test');
			assert.unreachable();
		} catch (error) {
			assert.match((error as Error).message, 'its max_payload is 2048 bytes, and a run needs 4096');
		} finally {
			await server.stop();
		}
	});
}

test.run();
