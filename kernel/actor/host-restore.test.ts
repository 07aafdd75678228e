import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { columnsToBytes, decode, encode } from '../../protocol/codec.ts';
import { LostError } from '../../protocol/errors.ts';
import type { OutputsMessage, Welcome } from '../../protocol/messages.ts';
import type { Done, Restore } from '../../protocol/window-messages.ts';
import { digestOf } from '../bus/keys.ts';
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

/** The way back to window 1, under an attempt, with what the store has under these names. */
async function backTo({ bus }: Pick<Started, 'bus'>, attempt: number, ...names: string[]) {
	const store = await storeOf({ bus });
	const objects: Restore['objects'] = [];
	for (const name of names)
		objects.push({ name, sha256: digestOf((await store.get(name)) ?? new Uint8Array()) });
	return restoreTo({ attempt, window: 1, fromUs: 4, objects });
}

test('a host goes back to the beginning, and simulates all again', async () => {
	const { ask, sink, second } = await advanced();
	decode(await ask(restoreTo({})), 'ok');
	second.publish(0, 0, 5, 4);
	const done = decode(await second.window(0, 0, 4), 'done') as Done;
	assert.equal([done.attempt, done.window, done.steps], [1, 0, 4]);
	assert.equal(sink.seen, [5, 5, 5, 5]);
});

test('a host goes back to where a window began, without what was said of that window', async () => {
	const { ask, bus, sink, second } = await advanced();
	decode(await ask(await backTo({ bus }, 1, KEPT)), 'ok');
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
	decode(await other.ask(await backTo(other, 1, '0.1.y', '0.1.x')), 'ok');
	const { window, publish } = speaker(other, 1);
	publish(0, 6, 3, 8);
	decode(await window(1, 4, 8), 'done');
	assert.equal(sink.seen, [1, 1, 3, 3]);
});

test('what is not in the store, or does not fit, fails the way back by name', async () => {
	const { ask, bus } = await advanced();
	const gone = decode(await ask(await backTo({ bus }, 1, 'none')), 'failed');
	assert.is(gone.cause, 'checkpoint');
	assert.is(gone.message, 'Cannot go on from where "h" was: "none" is not in the store');
	await (await storeOf({ bus })).put('empty', momentsToBytes([]));
	const lacks = decode(await ask(await backTo({ bus }, 2, 'empty')), 'failed');
	assert.is(lacks.cause, 'simulation');
	assert.is(lacks.message, 'Cannot go on with "b": there is no moment of it');
	// Another way back may do.
	decode(await ask(await backTo({ bus }, 3, KEPT)), 'ok');
});

test('what belongs to the attempt before is refused: readings, grants, and an older way back', async () => {
	const { ask, bus, sink, first, second } = await advanced();
	decode(await ask(await backTo({ bus }, 2, KEPT)), 'ok');
	first.publish(2, 4, 9, 8);
	second.publish(0, 4, 9, 8);
	assert.match(decode(await first.window(1, 4, 8), 'refused').reason, 'for attempt 0, not 2');
	assert.match(decode(await ask(restoreTo({})), 'refused').reason, 'it is attempt 2 already');
	const third = speaker({ ask, bus }, 2);
	third.publish(0, 6, 3, 8);
	const done = decode(await third.window(1, 4, 8), 'done') as Done;
	assert.equal(sink.seen, [1, 1, 3, 3]);
	// The grant and the way back; readings of before lie on their way whenever a run goes back, and are left out.
	assert.is(done.refusals.count, 2);
});

