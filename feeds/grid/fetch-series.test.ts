import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { type Asked, type FakeAnswer, withSource } from '../live/fake-source.test-support.ts';
import type { FeedEnv } from '../live/feed.ts';
import { type Feed, type FetchSeriesOptions, fetchSeries } from './fetch-series.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = Date.parse('2024-09-24T12:20:00Z');
const TOKEN = 'sEcReT-token';
const HTML = '<!DOCTYPE html>\n<html><body>Bad Gateway</body></html>';

type Answer = Exclude<FakeAnswer, string>;

/** A local server in the feed's place; `answer` gets path and query. Null: never answers. */
function withFeed(
	answer: (path: string, query: URLSearchParams, count: number) => Answer | null,
	use: (baseUrl: string, asked: readonly Asked[]) => Promise<void>,
): Promise<void> {
	return withSource(({ path, query, before }) => answer(path, query, before + 1) ?? 'silence', use);
}

const ENV: Partial<FeedEnv> = {
	timeoutMs: 20_000,
	keys: { ELECTRICITYMAPS_TOKEN: TOKEN },
	retryBaseMs: 1,
};

function options(baseUrl: string, more: Partial<FetchSeriesOptions> = {}): FetchSeriesOptions {
	return {
		baseUrl,
		startEpochMs: NOW_MS - 4 * HOUR_MS,
		endEpochMs: NOW_MS - 2 * HOUR_MS,
		zone: 'DE',
		nowEpochMs: NOW_MS,
		env: ENV,
		...more,
	};
}

async function failure(feed: Feed, given: FetchSeriesOptions): Promise<string> {
	try {
		await fetchSeries(feed, given);
	} catch (error) {
		assert.instance(error, ConfigError);
		const { message } = error as ConfigError;
		assert.match(message, /^Cannot /);
		assert.not.match(message, /\n|\.$/);
		assert.not(message.includes(TOKEN), message);
		return message;
	}
	throw new Error('it did not fail');
}

/** Half-hours as the British API gives them: from the one before `from` on, which is a habit of it. */
function halfHours(path: string, value: (epochMs: number) => object): Answer {
	const [, , from, to] = path.split('/');
	const data: object[] = [];
	const end = Date.parse(to ?? '');
	for (let at = Date.parse(from ?? '') - HOUR_MS / 2; at < end; at += HOUR_MS / 2) {
		const text = (ms: number) => `${new Date(ms).toISOString().slice(0, 16)}Z`;
		data.push({
			from: text(at),
			to: text(at + HOUR_MS / 2),
			intensity: { ...value(at), index: 'low' },
		});
	}
	return { body: { data } };
}

/** Hours as Electricity Maps gives them. */
function items(fromMs: number, untilMs: number, value: number | null = 400) {
	const found: object[] = [];
	for (let at = Math.ceil(fromMs / HOUR_MS) * HOUR_MS; at < untilMs; at += HOUR_MS) {
		found.push({
			zone: 'DE',
			carbonIntensity: value,
			datetime: new Date(at).toISOString(),
			updatedAt: new Date(at).toISOString(),
			emissionFactorType: 'lifecycle',
			isEstimated: false,
			estimationMethod: null,
		});
	}
	return found;
}

const refusedPlan: Answer = {
	status: 401,
	body: { error: 'Request unauthorized for zoneKey=DE, endpoint not in plan' },
};

test('fetchSeries() takes the British measurements, and the forecast where there is none yet', async () => {
	const isPast = (at: number) => at < NOW_MS - HOUR_MS;
	await withFeed(
		(path) => halfHours(path, (at) => ({ forecast: 266, actual: isPast(at) ? 263 : null })),
		async (baseUrl) => {
			const series = await fetchSeries(
				'uk',
				options(baseUrl, { zone: 'gb', endEpochMs: NOW_MS + HOUR_MS }),
			);
			assert.is(series.kind, 'average');
			assert.equal(series.points[0], {
				epochMs: Date.parse('2024-09-24T08:00:00Z'),
				value: 263,
			});
			assert.equal(series.points.at(-1), {
				epochMs: Date.parse('2024-09-24T13:00:00Z'),
				value: 266,
			});
			assert.is(series.points.length, 11);
		},
	);
});

