import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { NoResponderError, RequestTimeoutError } from './bus.ts';
import { busContract } from './bus-contract.test-support.ts';
import { Exchange, joinSecret, makeRunKey, messageKey, placeKey } from './keys.ts';
import { MemoryBroker } from './memory-bus.ts';
import { type DroppedMessage, Seal } from './seal.ts';
import { sealBus } from './sealed-bus.ts';
import { StaleHeadError } from './store.ts';

busContract('memory, sealed', async () => {
	const broker = new MemoryBroker();
	const key = makeRunKey();
	return { connect: async () => sealBus(broker.connect(), key), teardown: async () => {} };
}).run();

const text = (value: string) => new TextEncoder().encode(value);
const read = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test('a seal holds for its key, subject and bytes, and for nothing else', () => {
	const key = new Uint8Array(32).fill(1);
	const [ours, other] = [new Seal(key), new Seal(new Uint8Array(32).fill(2))];
	fc.assert(
		fc.property(
			fc.uint8Array({ maxLength: 200 }),
			fc.nat(),
			fc.integer({ min: 1, max: 255 }),
			(payload, at, flip) => {
				const sealed = ours.close('a.b', payload);
				assert.equal([...(new Seal(key).open('a.b', sealed)?.payload ?? [])], [...payload]);
				const changed = new Uint8Array(sealed);
				const place = at % changed.length;
				changed[place] = (changed[place] ?? 0) ^ flip;
				assert.is(ours.open('a.b', changed), null, 'a changed byte');
				assert.is(ours.open('a.b', sealed.subarray(0, at % sealed.length)), null, 'a cut one');
				assert.is(ours.open('a.c', sealed), null, 'another subject');
				assert.is(other.open('a.b', sealed), null, 'another key');
			},
		),
		{ numRuns: 300 },
	);
});

test('the seal is the one that protocol/README.md describes', () => {
	// Computed with Python's hmac and hashlib from the description.
	const key = Uint8Array.from({ length: 32 }, (_, i) => i);
	const stamped = Buffer.concat([
		Buffer.from('hello'),
		Buffer.from('0102030405060708', 'hex'),
		Buffer.from('0000000000000001', 'hex'),
	]);
	const tag = Buffer.from('c4afd1c7a14937eb1679d6870ed3268f', 'hex');
	const opened = new Seal(key).open('gridbeat.run.r.ready', Buffer.concat([stamped, tag]));
	assert.is(read(opened?.payload ?? new Uint8Array()), 'hello');
	assert.is(opened?.count, 1n);
	const answer = new Seal(key).closeAnswer(tag, text('ok'));
	assert.is(answer.subarray(2).toString('hex'), 'e644ebf991fc431ffc2e7300a15e6091');
	assert.is(
		Buffer.from(placeKey(key, 'recorder')).toString('hex'),
		'282995ce7617b6cdfbe7f4d63e22e44603c55529ae9ba8f57af16e0c125a11f2',
	);
	assert.is(
		Buffer.from(messageKey(key)).toString('hex'),
		'e4579b96b268d1ef49cf8666b000d95198659a1137bc3001c8499eca4f42fe30',
	);
	assert.is(
		Buffer.from(joinSecret('0123456789abcdef')).toString('hex'),
		'5f8a07392fc392292aebf0ce78a0abbe8da85c51abe47197f2969bb33d2d5aa4',
	);
});

test('a message that comes again, from another subject or to another request, is dropped and told', async () => {
	const broker = new MemoryBroker();
	const key = makeRunKey();
	const dropped: DroppedMessage[] = [];
	const [eavesdropper, from] = [broker.connect(), sealBus(broker.connect(), key)];
	const to = sealBus(broker.connect(), key, (one) => dropped.push(one));
	const heard: string[] = [];
	const recorded: Uint8Array[] = [];
	eavesdropper.subscribe('a', (bytes) => void recorded.push(bytes));
	for (const subject of ['a', 'b'])
		to.subscribe(subject, (bytes) => void heard.push(`${subject} ${read(bytes)}`));
	from.publish('a', text('1'));
	from.publish('a', text('2'));
	await from.flush();
	const [first, second] = recorded as [Uint8Array, Uint8Array];
	for (const bytes of [second, first, text('short'), new Uint8Array(0)])
		eavesdropper.publish('a', bytes);
	eavesdropper.publish('b', first);
	from.publish('a', text('3'));
	await from.flush();
	assert.equal(heard, ['a 1', 'a 2', 'a 3']);
	assert.equal(
		dropped.map(({ kind, subject }) => `${kind} ${subject}`),
		['duplicate a', 'duplicate a', 'not-authentic a', 'not-authentic a', 'not-authentic b'],
	);
});

