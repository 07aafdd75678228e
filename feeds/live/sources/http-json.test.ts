import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../../protocol/errors.ts';
import { Feed } from '../../../protocol/scenario/feed.ts';
import type { FeedQuantity } from '../../../protocol/signals.ts';
import {
	ASK,
	type FakeAnswer,
	fakeEnv,
	feedError,
	withSource,
} from '../fake-source.test-support.ts';
import type { FeedAnswer, FeedEnv } from '../feed.ts';
import { openFeed } from '../open-feed.ts';

const NOW_MS = Date.parse('2026-11-20T12:20:00Z');

function open(keys: object, quantity: FeedQuantity = 'power', env: Partial<FeedEnv> = {}) {
	const feed = Feed.parse({ type: 'http', ...keys });
	return openFeed(feed, { quantity, place: null }, fakeEnv({ atMs: NOW_MS, ...env }));
}

async function pollOnce(answer: FakeAnswer, keys: object, quantity?: FeedQuantity) {
	let found: FeedAnswer | 'unchanged' = 'unchanged';
	await withSource(
		() => answer,
		async (url) => {
			const feed = await open({ url: `${url}/now.json`, ...keys }, quantity);
			found = await feed.poll(NOW_MS, ASK.signal);
		},
	);
	if (found === 'unchanged') throw new Error('nothing came');
	return found as FeedAnswer;
}

async function failure(answer: FakeAnswer, keys: object, quantity?: FeedQuantity) {
	let found: Awaited<ReturnType<typeof feedError>> | null = null;
	await withSource(
		() => answer,
		async (url) => {
			const feed = await open({ url: `${url}/now.json`, ...keys }, quantity);
			found = await feedError(feed.poll(NOW_MS, ASK.signal));
		},
	);
	if (found === null) throw new Error('it did not fail');
	return found as Awaited<ReturnType<typeof feedError>>;
}

test('a value at a path holds from when it came, in our unit, with what it was before', async () => {
	const answer = await pollOnce(
		{ body: { meter: [{ p: 1 }, { p: 2.5 }] }, headers: { date: 'Fri, 20 Nov 2026 12:20:05 GMT' } },
		{ value: 'meter[-1].p', unit: 'kW' },
	);
	assert.equal(answer.points, [{ fromMs: NOW_MS, value: 2500, isForecast: false }]);
	assert.equal(answer.given, { unit: 'kW', value: 2.5 });
	assert.is(answer.unit, 'W');
	assert.is(answer.serverDateMs, NOW_MS + 5000);
	assert.match(answer.from, /^http:\/\/127\.0\.0\.1:\d+\/now\.json$/);
});

test('a list with its times gives them all, those to come as foretold', async () => {
	const body = {
		data: [
			{ at: '2026-11-20T12:00:00Z', v: 300 },
			{ at: '2026-11-20T13:00:00Z', v: null },
			{ at: '2026-11-20T14:00:00Z', v: 200 },
		],
	};
	const answer = await pollOnce(
		{ body },
		{ value: 'data[*].v', time: 'data[*].at', kind: 'marginal', unit: 'lb/MWh' },
		'marginal-carbon',
	);
	assert.equal(
		answer.points.map(({ fromMs, isForecast }) => [(fromMs - NOW_MS) / 60_000, isForecast]),
		[
			[-20, false],
			[100, true],
		],
	);
	assert.ok(Math.abs((answer.points[0]?.value as number) - 136.077711) < 1e-9);
	const columns = await pollOnce(
		{ body: { unix: [1, 2], p: [10, 20] } },
		{ value: 'p', time: 'unix', timeUnit: 's' },
	);
	assert.equal(
		columns.points.map(({ fromMs }) => fromMs),
		[1000, 2000],
	);
});

test('values of the future alone say that a clock or a zone may be wrong', async () => {
	const ahead = await pollOnce(
		{ body: { at: '2026-11-20T13:20:00', p: 5 } },
		{ value: 'p', time: 'at', timezone: 'UTC' },
	);
	assert.equal(ahead.notes, [
		'all its values are of times to come, the first of 2026-11-20T13:20:00.000Z: its clock or its zone may be wrong',
	]);
	const right = await pollOnce(
		{ body: { at: '2026-11-20T13:20:00', p: 5 } },
		{ value: 'p', time: 'at', timezone: 'Europe/Berlin' },
	);
	assert.equal(right.notes, []);
	assert.is(right.points[0]?.fromMs, NOW_MS);
});

test('what is no number and what cannot be is left out and counted', async () => {
	const body = [
		[1, 5],
		[2, 'much'],
		[3, 4000],
		[4, 6],
	];
	const answer = await pollOnce(
		{ body },
		{ value: '[*][1]', time: '[*][0]', timeUnit: 's', kind: 'average' },
		'carbon',
	);
	assert.equal(
		answer.points.map(({ value }) => value),
		[5, 6],
	);
	assert.is(answer.outOfBounds, 2);
	assert.match(
		answer.notes.join('; '),
		/1 of 4 values were refused: the value "much" is no number; .*4000 g\/kWh/,
	);
});

