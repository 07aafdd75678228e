import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../../protocol/errors.ts';
import { Feed } from '../../../protocol/scenario/feed.ts';
import { prometheusProgram } from '../../../tests/prometheus.test-support.ts';
import { ASK, fakeEnv, feedError, withSource } from '../fake-source.test-support.ts';
import type { FeedAnswer, FeedEnv, LiveFeed } from '../feed.ts';
import { openFeed } from '../open-feed.ts';
import { startPrometheus } from './prometheus-server.test-support.ts';

const NOW_MS = Date.parse('2026-11-20T12:20:30Z');

const open = (keys: object, env: Partial<FeedEnv> = {}) =>
	openFeed(
		Feed.parse({ type: 'prometheus', ...keys }),
		{ quantity: 'power', place: null },
		fakeEnv({ atMs: NOW_MS, ...env }),
	);

async function poll(feed: LiveFeed): Promise<FeedAnswer> {
	const answer = await feed.poll(NOW_MS, ASK.signal);
	if (answer === 'unchanged') throw new Error('nothing new');
	return answer;
}

const success = (data: unknown, more: object = {}) => ({
	body: { status: 'success', data, ...more },
});
const series = (value: unknown, metric = {}) => ({ metric, value });

test('the documented answers: scalar, vector and matrix, with what they warn of', async () => {
	const answers = [
		success({ resultType: 'scalar', result: [1_435_781_451.781, '1.5'] }),
		success(
			{ resultType: 'vector', result: [series([1_435_781_460.781, '2'])] },
			{ warnings: ['slow'] },
		),
	];
	await withSource(
		({ before }) => answers[before] ?? answers[0] ?? 'silence',
		async (url, asked) => {
			const feed = await open({ url: `${url}/`, query: 'sum(up) * 2', unit: 'kW' });
			assert.equal((await poll(feed)).points, [
				{ fromMs: 1_435_781_451_781, value: 1500, isForecast: false },
			]);
			const second = await poll(feed);
			assert.is(second.points[0]?.value, 2000);
			assert.equal(second.notes, ['slow']);
			assert.is(asked[0]?.path, '/api/v1/query');
			assert.equal([...(asked[0]?.query ?? [])], [['query', 'sum(up) * 2']]);
		},
	);
	const values = [
		[1_795_177_080, '1'],
		[1_795_177_140, 'NaN'],
		[1_795_177_200, '+Inf'],
		[1_795_177_260, '3'],
	];
	await withSource(
		() => success({ resultType: 'matrix', result: [{ metric: { a: 'b' }, values }] }),
		async (url, asked) => {
			const answer = await poll(await open({ url, query: 'p', range: '5min', step: '60s' }));
			assert.equal(
				answer.points.map(({ value }) => value),
				[1, 3],
			);
			assert.is(answer.outOfBounds, 1);
			const { query } = asked[0] ?? {};
			assert.is(asked[0]?.path, '/api/v1/query_range');
			assert.is(Number(query?.get('end')) * 1000, NOW_MS - 30_000);
			assert.is(Number(query?.get('start')) * 1000, NOW_MS - 330_000);
			assert.is(query?.get('step'), '60');
		},
	);
});