test('a request takes the answer that has the seal and fits it, whoever answers first', async () => {
	const broker = new MemoryBroker();
	const key = makeRunKey();
	const recorded: Uint8Array[] = [];
	const thief = broker.connect();
	let replay: Uint8Array | null = null;
	// The thief hears each request, and answers first: with nonsense, then with an answer to an earlier request.
	thief.subscribe('q', (bytes) => {
		recorded.push(bytes);
		return replay ?? text('nonsense');
	});
	const host = sealBus(broker.connect(), key);
	let count = 0;
	host.subscribe('q', () => text(`answer ${++count}`));
	const dropped: string[] = [];
	const asking = sealBus(broker.connect(), key, ({ reason }) => dropped.push(reason));
	assert.is(read(await asking.request('q', text('?'), 1_000)), 'answer 1');
	const tag = (recorded[0] as Uint8Array).subarray(-16);
	replay = new Seal(key).closeAnswer(tag, text('answer of old'));
	assert.is(read(await asking.request('q', text('?'), 1_000)), 'answer 2');
	assert.is(dropped.length, 2);
	assert.match(dropped[0] ?? '', 'an answer does not have the seal of this run');
	const nobody = await asking.request('none', text('?'), 50).catch((error: unknown) => error);
	assert.ok(nobody instanceof NoResponderError || nobody instanceof RequestTimeoutError);
});

test('the head of a store is written over what strangers put there, and another leader is known', async () => {
	const broker = new MemoryBroker();
	const [ofHeads, otherHeads] = [makeRunKey(), makeRunKey()];
	const dropped: string[] = [];
	const leader = (heads: Uint8Array) =>
		sealBus(broker.connect(), makeRunKey(), ({ kind }) => dropped.push(kind), heads).openStore(
			's',
			{ create: true, maxBytes: null },
		);
	const one = await leader(ofHeads);
	const open = await broker.connect().openStore('s', { create: true, maxBytes: null });
	const put = async (bytes: Uint8Array) => {
		await open.readHead();
		await open.writeHead(bytes);
	};
	await one.writeHead(text('first'));
	const first = (await open.readHead()) as Uint8Array;
	const foreign = new Seal(otherHeads).closeKept('s/', text('mine'));
	for (const forged of [text('garbage'), new Uint8Array(0), foreign]) {
		await put(forged);
		await one.writeHead(text('next'));
	}
	assert.equal(dropped.splice(0), Array(3).fill('not-authentic'));
	// What was right once is a copy by now.
	await put(first);
	await one.writeHead(text('last'));
	assert.equal(dropped.splice(0), ['duplicate']);
	const other = await leader(ofHeads);
	assert.is(read((await other.readHead()) as Uint8Array), 'last');
	await other.writeHead(text('of another'));
	const stale = await one.writeHead(text('again')).catch((error: unknown) => error);
	assert.ok(stale instanceof StaleHeadError);
	assert.equal(dropped, []);
});

test('a wrapped key is opened by its own pair and secret alone', () => {
	const [host, other, coordinator] = [new Exchange(), new Exchange(), new Exchange()];
	const key = makeRunKey();
	const secret = joinSecret('0123456789abcdef');
	const wrapped = coordinator.wrap(key, host.publicKey, secret);
	assert.ok(Buffer.from(key).equals(host.unwrap(wrapped, secret)));
	assert.not(Buffer.from(wrapped.sealed).includes(Buffer.from(key)));
	assert.throws(() => host.unwrap(wrapped, joinSecret(null)), 'another secret');
	assert.throws(() => other.unwrap(wrapped, secret), 'another pair');
	const cut = { ...wrapped, sealed: wrapped.sealed.subarray(1) };
	assert.throws(() => host.unwrap(cut, secret), 'changed');
	// Points of low order give a secret that everybody knows.
	assert.throws(() => coordinator.wrap(key, new Uint8Array(32), secret));
});

test.run();
