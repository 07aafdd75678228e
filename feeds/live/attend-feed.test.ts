import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Feed } from '../../protocol/scenario/feed.ts';
import { attendFeed, type FeedWord } from './attend-feed.ts';
import { type FakeAnswer, fakeEnv, withSource } from './fake-source.test-support.ts';

const test = suite('attend feed');

const now = '2026-11-20T12:00Z';
const answerOf = (actual: number) => ({
	body: { data: [{ from: now, intensity: { forecast: 1, actual } }] },
});
const DOWN = { status: 503, body: 'away' };

/** What is said of a feed that answers so, one answer a poll. */
async function saidOf(
	answers: readonly FakeAnswer[],
	hasActed: (word: FeedWord | undefined) => boolean = () => true,
): Promise<FeedWord[]> {
	const said: FeedWord[] = [];
	let polls = 0;
	// The client asks again by itself where a server is away.
	const tries = (answer: FakeAnswer) => (answer === DOWN ? 4 : 1);
	const script = answers.flatMap((answer) => new Array<FakeAnswer>(tries(answer)).fill(answer));
	await withSource(
		({ before }) => script[before] ?? 'hang-up',
		async (baseUrl) => {
			const feed = Feed.parse({ type: 'uk', baseUrl });
			const base = fakeEnv({ retryBaseMs: 1 });
			const over = new Promise<void>((resolve) => {
				const env = {
					...base,
					sleep: async (ms: number, signal?: AbortSignal) => {
						// Pauses between tries are short; a poll is over where it is longer.
						if (ms > 1_000 && ++polls === answers.length) {
							resolve();
							await new Promise((_, reject) =>
								signal?.addEventListener('abort', () => reject(new Error('over'))),
							);
						}
						await base.sleep(ms, signal);
					},
				};
				void attendFeed(feed, {
					wanted: { quantity: 'carbon', place: null },
					say: (word) => void said.push(word),
					hasActed: () => hasActed(said.at(-1)),
					env,
				}).then(async (attendant) => {
					await over;
					await attendant.end();
				});
			});
			await over;
		},
	);
	return said;
}

const briefly = ({ heard, points, notes }: FeedWord) =>
	heard === undefined ? points.map(({ value }) => value) : [heard, ...(notes ?? [])].length;

test('values are passed on, that they still hold too, and once that the feed fell silent', async () => {
	const said = await saidOf([
		answerOf(200),
		answerOf(200),
		DOWN,
		DOWN,
		answerOf(200),
		answerOf(300),
	]);
	assert.equal(
		said.map(({ heard }) => heard ?? 'values'),
		['values', 'unchanged', 'failure', 'unchanged', 'values'],
	);
	assert.equal(said.map(briefly), [[200], 1, 2, 1, [300]]);
	assert.match(said[2]?.notes?.[0] ?? '', /503/);
	assert.is(said[0]?.unit, 'g/kWh');
	assert.match(said[0]?.from ?? '', /^http:\/\/127/);
	assert.ok((said[4]?.receivedAtMs ?? 0) > (said[0]?.receivedAtMs ?? 0));
});

test('values that got lost on their way are passed on again', async () => {
	const said = await saidOf([answerOf(200), answerOf(200), answerOf(200)], () => false);
	assert.equal(said.map(briefly), [[200], [200], [200]]);
});

test.run();
