import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../../tests/properties.test-support.ts';
import {
	ASK,
	type Asked,
	type FakeAnswer,
	fakeEnv,
	withSource,
} from '../fake-source.test-support.ts';
import { FeedError } from '../feed.ts';
import { openFeed } from '../open-feed.ts';
import { DOCUMENTED, type Documented } from './documented.test-support.ts';
import { NOW_MS } from './documented-answers.test-support.ts';

/** What stands where something else was documented. */
const ODD = [
	...[
		null,
		true,
		'',
		'x',
		'-1',
		'1e400',
		-1,
		0,
		1e16,
		1e308,
		0.5,
		[],
		[null],
		{},
		'\u0000\r\nSet-Cookie: a=b',
	],
	...[
		'9999-12-31T23:59:59Z',
		'0000-01-01T00:00Z',
		'2026-02-30T00:00Z',
		'2026-11-20T12',
		'PT1M',
		'percentile',
	],
] as const;

/** The value with something odd at the place that the numbers lead to: one choice a level. */
function withOdd(value: unknown, choices: readonly number[], odd: unknown): unknown {
	const [choice, ...rest] = choices;
	if (choice === undefined || typeof value !== 'object' || value === null) return odd;
	const keys = Object.keys(value);
	const key = keys[choice % keys.length];
	if (key === undefined) return odd;
	const copy: Record<string, unknown> = Array.isArray(value) ? ([...value] as never) : { ...value };
	copy[key] = withOdd(copy[key], rest, odd);
	return copy;
}

/** A text with a piece of it in the place of another. */
function withOddText(
	text: string,
	[at = 0, length = 0, to = 0]: readonly number[],
	odd: unknown,
): string {
	const start = at % text.length;
	const piece =
		to % 2 === 0 ? String(odd) : text.slice(to % text.length, (to % text.length) + length);
	return text.slice(0, start) + piece + text.slice(start + (length % 40));
}

async function polledOdd(
	{ feed, wanted, keys, answer }: Documented,
	choices: readonly number[],
	odd: unknown,
): Promise<void> {
	const spoiled = (asked: Asked): FakeAnswer => {
		const right = answer(asked);
		if (asked.path === '/login' || typeof right === 'string') return right;
		const { body } = right;
		const spoilt =
			typeof body === 'string' ? withOddText(body, choices, odd) : withOdd(body, choices, odd);
		return { ...right, body: spoilt };
	};
	await withSource(spoiled, async (baseUrl) => {
		const opened = await openFeed(feed(baseUrl), wanted, fakeEnv({ atMs: NOW_MS, keys }));
		try {
			const found = await opened.poll(NOW_MS, ASK.signal);
			assert.ok(found !== 'unchanged');
			assert.is(found.quantity, wanted.quantity);
			let before = Number.NEGATIVE_INFINITY;
			for (const { fromMs, value } of found.points) {
				assert.ok(fromMs > before && Number.isFinite(value));
				assert.ok(!Number.isNaN(new Date(fromMs).getTime()));
				before = fromMs;
			}
		} catch (error) {
			if (!(error instanceof FeedError)) throw error;
			assert.match(error.message, /^Cannot (fetch|use) [^\r\n]+$/);
		}
	});
}

test('an answer that is odd in one place gives values that can be used, or an error in one line', async () => {
	const services = Object.values(DOCUMENTED);
	await fc.assert(
		fc.asyncProperty(
			fc.constantFrom(...services),
			fc.array(fc.nat(100_000), { minLength: 1, maxLength: 6 }),
			fc.constantFrom<unknown>(...ODD),
			polledOdd,
		),
		{ numRuns: 400 },
	);
});

test.run();
