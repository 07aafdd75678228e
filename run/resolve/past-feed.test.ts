import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FeedCache, feedCacheFolder, keyOf } from '../../feeds/live/feed-cache.ts';
import { Feed } from '../../protocol/scenario/feed.ts';
import { HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import { feedWord, notKept, pastWords } from './past-feed.ts';

const test = suite('feeds of the past, as words');

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-past-'));
const before = process.env['GRIDBEAT_CACHE'];
test.before(() => {
	process.env['GRIDBEAT_CACHE'] = folder;
});
test.after(() => {
	if (before === undefined) delete process.env['GRIDBEAT_CACHE'];
	else process.env['GRIDBEAT_CACHE'] = before;
	rmSync(folder, { recursive: true });
});

const START = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const PLACE = { latitude: 52.5, longitude: 13.25 };

test('a long past comes in parts, each from the step in which it begins, and nothing of what is over before', () => {
	const feed = Feed.parse('open-meteo');
	const wanted = { quantity: 'irradiance', place: PLACE } as const;
	const past = { fromMs: START, untilMs: START + 4500 * 5 * MINUTE_MS };
	const points = Array.from({ length: 4600 }, (_, i) => ({
		...{ fromMs: START + (i - 50) * 5 * MINUTE_MS, value: i, isForecast: false },
	}));
	new FeedCache(feedCacheFolder(process.env)).add(
		keyOf(feed, wanted),
		{ fromMs: START - 50 * 5 * MINUTE_MS, untilMs: past.untilMs },
		{
			...{ quantity: 'irradiance', unit: 'W/m2', given: null, points, outOfBounds: 0 },
			...{ receivedAtMs: past.untilMs + 1, serverDateMs: null, from: 'http://here/' },
			...{ attribution: 'somebody', notes: ['a note'], heldFromMs: null },
		},
		{ by: 'a test', nowMs: past.untilMs + 1, stepMs: 5 * MINUTE_MS },
	);
	const kept = { times: 'own', staleAfterUs: HOUR_US, whenStale: 'fail' } as const;
	const following = { ...kept, name: 'the feed' };
	const followed = { feed, ...wanted, following, past };
	const words = pastWords({ actor: 'solar', followed }, 15 * MINUTE_US);
	assert.equal(
		words.map(({ fromUs, command }) => [
			fromUs / MINUTE_US,
			command.type === 'signal' ? command.points.length : 0,
		]),
		[
			[0, 2000],
			// 2000 and 4000 times five minutes, at whole steps of a quarter of an hour.
			[9990, 2000],
			[19_995, 500],
		],
	);
	const all = words.flatMap(({ command }) => (command.type === 'signal' ? command.points : []));
	assert.equal(
		all.map(({ value }) => value),
		Array.from({ length: 4500 }, (_, i) => i + 50),
	);
	const [first] = words;
	assert.ok(first?.command.type === 'signal' && first.command.from === 'http://here/');
	assert.is(first?.at, new Date(past.untilMs + 1).toISOString());
});

test('what is not kept is refused with a line that a shell takes', () => {
	const span = { fromMs: START, untilMs: START + 3_600_000 };
	const say = (text: unknown, quantity: 'carbon' | 'irradiance' | 'power') =>
		notKept('it', Feed.parse(text), { quantity, place: PLACE }, span).message;
	const times = '--from 2026-01-01T00:00:00Z --until 2026-01-01T01:00:00Z';
	assert.match(say('uk', 'carbon'), `(gridbeat backfill --carbon uk ${times})`);
	assert.match(
		say('open-meteo', 'irradiance'),
		`(gridbeat backfill open-meteo --quantity irradiance ${times} --latitude 52.5 --longitude 13.25)`,
	);
	assert.match(
		say(`prometheus:http://h sum(x{a="it's"}) unit=kW`, 'power'),
		`(gridbeat backfill 'prometheus:http://h sum(x{a="it'\\''s"}) unit=kW' --quantity power ${times})`,
	);
	assert.match(
		say({ type: 'electricitymaps', zone: 'DE', emissionFactors: 'direct' }, 'carbon'),
		'(gridbeat backfill --carbon feed.yaml ',
	);
	for (const word of ['csv:meter.csv', 'nats:a.b', 'mqtt://h/a', 'http://h/ a'])
		assert.match(say(word, 'power'), 'that is over, and such a source keeps no past; name a file');
});

test('a feed that has a word is that feed again', () => {
	for (const word of [
		...[
			'uk',
			'uk:RG10',
			'open-meteo',
			'eia:CISO',
			'electricitymaps:DE',
			'watttime:PJM_NJ:co2_aoer',
		],
		...['energy-charts:DE-LU usdPerUnit=1.1', 'prometheus:http://h:1 sum(x) unit=kW scale=2'],
	])
		assert.equal(Feed.parse(feedWord(Feed.parse(word))), Feed.parse(word), word);
	assert.is(feedWord(Feed.parse('nats:a.b')), null);
});

test.run();