test('what cannot be used is said in a line', async () => {
	const garbled: [unknown, object, RegExp][] = [
		[{ a: 1 }, { value: 'b' }, /Cannot use what "http:.*" gave: there is nothing at b$/],
		[{ a: { w: 1 } }, { value: 'a' }, /there is an object at a and no value; write such as a\.w$/],
		[{ a: [1, 2] }, { value: 'a[*]' }, /2 values at a\[\*\] and no times; .* such as a\[-1\]$/],
		[
			{ a: [1, 2], t: [1] },
			{ value: 'a', time: 't', timeUnit: 's' },
			/2 values at a and 1 times at t$/,
		],
		[{ a: 1 }, { value: 'a', time: 't' }, /there is no time at t$/],
		[{ a: 'x' }, { value: 'a' }, /the value "x" is no number$/],
		[{ a: null }, { value: 'a' }, /it gave no value$/],
		[{ a: 1, t: 5 }, { value: 'a', time: 't' }, /say timeUnit: s or ms$/],
		['{"a": 1', { value: 'a' }, /the answer is not JSON but begins with/],
		[{ a: 5000 }, { value: 'a', bounds: { most: 100 } }, /its values lie outside .* to 100 W/],
	];
	for (const [body, keys, expected] of garbled) {
		const { kind, message } = await failure({ body }, keys);
		assert.match(message, expected);
		assert.is(kind, 'garbled', message);
	}
	assert.is((await failure({ status: 401, body: 'no' }, {})).kind, 'refused');
	assert.is((await failure({ status: 503, body: 'down' }, {})).kind, 'failed');
	const limited = await failure({ status: 429, body: '', headers: { 'retry-after': '90' } }, {});
	assert.is(limited.kind, 'limited');
	assert.is(limited.retryAfterMs, 90_000);
});

test('secrets come from the environment, go into headers, and are never shown', async () => {
	const keys = { TOKEN: 'sEcReT-1', WORD: 'sEcReT-2', KEY: 'sEcReT-3' };
	await withSource(
		({ headers, before }) => ({
			status: before === 0 ? 200 : 403,
			body: before === 0 ? 5 : { error: `no ${headers['authorization']} ${headers['x-key']}` },
		}),
		async (url, asked) => {
			const headersEnv = { 'X-Key': 'KEY' };
			const bearer = await open({ url, auth: { tokenEnv: 'TOKEN' }, headersEnv }, 'power', {
				keys,
			});
			await bearer.poll(NOW_MS, ASK.signal);
			assert.is(asked[0]?.headers['authorization'], 'Bearer sEcReT-1');
			assert.is(asked[0]?.headers['x-key'], 'sEcReT-3');
			const basic = await open(
				{ url, auth: { user: 'me', passwordEnv: 'WORD' }, headersEnv },
				'power',
				{ keys },
			);
			const encoded = Buffer.from('me:sEcReT-2').toString('base64');
			await feedError(basic.poll(NOW_MS, ASK.signal), [...Object.values(keys), encoded]);
			assert.is(asked[1]?.headers['authorization'], `Basic ${encoded}`);
		},
	);
	for (const given of [{}, { TOKEN: '' }, { TOKEN: 'a\r\nb' }])
		await open({ url: 'http://127.0.0.1:1', auth: { tokenEnv: 'TOKEN' } }, 'power', {
			keys: given,
		}).then(
			() => assert.unreachable(),
			(error: unknown) => {
				assert.instance(error, ConfigError);
				assert.match((error as Error).message, /: TOKEN (is not set|has a line break in it)$/);
			},
		);
});

test('whoever runs a source says how often it is asked, once a second at most', async () => {
	const url = 'http://127.0.0.1:1';
	assert.is((await open({ url })).everyMs, 60_000);
	assert.is((await open({ url, every: '2s' })).everyMs, 2000);
	await open({ url, every: '100ms' }).then(
		() => assert.unreachable(),
		(error: unknown) => assert.match((error as Error).message, /no more than every 1s$/),
	);
});

test('keys that do not go together are refused before anybody is asked', async () => {
	const url = 'http://127.0.0.1:1';
	const refused: [object, FeedQuantity, RegExp][] = [
		[{}, 'carbon', /does not say which intensity it gives; say kind: average, if it is$/],
		[{ kind: 'average' }, 'marginal-carbon', /as marginal-carbon: its kind is average$/],
		[{ kind: 'average' }, 'power', /kind is of intensities alone$/],
		[{ timezone: 'UTC' }, 'power', /has timezone and no time; say where the time is$/],
		[{ time: 't' }, 'power', /has time and no value/],
		[{ value: 'a..b' }, 'power', /breaks off at "\.\.b"/],
		[{ value: 'a', time: 't', timezone: 'X' }, 'power', /IANA/],
	];
	for (const [keys, quantity, expected] of refused)
		await open({ url, ...keys }, quantity).then(
			() => assert.unreachable(JSON.stringify(keys)),
			(error: unknown) => assert.match((error as Error).message, expected),
		);
});

test.run();