test('fetchSeries() asks the British feed for at most 14 days at a time', async () => {
	const days = 24 * HOUR_MS;
	await withFeed(
		(path) => halfHours(path, () => ({ forecast: 1, actual: 2 })),
		async (baseUrl, asked) => {
			const span = { startEpochMs: NOW_MS - 31 * days, endEpochMs: NOW_MS - 2 * days };
			const given = options(baseUrl, { zone: 'GB', ...span });
			const series = await fetchSeries('uk', given);
			assert.is(series.points.length, 29 * 48 + 1);
			const spans = asked.map(({ url }) => url.split('/').slice(2).map(Date.parse));
			assert.is(spans.length, 3);
			for (const [from, to] of spans) assert.ok(Number(to) - Number(from) <= 14 * days);
		},
	);
});

test('fetchSeries() names the half-hour without a value', async () => {
	await withFeed(
		(path) => {
			const hole = Date.parse('2024-09-24T09:00:00Z');
			return halfHours(path, (at) => ({ forecast: at === hole ? null : 5, actual: null }));
		},
		async (baseUrl) => {
			const message = await failure('uk', options(baseUrl, { zone: 'GB' }));
			assert.match(message, /it has no value for 2024-09-24T09:00:00.000Z;/);
		},
	);
});

test('fetchSeries() asks Electricity Maps for the past with zone, token and emission factors', async () => {
	await withFeed(
		(_path, query) => ({
			body: {
				data: items(Date.parse(query.get('start') ?? ''), Date.parse(query.get('end') ?? '')),
			},
		}),
		async (baseUrl, asked) => {
			const series = await fetchSeries('electricitymaps', options(baseUrl));
			assert.equal(
				series.points.map(({ epochMs }) => new Date(epochMs).getUTCHours()),
				[8, 9, 10],
			);
			assert.is(asked.length, 1);
			assert.is(asked[0]?.headers['auth-token'], TOKEN);
			assert.match(
				asked[0]?.url ?? '',
				/^\/carbon-intensity\/past-range\?zone=DE&emissionFactorType=lifecycle&start=/,
			);
		},
	);
});

test('fetchSeries() goes on with the forecast of Electricity Maps', async () => {
	await withFeed(
		(path) =>
			path.endsWith('/forecast')
				? { body: { zone: 'DE', forecast: items(NOW_MS - HOUR_MS, NOW_MS + 24 * HOUR_MS, 210) } }
				: { body: { data: items(NOW_MS - 5 * HOUR_MS, NOW_MS) } },
		async (baseUrl) => {
			const given = options(baseUrl, { endEpochMs: NOW_MS + 6 * HOUR_MS });
			const { points, notes } = await fetchSeries('electricitymaps', given);
			assert.equal(
				points.map(({ value }) => value),
				[400, 400, 400, 400, 400, 210, 210, 210, 210, 210, 210],
			);
			assert.equal(notes, []);
		},
	);
});

test('fetchSeries() makes do with history and latest where the plan has no more, and says so', async () => {
	await withFeed(
		(path) => {
			if (path.endsWith('/history'))
				return { body: { zone: 'DE', history: items(NOW_MS - 24 * HOUR_MS, NOW_MS - HOUR_MS) } };
			return path.endsWith('/latest')
				? { body: items(NOW_MS - HOUR_MS, NOW_MS, 466)[0] }
				: refusedPlan;
		},
		async (baseUrl) => {
			const given = options(baseUrl, { endEpochMs: NOW_MS + 6 * HOUR_MS });
			const series = await fetchSeries('electricitymaps', given);
			assert.is(series.points.at(-1)?.value, 466);
			assert.equal(series.notes, [
				'no forecast in this plan: the latest value, of 2024-09-24T12:00:00.000Z, is held',
			]);
			const ahead = options(baseUrl, {
				startEpochMs: NOW_MS + HOUR_MS,
				endEpochMs: NOW_MS + 3 * HOUR_MS,
			});
			assert.equal((await fetchSeries('electricitymaps', ahead)).points, [
				{ epochMs: Date.parse('2024-09-24T12:00:00Z'), value: 466 },
			]);
		},
	);
});