test('what is kept is said with its digest, and what has another by now fails the way back by name', async () => {
	const started = await advanced({ untilUs: 12 });
	const { ask, bus, sink, first } = started;
	const store = await storeOf(started);
	const bytes = (await store.get(KEPT)) as Uint8Array;
	first.publish(2, 8, 3, 12);
	const done = decode(await first.window(2, 8, 12), 'done') as Done;
	assert.is(done.kept?.sha256, digestOf(bytes));
	const back = await backTo(started, 1, KEPT);
	const other = Uint8Array.from(bytes);
	other[other.length - 1] = (other[other.length - 1] as number) ^ 1;
	await store.put(KEPT, other);
	const { cause, message } = decode(await ask(back), 'failed');
	assert.is(cause, 'checkpoint');
	assert.is(message, `Cannot go on from where "h" was: "${KEPT}" is not what was kept`);
	await store.put(KEPT, bytes);
	sink.seen.length = 0;
	decode(await ask({ ...back, attempt: 2 }), 'ok');
	const third = speaker({ ask, bus }, 2);
	third.publish(0, 6, 3, 8);
	decode(await third.window(1, 4, 8), 'done');
	assert.equal(sink.seen, [1, 1, 3, 3]);
});

test('a host whose place another process has ends at once and says why; its actors end nothing', async () => {
	const { ask, bus, host, sink } = await advanced();
	bus.publish(subjects.host('h', 0), encode({ type: 'replaced', host: 'x' }));
	decode(await ask(await backTo({ bus }, 1, KEPT)), 'ok');
	bus.publish(subjects.host('h', 0), encode({ type: 'replaced', host: 'h' }));
	const why = await host.ended.catch((error: unknown) => error);
	assert.instance(why, LostError);
	assert.match(String(why), /Another process has the place of "h" by now: it was taken for dead/);
	const second = speaker({ ask, bus }, 1);
	assert.match(decode(await second.window(1, 4, 8), 'refused').reason, 'the run is over');
	assert.is(sink.ended, null);
	assert.is(host.refusals.tally().count, 2);
});

test('a host that hears others at a later attempt was left behind, where a seal shows who says so', async () => {
	const messageKey = { from: new Uint8Array(32), sealed: new Uint8Array() };
	const { host, bus } = await advanced({ messageKey });
	speaker({ ask: async () => new Uint8Array(), bus }, 3).publish(0, 8, 9, 10);
	const why = await host.ended.catch((error: unknown) => error);
	assert.match(String(why), /Another process has the place of "h" by now: the run is at attempt 3/);
	const open = await advanced();
	speaker({ ask: open.ask, bus: open.bus }, 3).publish(0, 8, 9, 10);
	decode(await open.first.window(1, 4, 8, true), 'done');
	assert.is(open.host.refusals.tally().count, 1);
});

test('before its first window a host may hear of an attempt that is being given up', async () => {
	const messageKey = { from: new Uint8Array(32), sealed: new Uint8Array() };
	const started = await startHost(makeSink(), { messageKey });
	await storeOf(started);
	await started.wire();
	speaker(started, 2).publish(4, 4, 9, 8);
	decode(await started.ask(restoreTo({ attempt: 3 })), 'ok');
	const third = speaker(started, 3);
	third.publish(0, 0, 1, 4);
	decode(await third.window(0, 0, 4), 'done');
});

test('a request that is made anew is no copy of the one before; a copy is counted', async () => {
	const { ask, bus, host } = await advanced();
	const grant = {
		type: 'grant',
		attempt: 0,
		window: 1,
		fromUs: 4,
		untilUs: 8,
		keep: true,
	} as const;
	for (const again of [1, 2]) decode(await ask({ ...grant, again }), 'done');
	const back = await backTo({ bus }, 1, KEPT);
	decode(await ask(back), 'ok');
	decode(await ask({ ...back, again: 1 }), 'ok');
	assert.equal(host.refusals.tally().duplicates, 0);
	for (const copy of [back, { ...back, again: 1 }]) decode(await ask(copy), 'ok');
	assert.equal(host.refusals.tally().duplicates, 2);
});

test('a window that is being simulated is answered no more once the host goes back', async () => {
	const { ask, bus, sink, first } = await advanced({ untilUs: 12 });
	const granted = first.window(2, 8, 12);
	decode(await ask(await backTo({ bus }, 1, KEPT)), 'ok');
	assert.match(decode(await granted, 'refused').reason, 'it goes back');
	assert.equal(sink.seen, []);
});

test.run();
