import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as z from 'zod';
import {
	ASK,
	type FakeAnswer,
	fakeEnv,
	feedError,
	withSource,
} from './fake-source.test-support.ts';
import { type HttpSource, makeHttpClient } from './http-client.ts';

const SECRET = 's/ecret+1';
const SOURCE: HttpSource = {
	name: 'Some Source',
	headers: { 'x-key': SECRET },
	secrets: [SECRET],
	advice: { 401: 'check SOME_KEY' },
};
const Answer = z.object({ value: z.number() });
const HTML = '<!DOCTYPE html>\n<html><body>Bad Gateway</body></html>';

const of = (answers: readonly FakeAnswer[]) => (asked: { before: number }) =>
	answers[Math.min(asked.before, answers.length - 1)] as FakeAnswer;

test('json() gives the document, when it came, what the clock there says, and the address', async () => {
	const date = 'Fri, 20 Nov 2026 12:25:00 GMT';
	await withSource(
		() => ({ body: { value: 7, more: 'x' }, headers: { date } }),
		async (baseUrl, asked) => {
			const env = fakeEnv();
			const client = makeHttpClient(SOURCE, env);
			const url = `${baseUrl}/v1?key=${encodeURIComponent(SECRET)}&zone=DE`;
			assert.equal(await client.json(url, Answer, ASK), {
				data: { value: 7 },
				receivedAtMs: env.nowMs(),
				serverDateMs: Date.parse(date),
				from: `${baseUrl}/v1?key=***&zone=DE`,
			});
			assert.is(asked[0]?.headers['x-key'], SECRET);
			assert.is(asked[0]?.headers['accept'], 'application/json');
		},
	);
});

test('json() tries again after 5xx, 429 and a lost connection, with growing pauses', async () => {
	const good = { body: { value: 7 } };
	const cut = { body: { value: 7 }, cutAfter: 4 };
	for (const bad of [{ status: 503, body: HTML }, { status: 429 }, 'hang-up', cut] as const) {
		await withSource(of([bad, bad, bad, good]), async (baseUrl, asked) => {
			const env = fakeEnv();
			const client = makeHttpClient(SOURCE, env);
			assert.is((await client.json(baseUrl, Answer, ASK)).data.value, 7);
			assert.is(asked.length, 4);
			assert.equal(env.slept, [750, 1500, 3000]);
		});
	}
});

