import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { Feed } from '../../protocol/scenario/feed.ts';
import { ASK, fakeEnv, feedError, withSource } from './fake-source.test-support.ts';
import type { FeedWanted } from './feed.ts';
import { openFeed } from './open-feed.ts';

const CARBON: FeedWanted = { quantity: 'carbon', place: null };
const halfHours = (values: readonly (number | null)[]) => ({
	body: {
		data: values.map((actual, i) => ({
			from: `2026-11-20T${String(12 + Math.floor(i / 2))}:${i % 2 === 0 ? '00' : '30'}Z`,
			intensity: { forecast: actual, actual },
		})),
	},
});

async function refusal(keys: object, wanted: FeedWanted = CARBON): Promise<string> {
	const error = await openFeed(Feed.parse(keys), wanted, fakeEnv()).then(
		() => null,
		(reason: unknown) => reason,
	);
	assert.instance(error, ConfigError);
	return (error as ConfigError).message;
}

test('openFeed() refuses a feed without its key, of another quantity, and asked too often, before it asks anybody', async () => {
	assert.is(
		await refusal({ type: 'electricitymaps', zone: 'DE' }),
		'Cannot fetch from Electricity Maps: ELECTRICITYMAPS_TOKEN is not set; get a token at electricitymaps.com and set it, or use a profile or a trace',
	);
	assert.is(
		await refusal({ type: 'uk' }, { quantity: 'marginal-carbon', place: null }),
		'Cannot use UK Carbon Intensity as marginal-carbon: it gives carbon',
	);
	assert.is(
		await refusal({ type: 'uk', every: '1s' }),
		'Cannot ask UK Carbon Intensity every "1s": it allows no more than every 300s',
	);
	assert.match(await refusal({ type: 'uk', every: 'often' }), /^Cannot use every "often"/);
	assert.match(
		await refusal({ type: 'uk', region: '18' }),
		/^Cannot fetch .* region "18" .* 1 to 17/,
	);
	const slow = await openFeed(Feed.parse({ type: 'uk', every: '1h' }), CARBON, fakeEnv());
	assert.is(slow.everyMs, 3_600_000);
});

test('openFeed() leaves out values beyond its bounds, counts them, and refuses an answer of nothing else', async () => {
	await withSource(
		() => halfHours([100, 90_000, null, 200]),
		async (baseUrl) => {
			const poll = async (bounds: object) =>
				(await openFeed(Feed.parse({ type: 'uk', baseUrl, bounds }), CARBON, fakeEnv())).poll(
					0,
					ASK.signal,
				);
			const answer = await poll({});
			assert.ok(answer !== 'unchanged');
			assert.equal(
				answer.points.map(({ value }) => value),
				[100, 200],
			);
			assert.is(answer.outOfBounds, 1);
			assert.equal(answer.notes, [
				'1 value outside 0 to 3000 g/kWh left out, such as 90000 g/kWh of 2026-11-20T12:30:00.000Z',
			]);
			const error = await feedError(poll({ most: 50 }));
			assert.is(error.kind, 'garbled');
			assert.match(
				error.message,
				/^Cannot use UK Carbon Intensity: its values lie outside 0 to 50 g\/kWh, such as 100 /,
			);
		},
	);
});

test('openFeed() refuses values of times that nobody has values of', async () => {
	await withSource(
		() => ({
			body: {
				hourly_units: { time: 'unixtime', temperature_2m: '°C' },
				hourly: { time: [1e16, 1e16 + 3600], temperature_2m: [1, 1] },
			},
		}),
		async (baseUrl) => {
			const feed = Feed.parse({ type: 'open-meteo', latitude: 0, longitude: 0, baseUrl });
			const opened = await openFeed(feed, { quantity: 'temperature', place: null }, fakeEnv());
			const error = await feedError(opened.poll(0, ASK.signal));
			assert.match(
				error.message,
				/Cannot use Open-Meteo .*: it has a value for 10000000000000000 s after 1970$/,
			);
		},
	);
});

test.run();
