import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
	ASK,
	type Asked,
	type FakeAnswer,
	fakeEnv,
	feedError,
	withSource,
} from '../fake-source.test-support.ts';
import type { FeedWanted } from '../feed.ts';
import { openFeed } from '../open-feed.ts';
import { DOCUMENTED, feedOf, polled } from './documented.test-support.ts';
import { NOW_MS } from './documented-answers.test-support.ts';

const MARGINAL: FeedWanted = { quantity: 'marginal-carbon', place: null };
const { feed, keys, answer } = DOCUMENTED['watttime'] as (typeof DOCUMENTED)[string];
const MINUTE_MS = 60_000;

test('WattTime’s pounds per MWh become g/kWh, and what it gave is kept', async () => {
	const { points, given, unit } = await polled(feed, MARGINAL, answer, { keys });
	assert.is(points[0]?.value, 870.5 * 0.45359237);
	assert.equal(given, { unit: 'lbs_co2_per_mwh', value: 870.5 });
	assert.is(unit, 'g/kWh');
	assert.is(points.length, 288);
	assert.is(points[0]?.fromMs, NOW_MS);
});

test('WattTime’s index is a percentile and stands for no intensity, nor the other way round', async () => {
	const index = DOCUMENTED['watttime index'] as (typeof DOCUMENTED)[string];
	const { points, unit, quantity } = await polled(index.feed, index.wanted, answer, { keys });
	assert.equal(
		[points.length, points[0]?.value, unit, quantity],
		[1, 43, 'percentile', 'carbon-index'],
	);
	const mixed = [
		[index.feed, MARGINAL, /as marginal-carbon: it gives carbon-index$/],
		[feed, index.wanted, /as carbon-index: it gives marginal-carbon$/],
		[feed, { quantity: 'carbon', place: null }, /as carbon: it gives marginal-carbon$/],
	] as const;
	for (const [of, wanted, says] of mixed)
		assert.match(await polled(of, wanted, answer, { keys }).then(String, String), says);
	// The same if the service itself mixes them.
	const percentiles = (asked: Asked): FakeAnswer =>
		asked.path === '/login' ? answer(asked) : index.answer({ ...asked, path: '/v3/signal-index' });
	const error = await feedError(polled(feed, MARGINAL, percentiles, { keys }));
	assert.match(
		error.message,
		/its values are in "percentile"; only lbs_co2_per_mwh and g_co2_per_kwh can be read as marginal-carbon$/,
	);
	const average = (asked: Asked) =>
		asked.path === '/login'
			? answer(asked)
			: (DOCUMENTED['watttime average'] as (typeof DOCUMENTED)[string]).answer(asked);
	assert.match(
		(await feedError(polled(feed, MARGINAL, average, { keys }))).message,
		/answers with "co2_aoer"$/,
	);
});

test('a feed of WattTime logs in once, again when its token grows old or is refused, and shows neither', async () => {
	let logins = 0;
	let isRevoked = false;
	const counted = (asked: Asked): FakeAnswer => {
		if (asked.path === '/login') {
			assert.is(
				asked.headers.authorization,
				`Basic ${Buffer.from('somebody:pass/word+1').toString('base64')}`,
			);
			logins++;
			isRevoked = false;
		} else if (isRevoked) return { status: 401, body: { error: 'Bearer wt-t0ken has expired' } };
		return answer(asked);
	};
	await withSource(counted, async (baseUrl, asked) => {
		const env = fakeEnv({ atMs: NOW_MS, keys });
		const opened = await openFeed(feed(baseUrl), MARGINAL, env);
		const poll = () => opened.poll(env.nowMs(), ASK.signal);
		await poll();
		await poll();
		assert.is(logins, 1);
		await env.sleep(26 * MINUTE_MS);
		await poll();
		assert.is(logins, 2);
		isRevoked = true;
		await poll();
		assert.is(logins, 3);
		assert.is(asked.filter(({ path }) => path === '/v3/forecast').length, 5);
	});
	const bad = (asked: Asked): FakeAnswer =>
		asked.path === '/login' ? answer(asked) : { status: 401, body: { error: 'no wt-t0ken' } };
	const error = await feedError(polled(feed, MARGINAL, bad, { keys }), ['pass/word+1', 'wt-t0ken']);
	assert.match(error.message, /401, "no \*\*\*"; check WATTTIME_USER and WATTTIME_PASSWORD$/);
});

test('a plan of WattTime without forecasts gives the last hours, and is asked for forecasts once a day', async () => {
	const plain = (asked: Asked): FakeAnswer =>
		asked.path === '/v3/forecast'
			? { status: 403, body: { error: 'not in your plan' } }
			: answer(asked);
	await withSource(plain, async (baseUrl, asked) => {
		const env = fakeEnv({ atMs: NOW_MS, keys });
		const opened = await openFeed(feed(baseUrl), MARGINAL, env);
		const first = await opened.poll(NOW_MS, ASK.signal);
		assert.ok(first !== 'unchanged');
		assert.equal(first.notes, ['no forecast in this plan']);
		assert.equal([first.points.length, first.points[0]?.isForecast], [25, false]);
		await opened.poll(NOW_MS + 5 * MINUTE_MS, ASK.signal);
		const forecasts = () => asked.filter(({ path }) => path === '/v3/forecast').length;
		// The first refusal may have been the token's, so it is asked twice.
		assert.is(forecasts(), 1);
		await opened.poll(NOW_MS + 25 * 60 * MINUTE_MS, ASK.signal);
		assert.ok(forecasts() > 1);
	});
});

test('what WattTime warns of is kept, and values that it does not have are left out', async () => {
	const warned = (asked: Asked): FakeAnswer => {
		if (asked.path === '/login') return answer(asked);
		const { body } = answer(asked) as { body: { data: { value: number | null }[]; meta: object } };
		const data = body.data.map((point, i) => (i === 1 ? { ...point, value: null } : point));
		const warnings = [{ type: 'EXTRA', message: 'the model was replaced', more: 1 }];
		return { body: { data, meta: { ...body.meta, warnings } } };
	};
	const { notes, points } = await polled(
		feedOf({ type: 'watttime', region: 'X' }),
		MARGINAL,
		warned,
		{ keys },
	);
	assert.equal(notes, ['the model was replaced']);
	assert.is(points.length, 287);
});

test.run();
