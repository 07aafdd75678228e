import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
	ASK,
	type Asked,
	type FakeAnswer,
	fakeEnv,
	withSource,
} from '../fake-source.test-support.ts';
import { openFeed } from '../open-feed.ts';
import { DOCUMENTED, feedOf, polled } from './documented.test-support.ts';
import { NOW_MS } from './documented-answers.test-support.ts';

const { feed, wanted, keys, answer } = DOCUMENTED['electricitymaps'] as (typeof DOCUMENTED)[string];
const HOUR_MS = 3_600_000;

const isOf = (endpoint: string, { path }: Asked) => path === `/carbon-intensity/${endpoint}`;

test('a poll of Electricity Maps joins what was measured and what is foretold, each hour once', async () => {
	const { points, notes } = await polled(feed, wanted, answer, { keys });
	assert.is(points.length, 48);
	const split = points.findIndex(({ isForecast }) => isForecast);
	assert.is(new Date(points[split]?.fromMs ?? 0).toISOString(), '2026-11-20T13:00:00.000Z');
	assert.equal([points[split - 1]?.value, points[split]?.value], [466, 210]);
	assert.equal(notes, ['the latest value is an estimate']);
});

test('Electricity Maps is asked with the zone, the factors and the token, whatever the zone is called', async () => {
	await withSource(answer, async (baseUrl, asked) => {
		const odd = feedOf({ type: 'electricitymaps', zone: 'A&zone=B', emissionFactors: 'direct' });
		const opened = await openFeed(odd(baseUrl), wanted, fakeEnv({ atMs: NOW_MS, keys }));
		await opened.poll(NOW_MS, ASK.signal);
		for (const { query, headers } of asked) {
			assert.equal(query.getAll('zone'), ['A&zone=B']);
			assert.is(query.get('emissionFactorType'), 'direct');
			assert.is(headers['auth-token'], keys['ELECTRICITYMAPS_TOKEN']);
		}
	});
});

test('a plan of Electricity Maps without forecasts is asked for them once a day, and says so', async () => {
	const plain = (asked: Asked): FakeAnswer =>
		isOf('forecast', asked)
			? { status: 401, body: { error: 'Request unauthorized for zoneKey=DE' } }
			: answer(asked);
	await withSource(plain, async (baseUrl, asked) => {
		const opened = await openFeed(feed(baseUrl), wanted, fakeEnv({ atMs: NOW_MS, keys }));
		const first = await opened.poll(NOW_MS, ASK.signal);
		assert.ok(first !== 'unchanged');
		assert.is(first.notes[0], 'no forecast in this plan');
		assert.not(first.points.some(({ isForecast }) => isForecast));
		const forecasts = () => asked.filter((each) => isOf('forecast', each)).length;
		await opened.poll(NOW_MS + 23 * HOUR_MS, ASK.signal);
		assert.is(forecasts(), 1);
		await opened.poll(NOW_MS + 25 * HOUR_MS, ASK.signal);
		assert.is(forecasts(), 2);
	});
});

test('a poll of Electricity Maps whose second half failed is new when it comes through', async () => {
	let isBroken = false;
	const shaky = (asked: Asked): FakeAnswer =>
		isOf('forecast', asked) && isBroken
			? { status: 500 }
			: { ...(answer(asked) as object), headers: { etag: '"same"' } };
	await withSource(shaky, async (baseUrl, asked) => {
		const opened = await openFeed(feed(baseUrl), wanted, fakeEnv({ atMs: NOW_MS, keys }));
		isBroken = true;
		await opened.poll(NOW_MS, ASK.signal).catch(() => {});
		isBroken = false;
		const answered = await opened.poll(NOW_MS, ASK.signal);
		assert.ok(answered !== 'unchanged' && answered.points.length === 48);
		assert.is(asked.at(-2)?.headers['if-none-match'], '"same"');
	});
});

test.run();
