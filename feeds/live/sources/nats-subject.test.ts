import { setTimeout as wait } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { accessTo } from '../../../kernel/bus/nats-access.ts';
import { connectNats } from '../../../kernel/bus/nats-bus.ts';
import { startConfigured } from '../../../kernel/nats-server/configured-server.test-support.ts';
import { natsBinaryForTests } from '../../../kernel/nats-server/nats-binary-for-tests.ts';
import { Feed } from '../../../protocol/scenario/feed.ts';
import { ASK, fakeEnv, feedError } from '../fake-source.test-support.ts';
import type { FeedAnswer, FeedEnv, LiveFeed } from '../feed.ts';
import { openFeed } from '../open-feed.ts';

const NOW_MS = Date.parse('2026-11-20T12:00:00Z');

const open = (keys: object, env: Partial<FeedEnv> = {}) =>
	openFeed(
		Feed.parse({ type: 'nats', subject: 'site.*.pv', ...keys }),
		{ quantity: 'power', place: null },
		fakeEnv({
			atMs: NOW_MS,
			sleep: (ms, signal) => wait(ms, undefined, signal === undefined ? {} : { signal }),
			...env,
		}),
	);

async function answerOf(polling: ReturnType<LiveFeed['poll']>): Promise<FeedAnswer> {
	const answer = await polling;
	if (answer === 'unchanged') throw new Error('nothing new');
	return answer;
}

const valuesOf = ({ points }: FeedAnswer) => points.map(({ value }) => value);
const bytes = (text: string) => new TextEncoder().encode(text);

/** Says it again until the poll hears it: nobody knows when it began to listen. */
async function saying(url: string, texts: readonly string[], polling: Promise<unknown>) {
	const bus = await connectNats(accessTo(url), 'meter');
	let isHeard = false;
	const heard = () => {
		isHeard = true;
	};
	void polling.then(heard, heard);
	while (!isHeard) {
		for (const text of texts) bus.publish('site.a.pv', bytes(text));
		await bus.flush();
		await wait(20);
	}
	await bus.close();
}

const binary = await natsBinaryForTests();
if (binary !== null) {
	test('messages of a subject are values: a poll waits for them', async () => {
		const server = await startConfigured(binary);
		const feed = await open({ server: server.url, value: 'p', time: 'at', unit: 'kW' });
		const polling = feed.poll(NOW_MS, ASK.signal);
		const texts = [
			'{"p": 1, "at": "2026-11-20T11:00:00Z"}',
			'nonsense',
			'{"p": 2, "at": "2026-11-20T11:01:00+00:00"}',
			'{"p": 3, "at": "2026-11-20T12:30:00Z"}',
		];
		await saying(server.url, texts, polling);
		// The first message ends the wait; the others have come by the next.
		await polling;
		await saying(server.url, texts, wait(100));
		const answer = await answerOf(feed.poll(NOW_MS, ASK.signal));
		assert.equal(valuesOf(answer), [1000, 2000, 3000]);
		assert.equal(
			answer.points.map(({ isForecast }) => isForecast),
			[false, false, true],
		);
		assert.is(answer.from, 'nats:site.*.pv');
		assert.ok(answer.outOfBounds >= 1);
		assert.match(answer.notes.join(), /neither JSON nor a number but begins with "nonsense"/);
		await feed.close?.();
		await server.stop();
	});

	test('a silence, a server that goes and one that is not there are failures; the next poll connects again', async () => {
		const first = await startConfigured(binary);
		const port = Number(first.address.split(':')[1]);
		const feed = await open({ server: first.url }, { timeoutMs: 300 });
		const quiet = await feedError(feed.poll(NOW_MS, ASK.signal));
		assert.match(
			quiet.message,
			/^Cannot hear from NATS subject "site\.\*\.pv": nothing came within 0\.3 s$/,
		);
		assert.is(quiet.kind, 'failed');
		await first.stop();
		const lost = await feedError(feed.poll(NOW_MS, ASK.signal));
		assert.is(lost.kind, 'failed');
		const gone = await feedError(feed.poll(NOW_MS, ASK.signal));
		assert.match(gone.message, /^Cannot reach the NATS server at "nats:\/\/127\.0\.0\.1:\d+": /);
		const second = await startConfigured(binary, [], port);
		const patient = await open({ server: second.url });
		const polling = patient.poll(NOW_MS, ASK.signal);
		await saying(second.url, ['7'], polling);
		assert.equal(valuesOf(await answerOf(polling)), [7]);
		for (;;) {
			const again = feed.poll(NOW_MS, ASK.signal);
			await saying(second.url, [' +8.5 '], again);
			const found = await again.catch(() => 'unchanged' as const);
			if (found === 'unchanged') continue;
			assert.equal(valuesOf(found), [8.5]);
			break;
		}
		await Promise.all([feed.close?.(), patient.close?.()]);
		await second.stop();
	});

	test('it logs in as the other connections do, and may not read every subject', async () => {
		const users = [
			'authorization {',
			'  users: [',
			'    { user: reader, password: "sEcReT", permissions: { subscribe: ["site.>", "_INBOX.>"] } }',
			'    { user: meter, password: "x" }',
			'  ]',
			'}',
		];
		const server = await startConfigured(binary, users);
		const keys = { NATS_URL: server.url, NATS_USER: 'reader', NATS_PASSWORD: 'sEcReT' };
		const feed = await open({}, { keys });
		const polling = feed.poll(NOW_MS, ASK.signal);
		await saying(`nats://meter:x@${server.address}`, ['5'], polling);
		assert.equal(valuesOf(await answerOf(polling)), [5]);
		const other = await open({ subject: 'secret.power' }, { keys });
		assert.is((await feedError(other.poll(NOW_MS, ASK.signal), ['sEcReT'])).kind, 'refused');
		const wrong = await open({}, { keys: { ...keys, NATS_PASSWORD: 'wRoNg-1' } });
		const refused = await feedError(wrong.poll(NOW_MS, ASK.signal), ['wRoNg-1']);
		assert.is(refused.kind, 'refused');
		assert.match(refused.message, /authorization violation/);
		await Promise.all([feed.close?.(), other.close?.()]);
		await server.stop();
	});

	test('a poll that is given up ends at once and leaves the subject listened to', async () => {
		const server = await startConfigured(binary);
		const feed = await open({ server: server.url }, { timeoutMs: 3_600_000 });
		const stopper = new AbortController();
		const polling = feed.poll(NOW_MS, stopper.signal).then(
			() => 'answered',
			() => 'given up',
		);
		await wait(50);
		stopper.abort();
		assert.is(await polling, 'given up');
		const again = feed.poll(NOW_MS, ASK.signal);
		await saying(server.url, ['1'], again);
		assert.equal(valuesOf(await answerOf(again)), [1]);
		await feed.close?.();
		await server.stop();
	});
}

test('without an address there is none', async () => {
	await open({}, { keys: {} }).then(
		() => assert.unreachable(),
		(error: unknown) =>
			assert.match(
				(error as Error).message,
				/it names no server and NATS_URL is not set; give one of them$/,
			),
	);
});

test.run();
