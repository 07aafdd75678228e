import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
	ASK,
	type Asked,
	type FakeAnswer,
	fakeEnv,
	feedError,
	withSource,
} from '../fake-source.test-support.ts';
import type { LiveFeed } from '../feed.ts';
import { openFeed } from '../open-feed.ts';
import { DOCUMENTED, type Documented } from './documented.test-support.ts';
import { NOW_MS } from './documented-answers.test-support.ts';

/** Asks a service that answers as documented once `fault` gives null. */
async function withService(
	{ feed, wanted, keys, answer }: Documented,
	fault: (asked: Asked) => FakeAnswer | null,
	use: (feed: LiveFeed, asked: readonly Asked[]) => Promise<void>,
): Promise<void> {
	await withSource(
		(asked) => fault(asked) ?? answer(asked),
		async (baseUrl, asked) => {
			const env = fakeEnv({ atMs: NOW_MS, keys, timeoutMs: 10_000 });
			await use(await openFeed(feed(baseUrl), wanted, env), asked);
		},
	);
}

const FAULTS = {
	'401': [
		{ status: 401, body: { error: 'Invalid token' } },
		'refused',
		/HTTP status 401, "Invalid token"/,
	],
	'403': [{ status: 403, body: '<html>Forbidden</html>' }, 'refused', /HTTP status 403/],
	'404': [
		{ status: 404, body: { message: 'no such zone' } },
		'refused',
		/HTTP status 404, "no such zone"/,
	],
	'429': [
		{ status: 429, headers: { 'retry-after': '120' }, body: { error: 'Too many requests' } },
		'limited',
		/HTTP status 429, "Too many requests", it asks to wait 120 s/,
	],
	'500': [{ status: 500, body: 'Internal Server Error' }, 'failed', /HTTP status 500/],
	'a lost connection': ['hang-up', 'failed', /Cannot fetch from /],
	nothing: [{ body: '' }, 'garbled', /begins with ""|no price document/],
	'half of it': [
		{ body: '{"data":[{"datetime":"2026-11-' },
		'garbled',
		/is not JSON|no price document/,
	],
	'a web page': [{ body: '<!DOCTYPE html><html></html>' }, 'garbled', /is not JSON|another shape/],
	null: [{ body: 'null' }, 'garbled', /another shape|no price document/],
	'an empty object': [{ body: {} }, 'garbled', /another shape|no price document/],
} as const;

for (const [name, documented] of Object.entries(DOCUMENTED)) {
	const secrets = Object.values(documented.keys);

	test(`${name}: a documented answer gives values around now, in order, and whom to name`, async () => {
		await withService(
			documented,
			() => null,
			async (feed, asked) => {
				const answer = await feed.poll(NOW_MS, ASK.signal);
				assert.ok(answer !== 'unchanged');
				const times = answer.points.map(({ fromMs }) => fromMs);
				assert.equal(
					times,
					[...new Set(times)].sort((a, b) => a - b),
				);
				assert.is(answer.quantity, documented.wanted.quantity);
				const now = answer.points.findLast(({ fromMs }) => fromMs <= NOW_MS);
				assert.ok(now !== undefined && now.fromMs > NOW_MS - 6 * 3_600_000, 'a value of now');
				for (const { value, isForecast, fromMs } of answer.points) {
					assert.ok(Number.isFinite(value));
					if (isForecast)
						assert.ok(fromMs > NOW_MS - 3 * 3_600_000, 'what is long past is no forecast');
				}
				assert.is(answer.receivedAtMs, NOW_MS);
				assert.ok(answer.attribution !== '' && answer.from.startsWith('http://127.0.0.1:'));
				for (const secret of secrets) assert.not(JSON.stringify(answer).includes(secret));
				assert.ok(asked.length > 0);
				assert.is(await feed.poll(NOW_MS, ASK.signal), 'unchanged');
			},
		);
	});

	test(`${name}: each fault is one line that says what kind it is, and is over when the service is back`, async () => {
		for (const [fault, [bad, kind, says]] of Object.entries(FAULTS)) {
			let isBroken = true;
			await withService(
				documented,
				() => (isBroken ? bad : null),
				async (feed) => {
					const error = await feedError(feed.poll(NOW_MS, ASK.signal), secrets);
					assert.is(error.kind, kind, `${fault}: ${error.message}`);
					assert.match(error.message, says, fault);
					if (fault === '429') assert.is(error.retryAfterMs, 120_000);
					isBroken = false;
					assert.not.equal(await feed.poll(NOW_MS, ASK.signal), 'unchanged', fault);
				},
			);
		}
	});

	test(`${name}: a span of the past has a value from its start to its end, without a gap`, async () => {
		await withService(
			documented,
			() => null,
			async (feed) => {
				if (feed.range === undefined) return;
				const [fromMs, untilMs] = ['2026-10-24T21:10:00Z', '2026-11-10T05:40:00Z'].map(
					Date.parse,
				) as [number, number];
				const { points } = await feed.range({ fromMs, untilMs }, ASK.signal);
				assert.ok((points[0]?.fromMs ?? untilMs) <= fromMs, 'a value at its start');
				// Null: it varies, but no gap may be longer than an hour.
				const stepMs = feed.stepMs ?? 3_600_000;
				assert.ok((points.at(-1)?.fromMs ?? 0) + stepMs >= untilMs, 'a value at its end');
				for (const [i, { fromMs: at }] of points.entries())
					if (i > 0)
						assert.ok(at - (points[i - 1]?.fromMs ?? 0) <= stepMs, new Date(at).toISOString());
			},
		);
	});
}

test.run();
