import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../../protocol/errors.ts';
import { Feed } from '../../../protocol/scenario/feed.ts';
import { fakeEnv, feedError } from '../fake-source.test-support.ts';
import type { FeedWanted } from '../feed.ts';
import { openFeed } from '../open-feed.ts';
import { feedOf, polled } from './documented.test-support.ts';
import { entsoeDocument, entsoeSeries, NOW_MS } from './documented-answers.test-support.ts';

const PRICE: FeedWanted = { quantity: 'price', place: null };
const KEYS = { ENTSOE_TOKEN: 'e-s3cret' };
const ZONE = { type: 'entsoe', zone: '10Y1001A1001A82H', usdPerUnit: 2 };
const QUARTER_MS = 900_000;

const poll = (body: unknown, more: { status?: number } = {}) =>
	polled(feedOf(ZONE), PRICE, () => ({ body, ...more }), { keys: KEYS });

function day(start: string, hours: number) {
	const startMs = Date.parse(start);
	return { startMs, endMs: startMs + hours * 3_600_000 };
}
const interval = ({ startMs, endMs }: { startMs: number; endMs: number }) => {
	const minute = (ms: number) => `${new Date(ms).toISOString().slice(0, 16)}Z`;
	return `<timeInterval><start>${minute(startMs)}</start><end>${minute(endMs)}</end></timeInterval>`;
};
const TODAY = day('2026-11-19T23:00Z', 24);

test('a price of ENTSO-E holds where the document leaves out what does not change', async () => {
	const prices = [10.5, 10.5, -2, 7];
	const series = entsoeSeries(TODAY, (position) => prices[Math.min(position, 4) - 1] ?? null);
	assert.is(series.match(/<Point>/g)?.length, 3);
	const { points, unit, given } = await poll(entsoeDocument(series));
	assert.is(points.length, 96);
	assert.equal(points.slice(0, 4), [
		{ fromMs: TODAY.startMs, value: 0.021, isForecast: false },
		{ fromMs: TODAY.startMs + QUARTER_MS, value: 0.021, isForecast: false },
		{ fromMs: TODAY.startMs + 2 * QUARTER_MS, value: -0.004, isForecast: false },
		{ fromMs: TODAY.startMs + 3 * QUARTER_MS, value: 0.014, isForecast: false },
	]);
	assert.is(unit, 'USD/kWh');
	assert.equal(given, { unit: 'EUR/MWH', value: 7 });
});

test('a document of ENTSO-E that states each position has a gap where it states none', async () => {
	const series = entsoeSeries(TODAY, (position) => (position === 2 ? null : 1), { curve: 'A01' });
	const { points } = await poll(entsoeDocument(series));
	assert.is(points.length, 95);
	assert.not(points.some(({ fromMs }) => fromMs === TODAY.startMs + QUARTER_MS));
});

test('days of ENTSO-E on which the clocks change have 23 and 25 hours', async () => {
	for (const [start, hours] of [
		['2026-03-28T23:00Z', 23],
		['2026-10-24T22:00Z', 25],
	] as const) {
		const series = entsoeSeries(day(start, hours), (position) => position, { resolution: 'PT60M' });
		const { points } = await poll(entsoeDocument(series));
		assert.is(points.length, hours);
		assert.is(points.at(-1)?.fromMs, Date.parse(start) + (hours - 1) * 3_600_000);
	}
});

test('of several prices of ENTSO-E for a time the common auction counts, and of those the shortest step', async () => {
	const other = entsoeSeries(TODAY, () => 5, { sequence: 2 });
	const hourly = entsoeSeries(TODAY, () => 6, { resolution: 'PT60M' });
	const quarterly = entsoeSeries(TODAY, () => 7);
	const { points } = await poll(entsoeDocument(other + hourly + quarterly));
	assert.equal([...new Set(points.map(({ value }) => value))], [0.014]);
	assert.is(points.length, 96);
});

test('what ENTSO-E does not have or refuses is said in its words', async () => {
	const acknowledgement = (text: string) =>
		`<?xml version="1.0"?><Acknowledgement_MarketDocument xmlns="urn:x"><mRID>1</mRID><Reason><code>999</code><text>${text}</text></Reason></Acknowledgement_MarketDocument>`;
	const none = await feedError(poll(acknowledgement('No matching data found')));
	assert.is(none.kind, 'refused');
	assert.match(none.message, /: "No matching data found"$/);
	const bad = await feedError(
		poll(acknowledgement('Delivered time interval is not valid'), { status: 400 }),
	);
	assert.match(
		bad.message,
		/HTTP status 400, "Delivered time interval is not valid"; check the zone$/,
	);
	assert.match(bad.message, /securityToken=\*\*\*&/);
	const series = entsoeSeries(TODAY, () => 1);
	const cut = await feedError(poll(entsoeDocument(series).slice(0, -40)));
	assert.is(cut.kind, 'garbled');
	assert.match(cut.message, /no price document but begins with "<\?xml/);
	const mixed = entsoeDocument(series + entsoeSeries(TODAY, () => 1, { currency: 'GBP' }));
	assert.match((await feedError(poll(mixed))).message, /its prices are in EUR\/MWH and GBP\/MWH$/);
	const odd = entsoeDocument(series.replace('PT15M', 'P1D'));
	assert.match((await feedError(poll(odd))).message, /another shape: .*resolution/);
	const ages = { startMs: 0, endMs: Date.parse('2199-01-01T00:00Z') };
	const endless = entsoeDocument(
		entsoeSeries(TODAY, () => 1).replace(/<timeInterval>.*?<\/timeInterval>/s, interval(ages)),
	);
	assert.match(
		(await feedError(poll(endless))).message,
		/it has a period from 1970-.* in steps of PT15M$/,
	);
	const backwards = { startMs: TODAY.endMs, endMs: TODAY.startMs };
	const turned = entsoeDocument(
		series.replace(/<timeInterval>.*?<\/timeInterval>/s, interval(backwards)),
	);
	assert.match(
		(await feedError(poll(turned))).message,
		/it has a period from 2026-11-20T23:00Z to 2026-11-19/,
	);
	const bomb = `<!DOCTYPE a [<!ENTITY b "${'x'.repeat(1000)}">]>${'<a>&b;</a>'.repeat(3)}`;
	assert.is((await feedError(poll(bomb))).kind, 'garbled');
});

test('a feed of ENTSO-E needs a token, a zone by its code and the rate of the euro', async () => {
	const refusal = async (keys: object, env = KEYS as Record<string, string>) => {
		const opening = openFeed(
			Feed.parse({ ...ZONE, ...keys }),
			PRICE,
			fakeEnv({ keys: env, atMs: NOW_MS }),
		);
		const error = await opening.then(
			() => null,
			(reason: unknown) => reason,
		);
		assert.instance(error, ConfigError);
		return (error as ConfigError).message;
	};
	assert.match(await refusal({}, {}), /ENTSOE_TOKEN is not set; get a token at transparency/);
	assert.match(
		await refusal({ zone: 'DE-LU' }),
		/^Cannot use zone "DE-LU" of ENTSO-E: give the EIC code/,
	);
	assert.is(
		await refusal({ usdPerUnit: null }),
		'Cannot use ENTSO-E: its prices are in EUR; give usdPerUnit, the USD for one EUR',
	);
});

test.run();