test('json() gives up after the third retry, and says what kind of failure it is', async () => {
	const cases = [
		[{ status: 503, body: HTML }, 'failed', 503, /HTTP status 503, "<!DOCTYPE html> <html>/],
		[{ status: 429, body: { error: 'slow' } }, 'limited', 429, /HTTP status 429, "slow"$/],
		['hang-up', 'failed', null, /": (other side closed|read ECONNRESET|.*closed.*)$/],
		[{ body: '{"value":', cutAfter: 3 }, 'failed', null, /": .+$/],
	] as const;
	for (const [answer, kind, status, says] of cases) {
		await withSource(
			() => answer,
			async (baseUrl, asked) => {
				const client = makeHttpClient(SOURCE, fakeEnv());
				const error = await feedError(client.json(baseUrl, Answer, ASK), [SECRET]);
				assert.is(error.kind, kind);
				assert.is(error.status, status);
				assert.match(error.message, says);
				assert.is(asked.length, 4);
			},
		);
	}
});

test('json() does not ask twice what is refused or garbled, and hides the secret', async () => {
	const cases = [
		[
			{ status: 401, body: { error: `no ${SECRET}` } },
			'refused',
			/401, "no \*\*\*"; check SOME_KEY$/,
		],
		[{ status: 403, body: '' }, 'refused', /HTTP status 403$/],
		[{ status: 404, body: { message: 'no such zone' } }, 'refused', /404, "no such zone"$/],
		[{ status: 400, body: { error: true, reason: 'bad' } }, 'refused', /400, "bad"$/],
		[
			{ status: 301, headers: { location: 'https://elsewhere' } },
			'refused',
			/301, it sends to "https:\/\/elsewhere"$/,
		],
		[{ body: HTML }, 'garbled', /is not JSON but begins with "<!DOCTYPE html>/],
		[{ body: '' }, 'garbled', /is not JSON but begins with ""$/],
		[{ body: '{"value":' }, 'garbled', /is not JSON but begins with "{"value":"$/],
		[{ body: { value: null } }, 'garbled', /another shape: value: /],
		[{ body: { error: 'No recent data' } }, 'garbled', /: "No recent data"$/],
	] as const;
	for (const [answer, kind, says] of cases) {
		await withSource(
			() => answer,
			async (baseUrl, asked) => {
				const client = makeHttpClient(SOURCE, fakeEnv());
				const url = `${baseUrl}/?k=${encodeURIComponent(SECRET)}`;
				const error = await feedError(client.json(url, Answer, ASK), [SECRET]);
				assert.is(error.kind, kind);
				assert.match(error.message, says);
				assert.is(asked.length, 1);
			},
		);
	}
});

test('json() waits as long as Retry-After says, by the clock of the source, and hands a long wait on', async () => {
	const date = 'Fri, 20 Nov 2026 11:00:00 GMT';
	const good = { body: { value: 7 } };
	const waits: readonly [Readonly<Record<string, string>>, number][] = [
		[{ 'retry-after': '12' }, 12_000],
		[{ 'retry-after': 'Fri, 20 Nov 2026 11:00:20 GMT', date }, 20_000],
		[{ 'retry-after': 'soon' }, 750],
		[{ 'retry-after': '0' }, 750],
		[{ 'retry-after': 'Fri, 20 Nov 2026 10:00:00 GMT', date }, 750],
	];
	for (const [headers, pauseMs] of waits) {
		await withSource(of([{ status: 429, headers }, good]), async (baseUrl) => {
			const env = fakeEnv();
			await makeHttpClient(SOURCE, env).json(baseUrl, Answer, ASK);
			assert.equal(env.slept, [pauseMs]);
		});
	}
	await withSource(
		() => ({ status: 503, headers: { 'retry-after': '3600' } }),
		async (baseUrl, asked) => {
			const client = makeHttpClient(SOURCE, fakeEnv());
			const error = await feedError(client.json(baseUrl, Answer, ASK));
			assert.is(error.retryAfterMs, 3_600_000);
			assert.match(error.message, /HTTP status 503, it asks to wait 3600 s$/);
			assert.is(asked.length, 1);
		},
	);
});

test('json() ends at once when it is aborted, also between two tries', async () => {
	const stopper = new AbortController();
	await withSource(
		() => {
			stopper.abort(new Error('enough'));
			return 'silence';
		},
		async (baseUrl) => {
			const asking = makeHttpClient(SOURCE, fakeEnv()).json(baseUrl, Answer, {
				signal: stopper.signal,
			});
			assert.is(await asking.catch((error: Error) => error.message), 'enough');
		},
	);
});

test('json() sends what marks the last good answer, and takes 304 for the same again', async () => {
	const marks = [
		[{ etag: '"a"' }, 'if-none-match', '"a"'],
		[
			{ 'last-modified': 'Fri, 20 Nov 2026 11:00:00 GMT' },
			'if-modified-since',
			'Fri, 20 Nov 2026 11:00:00 GMT',
		],
	] as const;
	for (const [headers, asks, mark] of marks) {
		const good = { body: { value: 7 }, headers };
		const bad = { body: '{', headers: { etag: '"b"' } };
		await withSource(of([good, bad, { status: 304 }]), async (baseUrl, asked) => {
			const client = makeHttpClient(SOURCE, fakeEnv());
			const ask = () => client.json(baseUrl, Answer, ASK);
			await ask();
			await feedError(ask());
			assert.equal((await ask()).data, { value: 7 });
			assert.equal(
				asked.map((each) => each.headers[asks]),
				[undefined, mark, mark],
			);
		});
	}
	await withSource(of([{ status: 304 }]), async (baseUrl) => {
		const asking = makeHttpClient(SOURCE, fakeEnv()).json(baseUrl, Answer, ASK);
		assert.match((await feedError(asking)).message, /HTTP status 304$/);
	});
});

test('text() reads what is no JSON, and what it refuses is an error of the source', async () => {
	await withSource(
		() => ({ body: '<a>7</a>' }),
		async (baseUrl) => {
			const client = makeHttpClient(SOURCE, fakeEnv());
			const read = (text: string) => text.length;
			assert.is((await client.text(baseUrl, read, ASK)).data, 8);
			const refuse = () => {
				throw client.error(`${baseUrl}?k=${SECRET}`, 'it is no good');
			};
			const error = await feedError(client.text(baseUrl, refuse, ASK), [SECRET]);
			assert.match(error.message, /it is no good$/);
			assert.is(error.kind, 'garbled');
		},
	);
});

test.run();