test('fetchSeries() turns each error of a feed into one line that says what to do', async () => {
	const cases: [Answer, RegExp][] = [
		[
			{ status: 401, body: { error: 'Invalid auth-token' } },
			/HTTP status 401, "Invalid auth-token"; check ELECTRICITYMAPS_TOKEN/,
		],
		[
			{ status: 401, body: { error: `Token ${TOKEN} is not valid` } },
			/HTTP status 401, "Token \*\*\* is not valid"; check/,
		],
		[
			{ status: 404, body: { error: 'No recent data for zone "DE"' } },
			/HTTP status 404, "No recent data for zone "DE""; check the zone/,
		],
		[{ body: { error: 'No recent data for zone "DE"' } }, /: "No recent data for zone "DE""$/],
		[
			{ status: 400, body: { status: 'error', message: 'bad zone' } },
			/HTTP status 400, "bad zone"$/,
		],
		[
			{ status: 400, body: { error: { code: '400 Bad Request', message: 'no such date' } } },
			/HTTP status 400, "no such date"$/,
		],
		[{ status: 429, body: { error: 'slow down' } }, /HTTP status 429, "slow down"; wait a while/],
		[{ status: 502, body: HTML }, /HTTP status 502, "<!DOCTYPE html> <html>/],
		[{ body: HTML }, /the answer is not JSON but begins with "<!DOCTYPE html>/],
		[{ body: '' }, /the answer is not JSON but begins with ""/],
		[{ body: { data: [{ datetime: 'yesterday' }] } }, /another shape: data\.0\.datetime: /],
		[{ body: { data: 'none' } }, /another shape: data: /],
		[
			{ body: { data: items(NOW_MS - 5 * HOUR_MS, NOW_MS, null) } },
			/it has no value for 2024-09-24T08:20:00.000Z;/,
		],
		[{ body: { data: [] } }, /it has no value for/],
	];
	for (const [answer, expected] of cases) {
		await withFeed(
			() => answer,
			async (baseUrl) => {
				assert.match(await failure('electricitymaps', options(baseUrl)), expected);
			},
		);
	}
});

test('fetchSeries() tries again after 429 and 5xx, three times at most', async () => {
	const good = { body: { data: items(NOW_MS - 5 * HOUR_MS, NOW_MS) } };
	await withFeed(
		(_path, _query, count) => (count <= 3 ? { status: count === 1 ? 429 : 503, body: HTML } : good),
		async (baseUrl, asked) => {
			await fetchSeries('electricitymaps', options(baseUrl));
			assert.is(asked.length, 4);
		},
	);
	await withFeed(
		() => ({ status: 503, body: HTML }),
		async (baseUrl, asked) => {
			await failure('electricitymaps', options(baseUrl));
			assert.is(asked.length, 4);
		},
	);
});

test('fetchSeries() gives up on a silent feed and on one that is not there', async () => {
	await withFeed(
		() => null,
		async (baseUrl) => {
			const message = await failure(
				'electricitymaps',
				options(baseUrl, { env: { ...ENV, timeoutMs: 100 } }),
			);
			assert.match(message, /no answer within 0.1 s/);
		},
	);
	// No server listens at port 1.
	const message = await failure('electricitymaps', options('http://127.0.0.1:1'));
	assert.match(
		message,
		/^Cannot fetch from Electricity Maps "http:\/\/127.0.0.1:1\/.*": .*nothing listens there/,
	);
});

test('fetchSeries() asks for a token, a zone and a span before it asks the feed', async () => {
	const given = options('http://127.0.0.1:1');
	assert.match(
		await failure('electricitymaps', { ...given, env: { ...ENV, keys: {} } }),
		/ELECTRICITYMAPS_TOKEN is not set; get a token/,
	);
	assert.match(await failure('electricitymaps', { ...given, zone: ' ' }), /the zone is empty/);
	assert.match(await failure('uk', given), /zone "DE".*it has "GB" only/);
	assert.match(
		await failure('electricitymaps', { ...given, endEpochMs: given.startEpochMs }),
		/the span is empty/,
	);
});

test.run();
