import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { columnsToBytes, decode, encode } from '../../protocol/codec.ts';
import type { OutputsMessage } from '../../protocol/messages.ts';
import type { Done, Grant } from '../../protocol/window-messages.ts';
import { makeSink, startHost, subjects } from './host.test-support.ts';

const test = suite('refusals of a host');

const FIRST_GRANT = {
	type: 'grant',
	attempt: 0,
	window: 0,
	fromUs: 0,
	untilUs: 4,
	keep: false,
} as const;

test('a message that comes again is dropped and counted, and does not read as one that was lost', async () => {
	const { wire, grant, publish } = await startHost(makeSink());
	await wire();
	publish(0, [0], 1);
	publish(0, [0], 1);
	publish(1, [1], 2);
	publish(0, [0], 1);
	publish(1, [1], 2);
	const granted = grant(4);
	publish(2, [2], 4);
	const answer = await granted;
	assert.is(answer.type, 'done');
	const { duplicates, count } = (answer as Done).refusals;
	assert.equal([duplicates, count], [3, 0]);
});

test('bytes that are no message change nothing on any subject of a host, and are counted', async () => {
	const { bus, wire, grant, publish } = await startHost(makeSink());
	await wire();
	publish(0, [0], 1);
	const garbage = new Uint8Array([0xc1, 1, 2, 3, 4, 5, 6]);
	for (const subject of [subjects.host('h', 0), subjects.block('a', 'out')])
		for (let i = 0; i < 3; i++) bus.publish(subject, garbage);
	publish(1, [1], 4);
	const answer = await grant(4);
	assert.is(answer.type, 'done');
	const { count, named } = (answer as Done).refusals;
	assert.is(count, 6);
	assert.is(named.length, 2);
	assert.match(named.join('; '), 'a message on gridbeat.run.r.host.h.0: Cannot ');
});

test('readings that do not fit their subject change nothing and are counted', async () => {
	const sink = makeSink();
	const { bus, wire, grant, publish } = await startHost(sink);
	await wire();
	publish(0, [0], 2);
	const say = (
		more: Partial<OutputsMessage>,
		port: Partial<OutputsMessage['ports'][number]> = {},
	) => {
		const columns = columnsToBytes(new Float64Array([3, 999]));
		const message: OutputsMessage = {
			...{ type: 'outputs', attempt: 0, actor: 'a', seq: 1 },
			ports: [{ ...{ port: 'out', untilUs: 4, columns }, ...port }],
			...more,
		};
		bus.publish(subjects.block('a', 'out'), encode(message));
	};
	const rows = (...numbers: number[]) => ({ columns: columnsToBytes(new Float64Array(numbers)) });
	say({ actor: 'b' });
	say({ attempt: 1 });
	say({}, { port: 'other' });
	say({}, { untilUs: 1 });
	say({}, rows(1, 999));
	say({}, rows(3, 2, 999, 999));
	say({}, rows(Number.NaN, 999));
	say({}, rows(Number.POSITIVE_INFINITY, 999));
	say({}, rows(3));
	say({ ports: [...Array(2)].map(() => ({ port: 'out', untilUs: 4, ...rows() })) });
	publish(1, [2], 4);
	const answer = (await grant(4)) as Done;
	assert.is(answer.type, 'done');
	assert.is(answer.refusals.count, 10);
	assert.equal(sink.seen, [0, 0, 20, 20]);
});

test('a host is wired once, before its first window, and with all its actors', async () => {
	const sink = makeSink();
	const { ask, wire, grant, publish } = await startHost(sink);
	const refused = async (message: Parameters<typeof encode>[0]) =>
		decode(await ask(message), 'refused').reason;
	assert.match(await refused(FIRST_GRANT), 'the graph is not known yet');
	assert.match(await refused({ type: 'wired', components: [['a']] }), 'its graph lacks "b"');
	await wire();
	await wire();
	assert.match(await refused({ type: 'wired', components: [['b'], ['a']] }), 'known already');
	publish(0, [0, 1], 4);
	await grant(4);
	await wire();
	assert.match(await refused({ type: 'wired', components: [] }), 'known already');
	assert.equal(sink.seen, [0, 10, 10, 10]);
});

test('windows are granted in order, each once; the same grant again has the same answer', async () => {
	const { ask, wire, publish } = await startHost(makeSink());
	await wire();
	publish(0, [0, 1], 10);
	const refused = async (more: Partial<Grant>) =>
		decode(await ask({ ...FIRST_GRANT, ...more }), 'refused').reason;
	assert.match(await refused({ window: 1 }), 'it is for window 1, not 0');
	assert.match(await refused({ attempt: 1 }), 'it is for attempt 1, not 0');
	assert.match(await refused({ fromUs: 1 }), 'begins at 1 us, not 0');
	assert.match(await refused({ untilUs: 11 }), 'ends at 11 us, not within 0 and 10');
	const done = decode(await ask(FIRST_GRANT), 'done');
	assert.equal(decode(await ask(FIRST_GRANT), 'done'), done);
	assert.is(done.refusals.count, 4);
	const next = { window: 1, fromUs: 4, untilUs: 10 };
	decode(await ask({ ...FIRST_GRANT, ...next }), 'done');
	assert.match(await refused({}), 'it is for window 0, not 2');
});

test('a stop that does not fit is refused, and a second one changes nothing', async () => {
	const sink = makeSink();
	const { ask, wire, grant, publish } = await startHost(sink);
	await wire();
	publish(0, [0], 10);
	await grant(4);
	const stop = { type: 'stop', outcome: 'interrupted', reason: '', simulatedUntilUs: 4 } as const;
	decode(await ask({ ...stop, outcome: 'complete' }), 'refused');
	decode(await ask({ ...stop, simulatedUntilUs: 10 }), 'refused');
	assert.is(sink.ended, null);
	decode(await ask(stop), 'stopped');
	decode(await ask(stop), 'stopped');
	decode(await ask({ ...stop, reason: 'another' }), 'refused');
	assert.equal(sink.ended, stop);
});

test.run();
