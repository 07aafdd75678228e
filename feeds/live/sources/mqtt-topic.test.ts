import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Feed } from '../../../protocol/scenario/feed.ts';
import { ASK, fakeEnv, feedError } from '../fake-source.test-support.ts';
import type { FeedAnswer, FeedEnv, LiveFeed } from '../feed.ts';
import { openFeed } from '../open-feed.ts';

const NOW_MS = Date.parse('2026-11-20T12:00:00Z');

interface Broker {
	readonly url: string;
	say(topic: string, text: string, retain?: boolean): Promise<void>;
	stop(): Promise<void>;
}

/** A broker on loopback; with a password it lets nobody else in, and nobody reads below `secret/`. */
async function startBroker(password: string | null = null): Promise<Broker> {
	const aedes = await Aedes.createBroker({
		authenticate: (_client, _user, given, done) =>
			done(null, password === null || given?.toString() === password),
		authorizeSubscribe: (_client, subscription, done) =>
			done(null, subscription.topic.startsWith('secret/') ? null : subscription),
	});
	const sockets = new Set<Socket>();
	const server: Server = createServer((socket) => {
		sockets.add(socket);
		aedes.handle(socket);
	}).listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('no port');
	const url = `mqtt://127.0.0.1:${address.port}`;
	return {
		url,
		say: async (topic, text, retain = false) => {
			const client = await connectAsync(url, password === null ? {} : { username: 'x', password });
			await client.publishAsync(topic, text, { retain, qos: 1 });
			await client.endAsync();
		},
		stop: async () => {
			for (const socket of sockets) socket.destroy();
			await new Promise<void>((resolve) => aedes.close(() => resolve()));
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

async function withBroker(
	password: string | null,
	use: (broker: Broker) => Promise<void>,
): Promise<void> {
	const broker = await startBroker(password);
	try {
		await use(broker);
	} finally {
		await broker.stop();
	}
}

const open = (keys: object, env: Partial<FeedEnv> = {}) =>
	openFeed(
		Feed.parse({ type: 'mqtt', topic: 'site/+/power', ...keys }),
		{ quantity: 'power', place: null },
		fakeEnv({
			atMs: NOW_MS,
			sleep: (ms, signal) => wait(ms, undefined, signal === undefined ? {} : { signal }),
			...env,
		}),
	);

async function poll(feed: LiveFeed): Promise<FeedAnswer> {
	const answer = await feed.poll(NOW_MS, ASK.signal);
	if (answer === 'unchanged') throw new Error('nothing new');
	return answer;
}

const valuesOf = ({ points }: FeedAnswer) => points.map(({ value }) => value);

/** Says it again until the poll hears it. */
async function heard(broker: Broker, text: string, feed: LiveFeed): Promise<FeedAnswer> {
	const polling = poll(feed);
	let isHeard = false;
	const done = () => {
		isHeard = true;
	};
	void polling.then(done, done);
	while (!isHeard) {
		await broker.say('site/a/power', text);
		await wait(20);
	}
	return polling;
}

test('messages of a topic are values, with wildcards, JSON and units', () =>
	withBroker(null, async (broker) => {
		const keys = {
			url: broker.url,
			value: 'values.p',
			time: 'ts',
			timeUnit: 'ms',
			unit: 'kW',
			qos: 1,
		};
		const feed = await open(keys);
		const answer = await heard(broker, `{"ts": ${NOW_MS - 60_000}, "values": {"p": "2.5"}}`, feed);
		assert.equal(answer.points, [{ fromMs: NOW_MS - 60_000, value: 2500, isForecast: false }]);
		assert.equal(answer.given, { unit: 'kW', value: 2.5 });
		assert.is(answer.from, `${broker.url}/site/+/power`);
		assert.equal(answer.notes, []);
		await feed.close?.();
	}));

test('of a value that the broker kept nobody knows the age, and that is said', () =>
	withBroker(null, async (broker) => {
		await broker.say('site/b/power', '12', true);
		const feed = await open({ url: broker.url });
		const answer = await poll(feed);
		assert.equal(valuesOf(answer), [12]);
		assert.equal(answer.notes, [
			'the broker kept a value from before: since when it holds is not known',
		]);
		assert.equal(answer.points[0]?.fromMs, NOW_MS);
		await feed.close?.();
	}));

test('a silence, a broker that goes and one that is not there are failures', () =>
	withBroker(null, async (broker) => {
		const feed = await open({ url: broker.url }, { timeoutMs: 300 });
		assert.match(
			(await feedError(feed.poll(NOW_MS, ASK.signal))).message,
			/nothing came within 0\.3 s$/,
		);
		await broker.stop();
		const lost = await feedError(feed.poll(NOW_MS, ASK.signal));
		assert.is(lost.kind, 'failed');
		const gone = await feedError(feed.poll(NOW_MS, ASK.signal));
		assert.match(
			gone.message,
			/^Cannot hear from MQTT topic "site\/\+\/power": .*nothing listens there/,
		);
		assert.is(gone.kind, 'failed');
		await feed.close?.();
	}));

test('a login that is wrong and a topic that may not be read are refused', () =>
	withBroker('sEcReT', async (broker) => {
		const auth = { user: 'x', passwordEnv: 'MQTT_PASSWORD' };
		const right = await open({ url: broker.url, auth }, { keys: { MQTT_PASSWORD: 'sEcReT' } });
		assert.equal(valuesOf(await heard(broker, '3', right)), [3]);
		const wrong = await open({ url: broker.url, auth }, { keys: { MQTT_PASSWORD: 'wRoNg-1' } });
		const refused = await feedError(wrong.poll(NOW_MS, ASK.signal), ['wRoNg-1']);
		assert.is(refused.kind, 'refused', refused.message);
		const secret = await open(
			{ url: broker.url, topic: 'secret/power', auth },
			{ keys: { MQTT_PASSWORD: 'sEcReT' } },
		);
		const hidden = await feedError(secret.poll(NOW_MS, ASK.signal));
		assert.is(hidden.kind, 'refused', hidden.message);
		assert.match(hidden.message, /the broker does not let us read "secret\/power"$/);
		await Promise.all([right, wrong, secret].map((feed) => feed.close?.()));
	}));

test.run();