test('what is no one series is said, with what would do', async () => {
	const cases: [unknown, string, RegExp][] = [
		[
			success({ resultType: 'vector', result: [] }).body,
			'failed',
			/gives nothing, as if nothing measures it now$/,
		],
		[
			success({
				resultType: 'vector',
				result: [series([1, '1'], { a: '1' }), series([1, '2'], { a: '2' })],
			}).body,
			'refused',
			/gives 2 series, such as \{a="1"\} and \{a="2"\}; make them one by sum\(\.\.\.\)/,
		],
		[success({ resultType: 'string', result: [1, 'x'] }).body, 'refused', /gives a text$/],
		[
			success({ resultType: 'vector', result: [{ metric: {}, histogram: [1, {}] }] }).body,
			'garbled',
			/histograms and no numbers$/,
		],
		[success({ resultType: 'scalar', result: [1, 'NaN'] }).body, 'garbled', /it gave no value$/],
		[success({ resultType: 'vector' }).body, 'garbled', /another shape: data\.result/],
		['<html>', 'garbled', /not JSON but begins with "<html>"/],
		[{ status: 'error', errorType: 'bad_data', error: 'parse error' }, 'garbled', /parse error/],
	];
	for (const [body, kind, expected] of cases)
		await withSource(
			() => ({ body }),
			async (url) => {
				const found = await feedError((await open({ url, query: 'p' })).poll(NOW_MS, ASK.signal));
				assert.match(found.message, expected);
				assert.is(found.kind, kind, found.message);
			},
		);
	for (const [status, kind] of [
		[400, 'refused'],
		[401, 'refused'],
		[422, 'refused'],
		[503, 'failed'],
	] as const)
		await withSource(
			() => ({
				status,
				body: { status: 'error', errorType: 'x', error: 'invalid parameter "query"' },
			}),
			async (url) => {
				const found = await feedError((await open({ url, query: 'p(' })).poll(NOW_MS, ASK.signal));
				assert.is(found.kind, kind);
				assert.match(found.message, /HTTP status \d+, "invalid parameter/);
			},
		);
});

test('a range of more steps than it gives is refused before it is asked', async () => {
	const opened = open({ url: 'http://127.0.0.1:1', query: 'p', range: '30d', step: '1s' });
	await opened.then(
		() => assert.unreachable(),
		(error: unknown) => {
			assert.instance(error, ConfigError);
			assert.match(
				(error as Error).message,
				/its range has 2592000 steps, more than 10000; make step longer$/,
			);
		},
	);
});

const [prometheus, promtool] = [prometheusProgram('prometheus'), prometheusProgram('promtool')];
if (prometheus !== null && promtool !== null) {
	const START_S = 1_790_000_000;
	const samples = Array.from({ length: 200 }, (_, i) => [
		`power_watts{gpu="0"} ${100 + i} ${START_S + i * 60}`,
		`power_watts{gpu="1"} ${1000 + i} ${START_S + i * 60}`,
	]).flat();
	const text = [
		'# TYPE power_watts gauge',
		...samples.sort((a, b) => a.localeCompare(b)),
		'# EOF',
		'',
	].join('\n');

	test('a real Prometheus answers: a value now, a range, a past of several requests', async () => {
		const server = await startPrometheus({ prometheus, promtool }, text);
		try {
			const { url } = server;
			const now = await poll(await open({ url, query: 'scalar(vector(42))', unit: 'kW' }));
			assert.is(now.points.length, 1);
			assert.is(now.points[0]?.value, 42_000);
			const sum = await open({ url, query: 'sum(power_watts)', range: '10min', step: '60s' });
			const atMs = (START_S + 100 * 60) * 1000;
			const answer = await sum.poll(atMs, ASK.signal);
			if (answer === 'unchanged') throw new Error('nothing new');
			// Whole steps of 60 s do not fall on the samples: each takes the one before.
			assert.equal(answer.points.at(-1), {
				fromMs: Math.floor(atMs / 60_000) * 60_000,
				value: 100 + 1000 + 2 * 99,
				isForecast: false,
			});
			assert.is(answer.points.length, 11);
			assert.is(await sum.poll(atMs + 1000, ASK.signal), 'unchanged');
			const span = { fromMs: START_S * 1000, untilMs: (START_S + 190 * 60) * 1000 };
			const past = await sum.range?.(span, ASK.signal);
			assert.is(past?.points.length, 190);
			const one = await open({ url, query: 'power_watts' });
			// Nobody has measured anything in the last five minutes.
			assert.is((await feedError(one.poll(NOW_MS, ASK.signal))).kind, 'failed');
			const several = await open({ url, query: 'power_watts', range: '10min' });
			const found = await feedError(several.poll(atMs, ASK.signal));
			assert.match(found.message, /gives 2 series, such as \{__name__="power_watts", gpu="0"\}/);
			const wrong = await feedError((await open({ url, query: 'sum(' })).poll(NOW_MS, ASK.signal));
			assert.match(wrong.message, /HTTP status 400, "invalid parameter "query"/);
			assert.is(wrong.kind, 'refused');
		} finally {
			await server.stop();
		}
	});

	test('a real Prometheus lets in who has the password', async () => {
		// bcrypt of "test", as in the documentation of Prometheus.
		const web =
			'basic_auth_users:\n  admin: $2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay\n';
		const server = await startPrometheus({ prometheus, promtool }, text, web);
		try {
			const keys = { PROM_PASSWORD: 'test', WRONG: 'tEsT-1' };
			const ask = (passwordEnv: string) =>
				open(
					{ url: server.url, query: 'vector(1)', auth: { user: 'admin', passwordEnv } },
					{ keys },
				);
			assert.is((await poll(await ask('PROM_PASSWORD'))).points[0]?.value, 1);
			const { kind, status, message } = await feedError(
				(await ask('WRONG')).poll(NOW_MS, ASK.signal),
				['tEsT-1'],
			);
			assert.equal([kind, status], ['refused', 401]);
			assert.match(message, /; check auth$/);
		} finally {
			await server.stop();
		}
	});
}

test.run();
