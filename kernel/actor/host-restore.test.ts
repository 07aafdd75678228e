import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { columnsToBytes, decode, encode } from '../../protocol/codec.ts';
import type { OutputsMessage, Welcome } from '../../protocol/messages.ts';
import type { Done, Restore } from '../../protocol/window-messages.ts';
import { makeSink, startHost, subjects } from './host.test-support.ts';
import { momentsToBytes } from './moment-bytes.ts';

/** A host that goes back to where a window began, over the store of the run. */
const test = suite('host restore');

type Started = Awaited<ReturnType<typeof startHost>>;

function speaker({ ask, bus }: Pick<Started, 'ask' | 'bus'>, attempt: number) {
	const window = (number: number, fromUs: number, untilUs: number, keep = false) =>
		ask({ type: 'grant', attempt, window: number, fromUs, untilUs, keep });
	const publish = (seq: number, timeUs: number, value: number, untilUs: number) => {
		const columns = columnsToBytes(new Float64Array([timeUs, value]));
		const ports = [{ port: 'out', untilUs, columns }];
		const message: OutputsMessage = { type: 'outputs', attempt, actor: 'a', seq, ports };
		bus.publish(subjects.block('a', 'out'), encode(message));
	};
	return { window, publish };
}

const restoreTo = (more: Partial<Restore>): Restore => ({
	...{ type: 'restore', attempt: 1, window: 0, fromUs: 0, objects: [] },
	...more,
});

const storeOf = ({ bus }: Pick<Started, 'bus'>) =>
	bus.openStore(subjects.store, { create: true, maxBytes: 1e6 });

/** A host that has simulated the windows [0, 4) and [4, 8), and has kept what it was before the second. */
async function advanced(changed: Partial<Welcome> = {}) {
	const sink = makeSink();
	const started = await startHost(sink, changed);
	await storeOf(started);
	await started.wire();
	const first = speaker(started, 0);
	first.publish(0, 0, 1, 4);
	decode(await first.window(0, 0, 4), 'done');
	// What others say of a window may come before its grant.
	first.publish(1, 4, 2, 8);
	await started.bus.flush();
	decode(await first.window(1, 4, 8, true), 'done');
	assert.equal(sink.seen.splice(0), [1, 1, 1, 1, 2, 2, 2, 2]);
	return { ...started, sink, first, second: speaker(started, 1) };
}

const KEPT = '0.1.h';

test('a host goes back to the beginning, and simulates all again', async () => {
	const { ask, sink, second } = await advanced();
	decode(await ask(restoreTo({})), 'ok');
	second.publish(0, 0, 5, 4);
	const done = decode(await second.window(0, 0, 4), 'done') as Done;
	assert.equal([done.attempt, done.window, done.steps], [1, 0, 4]);
	assert.equal(sink.seen, [5, 5, 5, 5]);
});

test('a host goes back to where a window began, without what was said of that window', async () => {
	const { ask, sink, second } = await advanced();
	decode(await ask(restoreTo({ window: 1, fromUs: 4, objects: [KEPT] })), 'ok');
	second.publish(0, 6, 3, 8);
	decode(await second.window(1, 4, 8), 'done');
	assert.equal(sink.seen, [1, 1, 3, 3]);
});

test('another process goes on from what was kept, also with actors of several', async () => {
	const { bus } = await advanced();
	const bytes = await (await storeOf({ bus })).get(KEPT);
	const sink = makeSink();
	const other = await startHost(sink);
	const store = await storeOf(other);
	await store.put('0.1.x', bytes as Uint8Array);
	await store.put('0.1.y', momentsToBytes([]));
	await other.wire();
	decode(await other.ask(restoreTo({ window: 1, fromUs: 4, objects: ['0.1.y', '0.1.x'] })), 'ok');
	const { window, publish } = speaker(other, 1);
	publish(0, 6, 3, 8);
	decode(await window(1, 4, 8), 'done');
	assert.equal(sink.seen, [1, 1, 3, 3]);
});

test('what is not in the store, or does not fit, fails the way back by name', async () => {
	const { ask, bus } = await advanced();
	const gone = decode(await ask(restoreTo({ window: 1, fromUs: 4, objects: ['none'] })), 'failed');
	assert.is(gone.cause, 'world');
	assert.is(gone.message, 'Cannot go on from where "h" was: "none" is not in the store');
	await (await storeOf({ bus })).put('empty', momentsToBytes([]));
	const empty = restoreTo({ attempt: 2, window: 1, fromUs: 4, objects: ['empty'] });
	const lacks = decode(await ask(empty), 'failed');
	assert.is(lacks.cause, 'simulation');
	assert.is(lacks.message, 'Cannot go on with "b": there is no moment of it');
	// Another way back may do.
	decode(await ask(restoreTo({ attempt: 3, window: 1, fromUs: 4, objects: [KEPT] })), 'ok');
});

test('what belongs to the attempt before is refused: readings, grants, and an older way back', async () => {
	const { ask, bus, sink, first, second } = await advanced();
	decode(await ask(restoreTo({ attempt: 2, window: 1, fromUs: 4, objects: [KEPT] })), 'ok');
	first.publish(2, 4, 9, 8);
	second.publish(0, 4, 9, 8);
	assert.match(decode(await first.window(1, 4, 8), 'refused').reason, 'for attempt 0, not 2');
	assert.match(decode(await ask(restoreTo({})), 'refused').reason, 'it is attempt 2 already');
	const third = speaker({ ask, bus }, 2);
	third.publish(0, 6, 3, 8);
	const done = decode(await third.window(1, 4, 8), 'done') as Done;
	assert.equal(sink.seen, [1, 1, 3, 3]);
	// Two readings, the grant and the way back.
	assert.is(done.refusals.count, 4);
});

test('a window that is being simulated is answered no more once the host goes back', async () => {
	const { ask, sink, first } = await advanced({ untilUs: 12 });
	const granted = first.window(2, 8, 12);
	decode(await ask(restoreTo({ window: 1, fromUs: 4, objects: [KEPT] })), 'ok');
	assert.match(decode(await granted, 'refused').reason, 'it goes back');
	assert.equal(sink.seen, []);
});

test.run();
