import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type FakeAnswer, feedError } from '../fake-source.test-support.ts';
import type { FeedWanted } from '../feed.ts';
import { feedOf, polled } from './documented.test-support.ts';

const CARBON: FeedWanted = { quantity: 'carbon', place: null };
const PRICE: FeedWanted = { quantity: 'price', place: null };
const T0 = Date.parse('2026-11-20T12:00Z') / 1000;
const times = (count: number) => Array.from({ length: count }, (_, i) => T0 + 900 * i);

const carbon = (body: object) =>
	polled(feedOf({ type: 'energy-charts', zone: 'DE' }), CARBON, () => ({ body }));
const price = (body: object, usdPerUnit: number | null = 1.1) =>
	polled(feedOf({ type: 'energy-charts', zone: 'DE-LU', usdPerUnit }), PRICE, () => ({ body }));

test('Energy-Charts’ expected intensities count from the last known value on, and not before', async () => {
	const { points } = await carbon({
		unix_seconds: times(5),
		co2eq: [491.5, null, 480, null, null],
		co2eq_forecast: [1, 2, 3, 505, null],
	});
	assert.equal(
		points.map(({ fromMs, value, isForecast }) => [fromMs / 1000 - T0, value, isForecast]),
		[
			[0, 491.5, false],
			[1800, 480, false],
			[2700, 505, true],
		],
	);
	const bare = await carbon({ unix_seconds: times(2), co2eq: [1, null] });
	assert.is(bare.points.length, 1);
});

test('Energy-Charts’ prices become USD/kWh, negative ones too', async () => {
	const body = { unix_seconds: times(3), price: [89.2, null, -500], unit: 'EUR / MWh' };
	const { points, given, unit } = await price(body, 2);
	assert.equal(
		points.map(({ value, isForecast }) => [value, isForecast]),
		[
			[0.1784, false],
			[-1, false],
		],
	);
	assert.equal([given, unit], [{ unit: 'EUR / MWh', value: -500 }, 'USD/kWh']);
});

test('answers of Energy-Charts that do not fit together are refused', async () => {
	const short = { unix_seconds: times(3), co2eq: [1, 2] };
	assert.match(
		(await feedError(carbon(short))).message,
		/another shape: it has not one value for each time$/,
	);
	const odd = { unix_seconds: times(1), price: [1], unit: 'points' };
	assert.match((await feedError(price(odd))).message, /prices are in "points", which is no money/);
	const pounds = { unix_seconds: times(1), price: [1], unit: 'GBP / MWh' };
	assert.match(
		(await feedError(price(pounds))).message,
		/its prices are in GBP; usdPerUnit is of the EUR$/,
	);
	const perKwh = { unix_seconds: times(1), price: [1], unit: 'EUR / kWh' };
	assert.is((await price(perKwh, 2)).points[0]?.value, 2);
	const rate = await price({}, null).then(String, String);
	assert.match(
		rate,
		/Cannot use Energy-Charts: its prices are in EUR; give usdPerUnit, the USD for one EUR/,
	);
});

test('Energy-Charts is asked within an hour at the same address, by the country in small letters', async () => {
	const urls = new Set<string>();
	for (const minute of ['00', '14', '59'])
		await polled(
			feedOf({ type: 'energy-charts', zone: ' DE ' }),
			CARBON,
			({ url }): FakeAnswer => {
				urls.add(url);
				return { body: { unix_seconds: [T0], co2eq: [1] } };
			},
			{ atMs: Date.parse(`2026-11-20T12:${minute}:30Z`) },
		);
	assert.equal([...urls], ['/co2eq?country=de&start=2026-11-20T09%3A00Z&end=2026-11-22T12%3A00Z']);
});

test.run();
