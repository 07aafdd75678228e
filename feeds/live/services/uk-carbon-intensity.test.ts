import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ASK, fakeEnv, withSource } from '../fake-source.test-support.ts';
import { openFeed } from '../open-feed.ts';
import { DOCUMENTED, feedOf, polled } from './documented.test-support.ts';
import { NOW_MS } from './documented-answers.test-support.ts';

const { wanted, answer } = DOCUMENTED['uk'] as (typeof DOCUMENTED)[string];
const regional = DOCUMENTED['uk region'] as (typeof DOCUMENTED)[string];
const MINUTE_MS = 60_000;

async function paths(region: string): Promise<string[]> {
	let found: string[] = [];
	await withSource(regional.answer, async (baseUrl, asked) => {
		const feed = feedOf({ type: 'uk', region })(baseUrl);
		await (await openFeed(feed, wanted, fakeEnv({ atMs: NOW_MS }))).poll(NOW_MS, ASK.signal);
		found = asked.map(({ path }) => path);
	});
	return found;
}

test('a poll of the British service has measurements, and estimates from where there are none', async () => {
	const { points } = await polled(feedOf({ type: 'uk' }), wanted, answer);
	assert.equal(
		points
			.slice(3, 6)
			.map(({ fromMs, value, isForecast }) => [
				new Date(fromMs).toISOString().slice(11, 16),
				value,
				isForecast,
			]),
		[
			['11:30', 263, false],
			['12:00', 266, true],
			['12:30', 266, true],
		],
	);
	assert.is(points.length, 96);
});

test('a region of the British service is named by number or half a postcode, and has estimates only', async () => {
	const at = '/regional/intensity/2026-11-20T10:00Z/fw48h';
	assert.equal(await paths('12'), [`${at}/regionid/12`]);
	assert.equal(await paths('rg10 9ny'), [`${at}/postcode/RG10`]);
	assert.equal(await paths('EC1A'), [`${at}/postcode/EC1A`]);
	const { points, notes } = await polled(regional.feed, wanted, regional.answer);
	assert.ok(points.every(({ isForecast }) => isForecast));
	assert.equal(notes, ['regions have estimates and no measurements']);
	// Some of its addresses wrap the region in a list.
	const wrapped = await polled(regional.feed, wanted, (asked) => {
		const { body } = regional.answer(asked) as { body: { data: object } };
		return { body: { data: [body.data] } };
	});
	assert.equal(wrapped.points, points);
	for (const region of ['0', '18', '../x', 'RG10/..', 'London', ' '])
		assert.match(
			await paths(region).then(String, String),
			/Cannot fetch carbon intensity of region/,
			region,
		);
});

test('polls of the British service over midnight, the ends of months and changed clocks are of UTC', async () => {
	for (const [at, from] of [
		['2026-12-31T23:59:59Z', '2026-12-31T21:30Z'],
		['2027-01-01T00:00:00Z', '2026-12-31T22:00Z'],
		['2026-10-25T01:10:00Z', '2026-10-24T23:00Z'],
		['2028-02-29T01:00:00Z', '2028-02-28T23:00Z'],
	] as const) {
		await withSource(answer, async (baseUrl, asked) => {
			const env = fakeEnv({ atMs: Date.parse(at) });
			const opened = await openFeed(feedOf({ type: 'uk' })(baseUrl), wanted, env);
			const found = await opened.poll(env.nowMs(), ASK.signal);
			assert.is(asked[0]?.path, `/intensity/${from}/fw48h`);
			assert.ok(found !== 'unchanged');
			for (const [i, { fromMs }] of found.points.entries())
				if (i > 0) assert.is(fromMs - (found.points[i - 1]?.fromMs ?? 0), 30 * MINUTE_MS);
		});
	}
});

test.run();
