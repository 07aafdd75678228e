import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { digestOf } from '../../kernel/bus/keys.ts';
import { MemoryBroker } from '../../kernel/bus/memory-bus.ts';
import type { Store } from '../../kernel/bus/store.ts';
import type { SimulationError } from '../../protocol/errors.ts';
import { intervalMs, type Keeping } from './checkpoint-interval.ts';
import { BEGINNING, Keeper, objectsOf } from './checkpoints.ts';

const ROSTER = ['a', 'b', 'c'].map((name) => ({
	...{ name, kind: 'any', config: null },
	host: name === 'c' ? 'b' : name,
}));
const NAME = 'gridbeat-r';
const BYTES = new Uint8Array(100);
const DIGEST = digestOf(BYTES);

/** A keeper with a store in memory and a clock that one sets. */
async function setUp(keeping: Keeping = { everyMs: 10 }, keepFails = false) {
	const broker = new MemoryBroker();
	const bus = broker.connect();
	const opened = () => bus.openStore(NAME, { create: true, maxBytes: 1_000 });
	const heads: string[] = [];
	const held = { until: null as Promise<void> | null, release: () => {} };
	const open = async (): Promise<Store> => {
		const store = await opened();
		const writeHead = async (bytes: Uint8Array) => {
			heads.push('begun');
			await held.until;
			await store.writeHead(bytes);
			heads.push('done');
		};
		return { ...store, writeHead };
	};
	const [notices, stale, kept]: [string[], SimulationError[], number[]] = [[], [], []];
	const clock = { ms: 0 };
	const keeper = new Keeper(
		{
			...{ roster: ROSTER, keeping, openStore: open, nowMs: () => clock.ms },
			notice: (text) => notices.push(text),
			onStale: (error) => stale.push(error),
			async keep({ window, objects }, read) {
				if (keepFails) throw new Error('no room');
				for (const { name } of objects) await read(name);
				kept.push(window);
			},
		},
		BEGINNING,
	);
	await keeper.open(null);
	const store: Store = await open();
	/** Both hosts keep what they are before a window, and say so. */
	const keep = async (window: number, attempt = 0) => {
		keeper.begin(attempt, window, window * 10);
		for (const host of ['a', 'b']) {
			await store.put(`${attempt}.${window}.${host}`, BYTES);
			keeper.heard(host, attempt, { window, bytes: 100, sha256: DIGEST, tookMs: 1, failure: null });
		}
		await settled();
	};
	return { keeper, store, keep, notices, stale, kept, clock, held, heads };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

test('the time between checkpoints follows from their cost, and keeps their share of the time small', () => {
	assert.is(intervalMs(null, 'auto'), 10_000);
	assert.is(intervalMs(0, 'auto'), 10_000);
	// The square root of twice the cost times an hour.
	assert.is(intervalMs(50, 'auto'), Math.sqrt(2 * 50 * 3_600_000));
	for (const costMs of [1, 10, 100, 1_000, 10_000, 100_000])
		assert.ok(costMs / intervalMs(costMs, 'auto') <= 0.0201, `${costMs}`);
	assert.is(intervalMs(1e9, { everyMs: 7 }), 7);
	assert.is(intervalMs(0, 'never'), Number.POSITIVE_INFINITY);
});

test('a checkpoint counts when every host has kept it; the one before the last is dropped then', async () => {
	const { keeper, store, keep, kept, clock } = await setUp();
	assert.not(keeper.isDue());
	clock.ms = 10;
	assert.ok(keeper.isDue());
	keeper.begin(0, 3, 30);
	assert.not(keeper.isDue());
	await store.put('0.3.a', BYTES);
	keeper.heard('a', 0, { window: 3, bytes: 1, sha256: DIGEST, tookMs: 1, failure: null });
	await settled();
	assert.is(keeper.last, BEGINNING);
	await store.put('0.3.b', BYTES);
	keeper.heard('b', 0, { window: 3, bytes: 1, sha256: DIGEST, tookMs: 1, failure: null });
	await settled();
	assert.equal([keeper.last.window, keeper.last.fromUs, keeper.count], [3, 30, 1]);
	assert.equal(objectsOf(keeper.last, ['c']), [{ name: '0.3.b', sha256: DIGEST }]);
	await keep(5);
	assert.is(keeper.last.window, 5);
	assert.is.not(await store.get('0.3.a'), null);
	await keep(7);
	assert.is(await store.get('0.3.a'), null);
	assert.equal(kept, [3, 5, 7]);
});

test('what hosts say of another window or attempt counts for nothing', async () => {
	const { keeper } = await setUp();
	keeper.begin(1, 4, 40);
	for (const host of ['a', 'b']) {
		keeper.heard(host, 0, { window: 4, bytes: 1, sha256: DIGEST, tookMs: 1, failure: null });
		keeper.heard(host, 1, { window: 3, bytes: 1, sha256: DIGEST, tookMs: 1, failure: null });
		keeper.heard(host, 1, null);
	}
	await settled();
	assert.is(keeper.last, BEGINNING);
});

test('a checkpoint that is given up leaves nothing behind, and the last whole one stays', async () => {
	const { keeper, store, keep } = await setUp();
	await keep(1);
	keeper.begin(0, 2, 20);
	await store.put('0.2.a', BYTES);
	keeper.heard('a', 0, { window: 2, bytes: 1, sha256: DIGEST, tookMs: 1, failure: null });
	keeper.abandon();
	await settled();
	assert.is(await store.get('0.2.a'), null);
	assert.is(keeper.last.window, 1);
	assert.is.not(await store.get('0.1.a'), null);
});

test('a head that is still being written when its checkpoint is given up is no word of another leader', async () => {
	const { keeper, keep, stale, held, heads } = await setUp();
	await keep(1);
	held.until = new Promise((resolve) => {
		held.release = resolve;
	});
	await keep(2);
	keeper.abandon();
	await keep(3, 1);
	held.until = null;
	held.release();
	await settled();
	assert.equal(stale, []);
	assert.equal([keeper.last.attempt, keeper.last.window], [1, 3]);
	assert.equal(heads, ['begun', 'done', 'begun', 'done', 'begun', 'done']);
});

test('a checkpoint that cannot be kept in a file is one all the same, that is said once, and the next is tried', async () => {
	const { keeper, store, keep, notices, clock } = await setUp({ everyMs: 0 }, true);
	for (const window of [1, 2, 3, 4]) await keep(window);
	assert.is(keeper.last.window, 4);
	assert.is.not(await store.get('0.4.a'), null);
	for (const window of [1, 2]) assert.is(await store.get(`0.${window}.a`), null);
	assert.equal(notices, ['The run folder keeps an older checkpoint for now: no room']);
	clock.ms = 1e9;
	assert.ok(keeper.isDue());
});

test('a checkpoint that cannot be used makes way for the one before it, that for the beginning, also in the file', async () => {
	const { keeper, store, keep, kept } = await setUp();
	for (const window of [1, 2, 3]) await keep(window);
	await keeper.reject();
	assert.is(keeper.last.window, 2);
	assert.is(await store.get('0.3.a'), null);
	assert.is.not(await store.get('0.2.a'), null);
	// The next one is kept as ever, and the one that is good stays beside it.
	await keep(4, 1);
	assert.is(keeper.last.window, 4);
	await keeper.reject();
	assert.is(keeper.last.window, 2);
	await keeper.reject();
	assert.is(keeper.last, BEGINNING);
	assert.equal(kept, [1, 2, 3, 2, 4, 2, 0]);
});

test('a file never takes what is not what a host has kept', async () => {
	const { keeper, store, keep, kept, notices } = await setUp();
	await keep(1);
	keeper.begin(0, 2, 20);
	await store.put('0.2.a', BYTES);
	await store.put('0.2.b', new Uint8Array(100).fill(1));
	for (const host of ['a', 'b'])
		keeper.heard(host, 0, { window: 2, bytes: 100, sha256: DIGEST, tookMs: 1, failure: null });
	await settled();
	assert.equal(kept, [1]);
	assert.equal(notices, [
		'The run folder keeps an older checkpoint for now: "0.2.b" is not what was kept',
	]);
});

test('who has lost the lead of a run to another process hears of it and changes nothing', async () => {
	const { keeper, keep, store, stale } = await setUp();
	await keep(1);
	await store.readHead();
	await store.writeHead(new Uint8Array(1));
	await keep(2);
	assert.is(keeper.last.window, 1);
	assert.match(stale[0]?.message ?? '', 'another process leads this run');
});

test('without a store the run goes on, and says what that means', async () => {
	const notices: string[] = [];
	const keeper = new Keeper(
		{
			...{ roster: ROSTER, keeping: 'auto', nowMs: () => 1e9, onStale: () => {} },
			openStore: () => Promise.reject(new Error('it has no JetStream')),
			notice: (text) => notices.push(text),
		},
		BEGINNING,
	);
	await keeper.open(null);
	assert.not(keeper.isDue());
	assert.match(notices[0] ?? '', /^No checkpoints are kept, so .*: it has no JetStream$/);
});

test.run();
