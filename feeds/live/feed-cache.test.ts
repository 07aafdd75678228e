import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Feed } from '../../protocol/scenario/feed.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { NOTHING_CHOSEN } from '../grid/files/grid-file.ts';
import { parseGridFile } from '../grid/files/parse-grid-file.ts';
import type { FeedSpan, RangeAnswer } from './feed.ts';
import { cacheKey, FeedCache, feedCacheFolder } from './feed-cache.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2026-01-01T00:00:00Z');
const KEY = cacheKey(Feed.parse({ type: 'electricitymaps', zone: 'DE' }), 'carbon');
const ABOUT = { by: 'gridbeat 0', nowMs: START_MS + 1000 * HOUR_MS, stepMs: HOUR_MS };
const hours = (from: number, until: number): FeedSpan => ({
	fromMs: START_MS + from * HOUR_MS,
	untilMs: START_MS + until * HOUR_MS,
});

/** A value for each hour of a span: its number and a summand. */
function answer(from: number, until: number, more = 0): RangeAnswer {
	return {
		...{ quantity: 'carbon', unit: 'g/kWh', given: null, outOfBounds: 0, serverDateMs: null },
		...{ receivedAtMs: ABOUT.nowMs, from: 'http://x', attribution: 'x.org', notes: [] },
		heldFromMs: null,
		points: Array.from({ length: until - from }, (_, i) => ({
			...{ fromMs: START_MS + (from + i) * HOUR_MS, value: from + i + more, isForecast: false },
		})),
	};
}

async function withCache(use: (cache: FeedCache, folder: string) => void): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-cache-'));
	try {
		use(new FeedCache(folder), folder);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

test('a span that was fetched is there for whoever asks with the same feed, and says where it is from', () =>
	withCache((cache, folder) => {
		assert.is(cache.read(KEY, hours(0, 1)), null);
		assert.is(cache.add(KEY, hours(0, 24), answer(0, 24), ABOUT), hours(0, 24).untilMs);
		const again = cacheKey(
			Feed.parse({ type: 'electricitymaps', zone: 'DE', every: '1h', bounds: { most: 900 } }),
			'carbon',
		);
		const found = new FeedCache(folder).read(again, hours(3, 20));
		assert.is(found?.points.length, 24);
		assert.equal([found?.unit, found?.attribution], ['g/kWh', 'x.org']);
		assert.equal(found?.spans, [
			{
				...hours(0, 24),
				...{ fetchedAt: new Date(ABOUT.nowMs).toISOString(), by: 'gridbeat 0', from: 'http://x' },
			},
		]);
		for (const other of [
			cacheKey(Feed.parse({ type: 'electricitymaps', zone: 'FR' }), 'carbon'),
			cacheKey(
				Feed.parse({ type: 'electricitymaps', zone: 'DE', emissionFactors: 'direct' }),
				'carbon',
			),
			cacheKey(Feed.parse({ type: 'electricitymaps', zone: 'DE' }), 'price'),
		])
			assert.is(cache.read(other, hours(3, 20)), null);
		const text = readFileSync(cache.file(KEY), 'utf8');
		const file = parseGridFile(text, 'x', { ...NOTHING_CHOSEN, timezone: 'UTC' });
		assert.equal([file.kind, file.points.length], ['average', 24]);
	}));

test('only what came to be is kept, and only as far as it is known', () =>
	withCache((cache) => {
		const late = answer(0, 10);
		assert.is(cache.add(KEY, hours(0, 24), late, ABOUT), hours(0, 10).untilMs);
		assert.equal(cache.missing(KEY, hours(0, 24)), [hours(10, 24)]);
		const held = { ...answer(10, 20), heldFromMs: hours(0, 15).untilMs };
		assert.is(cache.add(KEY, hours(10, 24), held, ABOUT), hours(0, 15).untilMs);
		const foretold = answer(15, 24);
		const points = foretold.points.map((point) => ({ ...point, isForecast: true }));
		assert.is(cache.add(KEY, hours(15, 24), { ...foretold, points }, ABOUT), null);
		const soon = { ...ABOUT, nowMs: hours(0, 16).untilMs };
		assert.is(cache.add(KEY, hours(15, 24), answer(15, 24), soon), soon.nowMs);
		assert.equal(cache.missing(KEY, hours(0, 24)), [hours(16, 24)]);
	}));

test('files that are broken are said and not passed over', () =>
	withCache((cache) => {
		cache.add(KEY, hours(0, 2), answer(0, 2), ABOUT);
		const path = cache.file(KEY);
		for (const text of ['', 'time,price (EUR/kWh)\n', `${readFileSync(path, 'utf8')}2026,\n`]) {
			writeFileSync(path, text);
			assert.throws(
				() => cache.read(KEY, hours(0, 1)),
				/^Cannot use what is kept in ".*; remove that folder$/,
			);
		}
		writeFileSync(join(dirname(path), 'provenance.json'), '{"feed": ');
		assert.throws(() => cache.missing(KEY, hours(0, 1)), /^Cannot use what is kept in /);
	}));

test('whatever spans are fetched in whatever order, what is missing is what was not, and the last value counts', () =>
	withCache((cache, folder) => {
		const span = fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 10 }));
		let nth = 0;
		fc.assert(
			fc.property(fc.array(span, { maxLength: 6 }), (spans) => {
				const key = { ...KEY, feed: { type: 'uk', region: `r${nth++}` } };
				const expected = new Map<number, number>();
				for (const [i, [from, length]] of spans.entries()) {
					cache.add(key, hours(from, from + length), answer(from, from + length, 1000 * i), ABOUT);
					for (let hour = from; hour < from + length; hour++) expected.set(hour, hour + 1000 * i);
				}
				const missing = cache.missing(key, hours(0, 40));
				const isMissing = (hour: number) =>
					missing.some(
						(part) =>
							part.fromMs <= hours(hour, hour).fromMs && hours(hour, hour).fromMs < part.untilMs,
					);
				for (let hour = 0; hour < 40; hour++) assert.is(isMissing(hour), !expected.has(hour));
				const whole = [...expected.keys()];
				if (whole.length === 0) return;
				const hour = whole[0] as number;
				const found = new FeedCache(folder).read(key, hours(hour, hour + 1));
				const value = found?.points.find(
					({ fromMs }) => fromMs === hours(hour, hour).fromMs,
				)?.value;
				assert.is(value, expected.get(hour));
			}),
			{ numRuns: 30 },
		);
	}));

test('the cache is the user’s, or where GRIDBEAT_CACHE says', () => {
	assert.is(feedCacheFolder({ HOME: '/h' }), '/h/.cache/gridbeat/feeds');
	assert.is(feedCacheFolder({ HOME: '/h', XDG_CACHE_HOME: '/c' }), '/c/gridbeat/feeds');
	assert.is(feedCacheFolder({ HOME: '/h', GRIDBEAT_CACHE: '/g' }), '/g/feeds');
});

test.run();
