import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fakeEnv } from './fake-source.test-support.ts';
import { type FeedAnswer, FeedError, type LiveFeed } from './feed.ts';
import { onlyNews } from './only-news.ts';
import { type PollerStatus, startPoller } from './poller.ts';

const MINUTE_MS = 60_000;

function answer(value: number, more: Partial<FeedAnswer> = {}): FeedAnswer {
	return {
		quantity: 'carbon',
		unit: 'g/kWh',
		given: null,
		outOfBounds: 0,
		points: [{ fromMs: 0, value, isForecast: false }],
		receivedAtMs: 0,
		serverDateMs: null,
		from: 'http://source',
		attribution: 'nobody',
		notes: [],
		...more,
	};
}

type Script = readonly (FeedAnswer | 'unchanged' | Error)[];

/** A feed that says one thing after another, and the last one again. */
function scripted(script: Script, more: Partial<LiveFeed> = {}): LiveFeed & { asked: number[] } {
	const asked: number[] = [];
	return {
		name: 'scripted',
		everyMs: MINUTE_MS,
		stepMs: null,
		asked,
		poll: async (nowMs) => {
			const said = script[Math.min(asked.length, script.length - 1)];
			asked.push(nowMs);
			if (said instanceof Error) throw said;
			return said as FeedAnswer | 'unchanged';
		},
		...more,
	};
}

/** Polls until so many polls are done. */
async function polled(
	feed: LiveFeed,
	count: number,
	more: { random?: number; everyMs?: number; onAnswer?: (given: FeedAnswer) => void } = {},
) {
	const env = fakeEnv({ atMs: 0, random: () => more.random ?? 0 });
	const answers: FeedAnswer[] = [];
	const statuses: PollerStatus[] = [];
	await new Promise<void>((resolve) => {
		const poller = startPoller({
			...{ feed, env },
			...(more.everyMs === undefined ? {} : { everyMs: more.everyMs }),
			onAnswer: (given) => {
				answers.push(given);
				more.onAnswer?.(given);
			},
			onStatus: (status) => {
				statuses.push(status);
				if (statuses.length === count) void poller.stop().then(resolve);
			},
		});
	});
	return { answers, statuses, pauses: env.slept.slice(0, count - 1) };
}

const failed = new FeedError('Cannot fetch', { kind: 'failed' });

test('a poller polls at once and then as often as it is told, later by up to a tenth by chance', async () => {
	const said = [answer(1), answer(2), 'unchanged'] as const;
	const { answers, statuses, pauses } = await polled(scripted(said), 4);
	assert.equal(
		answers.map(({ points }) => points[0]?.value),
		[1, 2],
	);
	assert.equal(pauses, [MINUTE_MS, MINUTE_MS, MINUTE_MS]);
	assert.equal(statuses.at(-1), {
		...{ polls: 4, answers: 2, unchanged: 2, failures: 0, failuresInARow: 0, lastError: null },
		...{ confirmedAtMs: 3 * MINUTE_MS, nextAtMs: 4 * MINUTE_MS, skewMs: null },
	});
	const spread = await polled(scripted(said), 3, { random: 0.5, everyMs: 10 * MINUTE_MS });
	assert.equal(spread.pauses, [10.5 * MINUTE_MS, 10.5 * MINUTE_MS]);
	const greedy = await polled(scripted(said), 2, { everyMs: 1 });
	assert.equal(greedy.pauses, [MINUTE_MS]);
});

test('a poller comes back sooner after a failure, then ever later, and at its own pace once it is answered', async () => {
	const said = [failed, failed, failed, failed, failed, failed, answer(1)];
	const { statuses, pauses } = await polled(scripted(said), 8);
	assert.equal(pauses, [2500, 5000, 10_000, 20_000, 30_000, 30_000, MINUTE_MS]);
	assert.equal(
		statuses.map(({ failures, failuresInARow, confirmedAtMs }) => [
			failures,
			failuresInARow,
			confirmedAtMs !== null,
		]),
		[...[1, 2, 3, 4, 5, 6].map((n) => [n, n, false]), [6, 0, true], [6, 0, true]],
	);
	assert.is(statuses[5]?.lastError, 'Cannot fetch');
	assert.is(statuses[6]?.lastError, null);
});

