import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Feed } from '../../../protocol/scenario/feed.ts';
import {
	ASK,
	type FakeAnswer,
	fakeEnv,
	feedError,
	withSource,
} from '../fake-source.test-support.ts';
import type { FeedWanted } from '../feed.ts';
import { openFeed } from '../open-feed.ts';
import { DOCUMENTED, feedOf, polled } from './documented.test-support.ts';
import { NOW_MS } from './documented-answers.test-support.ts';

const PLACE = { latitude: 52.52, longitude: 13.41 };
const HOUR_MS = 3_600_000;

function hourly(name: string, unit: string, values: readonly (number | null)[]): FakeAnswer {
	const first = NOW_MS - (NOW_MS % HOUR_MS);
	return {
		body: {
			hourly_units: { time: 'unixtime', [name]: unit },
			hourly: { time: values.map((_, i) => first / 1000 + 3600 * i), [name]: values },
		},
	};
}

const of = (quantity: FeedWanted['quantity'], answer: FakeAnswer) =>
	polled(feedOf({ type: 'open-meteo' }), { quantity, place: PLACE }, () => answer);
const brief = (points: readonly { fromMs: number; value: number; isForecast: boolean }[]) =>
	points.map(({ fromMs, value, isForecast }) => [
		new Date(fromMs).toISOString().slice(11, 16),
		value,
		isForecast,
	]);

test('Open-Meteo’s radiation is the mean of the hour before its stamp', async () => {
	const { points } = await of(
		'irradiance',
		hourly('shortwave_radiation', 'W/m²', [100, 200, null, 0]),
	);
	assert.equal(brief(points), [
		['11:00', 100, false],
		['12:00', 200, true],
		['14:00', 0, true],
	]);
});

test('Open-Meteo’s temperature is of an instant and becomes the mean of an hour from both its ends', async () => {
	const { points, unit } = await of(
		'temperature',
		hourly('temperature_2m', '°C', [4, 6, null, 9, 10]),
	);
	assert.equal(brief(points), [
		['12:00', 5, true],
		['15:00', 9.5, true],
	]);
	assert.is(unit, 'degC');
});

test('units that Open-Meteo was not asked for are converted where a factor is enough, else refused', async () => {
	const { points } = await of('wind-speed', hourly('wind_speed_10m', 'km/h', [36, 36]));
	assert.is(points[0]?.value, 10);
	for (const [quantity, name, unit] of [
		['temperature', 'temperature_2m', '°F'],
		['wind-speed', 'wind_speed_10m', 'Bft'],
		['irradiance', 'shortwave_radiation', 'MJ/m²'],
	] as const) {
		const error = await feedError(of(quantity, hourly(name, unit, [1, 1])));
		assert.is(error.kind, 'garbled');
		assert.match(error.message, /were asked for$/);
	}
	const isoTimes = hourly('wind_speed_10m', 'm/s', [1]) as { body: { hourly_units: object } };
	const body = { ...isoTimes.body, hourly_units: { time: 'iso8601', wind_speed_10m: 'm/s' } };
	assert.match((await feedError(of('wind-speed', { body }))).message, /times in "iso8601"/);
});

test('Open-Meteo’s errors and limits are taken from its reason', async () => {
	const limited = (reason: string) =>
		feedError(of('irradiance', { status: 429, body: { error: true, reason } }));
	const minute = 'Minutely API request limit exceeded. Please try again in one minute.';
	const daily = 'Daily API request limit exceeded. Please try again tomorrow.';
	assert.is((await limited(minute)).retryAfterMs, 60_000);
	assert.is((await limited('Hourly API request limit exceeded.')).retryAfterMs, HOUR_MS);
	assert.is((await limited(daily)).retryAfterMs, 6 * HOUR_MS);
	const reason = 'Cannot initialize WeatherVariable from invalid String value';
	const error = await feedError(of('irradiance', { status: 400, body: { error: true, reason } }));
	assert.ok(error.message.endsWith(`HTTP status 400, "${reason}"`));
});

test('Open-Meteo is asked for the place of the scenario or of the feed, and as a customer with a key', async () => {
	const wanted = { quantity: 'irradiance', place: null } as const;
	const opening = openFeed(Feed.parse({ type: 'open-meteo' }), wanted, fakeEnv());
	assert.match(await opening.then(String, String), /Cannot use Open-Meteo: no place is known/);
	const { answer } = DOCUMENTED['open-meteo irradiance'] as (typeof DOCUMENTED)[string];
	await withSource(answer, async (baseUrl, asked) => {
		const feed = Feed.parse({ type: 'open-meteo', latitude: -33.9, longitude: 151.2, baseUrl });
		const env = fakeEnv({ atMs: NOW_MS, keys: { OPEN_METEO_KEY: 'om-s3cret' } });
		const found = await (await openFeed(feed, { ...wanted, place: PLACE }, env)).poll(
			NOW_MS,
			ASK.signal,
		);
		assert.ok(found !== 'unchanged');
		assert.not(found.from.includes('om-s3cret'));
		const [{ query } = { query: new URLSearchParams() }] = asked;
		assert.equal(
			['latitude', 'longitude', 'apikey', 'timezone', 'wind_speed_unit'].map((key) =>
				query.get(key),
			),
			['-33.9', '151.2', 'om-s3cret', 'GMT', 'ms'],
		);
	});
});

test('a span of Open-Meteo that reaches from the archive into what is to come has no seam', async () => {
	for (const quantity of ['irradiance', 'temperature'] as const) {
		const { answer, feed } = DOCUMENTED[`open-meteo ${quantity}`] as (typeof DOCUMENTED)[string];
		await withSource(answer, async (baseUrl, asked) => {
			const env = fakeEnv({ atMs: NOW_MS });
			const opened = await openFeed(feed(baseUrl), { quantity, place: PLACE }, env);
			const [fromMs, untilMs] = [NOW_MS - 20 * 24 * HOUR_MS, NOW_MS + 12 * HOUR_MS];
			const found = await opened.range?.({ fromMs, untilMs }, ASK.signal);
			const points = found?.points ?? [];
			assert.equal(
				asked.map(({ path, query }) => [path, query.get('start_date'), query.get('end_date')]),
				[
					['/v1/archive', '2026-10-31', '2026-11-12'],
					['/v1/forecast', '2026-11-13', '2026-11-21'],
				],
			);
			for (const [i, { fromMs: at }] of points.entries())
				if (i > 0) assert.is(at - (points[i - 1]?.fromMs ?? 0), HOUR_MS);
			assert.ok((points[0]?.fromMs ?? untilMs) <= fromMs);
			assert.ok((points.at(-1)?.fromMs ?? 0) + HOUR_MS >= untilMs);
		});
	}
});

test.run();