test('a poller leaves a source alone as long as it asks, and a refusal for longer and longer', async () => {
	const limited = (retryAfterMs: number | null, kind: 'limited' | 'failed' = 'limited') =>
		new FeedError('Cannot fetch', { kind, retryAfterMs });
	const asks = [
		limited(10 * MINUTE_MS),
		limited(null),
		limited(7 * MINUTE_MS, 'failed'),
		limited(1),
	];
	assert.equal((await polled(scripted([...asks, answer(1)]), 5)).pauses, [
		10 * MINUTE_MS,
		MINUTE_MS,
		7 * MINUTE_MS,
		20_000,
	]);
	const refused = new FeedError('Cannot fetch', { kind: 'refused' });
	const { pauses } = await polled(scripted([refused]), 9);
	assert.equal(
		pauses.map((ms) => ms / MINUTE_MS),
		[1, 2, 4, 8, 16, 32, 60, 60],
	);
	const slow = await polled(scripted([refused], { everyMs: 120 * MINUTE_MS }), 3);
	assert.equal(slow.pauses, [120 * MINUTE_MS, 120 * MINUTE_MS]);
});

test('a poller counts what its listener throws as a failure, and goes on', async () => {
	const { statuses } = await polled(scripted([answer(1)]), 2, {
		onAnswer: () => {
			throw new RangeError('out of bounds');
		},
	});
	assert.is(statuses[1]?.failures, 2);
	assert.is(statuses[1]?.answers, 0);
	assert.is(statuses[1]?.lastError, 'out of bounds');
});

test('a poller asks by the clock of the source when ours is wrong', async () => {
	const wrong = answer(1, { receivedAtMs: 0, serverDateMs: 3 * 60 * MINUTE_MS });
	const feed = scripted([wrong]);
	const { statuses } = await polled(feed, 2);
	assert.equal(feed.asked, [0, MINUTE_MS + 3 * 60 * MINUTE_MS]);
	assert.is(statuses[0]?.skewMs, 3 * 60 * MINUTE_MS);
	// Whole seconds and the way here are no skew.
	const right = scripted([answer(1, { receivedAtMs: 1999, serverDateMs: 0 })]);
	assert.is((await polled(right, 1)).statuses[0]?.skewMs, 0);
});

test('a stall is followed by one poll', async () => {
	const env = fakeEnv({ atMs: 0, random: () => 0 });
	let stallMs = 0;
	const feed = scripted([answer(1)]);
	const stalled = {
		...env,
		nowMs: () => env.nowMs() + stallMs,
		sleep: async (ms: number, signal?: AbortSignal) => {
			await env.sleep(ms, signal);
			// The machine slept for a day.
			if (stallMs === 0) stallMs = 24 * 60 * MINUTE_MS;
		},
	};
	await new Promise<void>((resolve) => {
		const poller = startPoller({
			...{ feed, env: stalled, onAnswer: () => {} },
			onStatus: ({ polls }) => {
				if (polls === 3) void poller.stop().then(resolve);
			},
		});
	});
	assert.equal(env.slept.slice(0, 2), [MINUTE_MS, MINUTE_MS]);
});

test('stop() ends a poll under way, tells nobody of it, and lets the feed go', async () => {
	const happened: string[] = [];
	let poll: () => void = () => {};
	const isPolled = new Promise<void>((resolve) => {
		poll = resolve;
	});
	const feed: LiveFeed = {
		...{ name: 'silent', everyMs: 1, stepMs: null },
		poll: (_, signal) =>
			new Promise((_resolve, reject) => {
				signal.addEventListener('abort', () => reject(signal.reason));
				poll();
			}),
		close: async () => {
			happened.push('closed');
		},
	};
	const poller = startPoller({
		...{ feed, env: fakeEnv() },
		onAnswer: () => {
			happened.push('answer');
		},
		onStatus: () => {
			happened.push('status');
		},
	});
	await isPolled;
	await poller.stop();
	assert.equal(happened, ['closed']);
	assert.is(poller.status().nextAtMs, null);
});

test('onlyNews() says unchanged where a feed repeats itself, also after a failure', async () => {
	const feed = onlyNews(
		scripted([
			...[answer(1), answer(1, { receivedAtMs: 5 }), failed, answer(1), answer(2)],
			...['unchanged' as const, answer(2, { notes: ['held'] })],
		]),
	);
	const { statuses } = await polled(feed, 7);
	assert.equal(
		statuses.map(({ answers, unchanged }) => [answers, unchanged]),
		[...[1, 1, 1, 1, 2, 2, 3].map((n, i) => [n, [0, 1, 1, 2, 2, 3, 3][i]])],
	);
});

test.run();
