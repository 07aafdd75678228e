import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
	type ConfiguredServer,
	startConfigured,
} from '../nats-server/configured-server.test-support.ts';
import { natsBinaryForTests } from '../nats-server/nats-binary-for-tests.ts';
import { type Bus, NotPermittedError } from './bus.ts';
import { readNatsAccess } from './nats-access.ts';
import { connectNats } from './nats-bus.ts';

/** A server that lets one user do little: what it does not permit is named, and ends what cannot go on without. */
const LINES = [
	`authorization { users: [
	{ user: all, password: all }
	{ user: few, password: few, permissions: {
		publish: { allow: ["open.*"] }, subscribe: { allow: ["open.*", "_INBOX_few.>"] }
	} }
] }`,
];
const SOON_MS = 20_000;
const nothing = new Uint8Array(0);

const binary = await natsBinaryForTests();
if (binary !== null) {
	let server: ConfiguredServer;
	test.before(async () => {
		server = await startConfigured(binary, LINES);
	});
	test.after(() => server.stop());
	const login = (user: string, notice?: (text: string) => void): Promise<Bus> => {
		const env = { NATS_URL: server.url, NATS_USER: user, NATS_PASSWORD: user };
		const access = readNatsAccess({ ...env, NATS_INBOX_PREFIX: `_INBOX_${user}` });
		return connectNats(access, 'test', notice);
	};
	const reasonOf = async (work: Promise<unknown>): Promise<string> => {
		const error = await work.then(
			(value) => value,
			(reason: unknown) => reason,
		);
		assert.instance(error, NotPermittedError, String(error));
		return (error as Error).message;
	};

	test('a message that may not be published ends the bus by name', async () => {
		const bus = await login('few');
		bus.publish('closed.a', nothing);
		const expected =
			'Cannot publish to "closed.a": the NATS server does not permit it to this user';
		assert.is(await reasonOf(bus.closed), expected);
	});

	test('a subject that may not be heard ends the bus by name', async () => {
		const bus = await login('few');
		bus.subscribe('closed.a', () => undefined);
		const expected =
			'Cannot subscribe to "closed.a": the NATS server does not permit it to this user';
		assert.is(await reasonOf(bus.closed), expected);
	});

	test('a request that may not be sent fails by name, at once, and the bus goes on', async () => {
		const [few, all] = [await login('few'), await login('all')];
		all.subscribe('open.a', (bytes) => bytes);
		await all.flush();
		const expected = /^Cannot publish to "closed.a": the NATS server does not permit it/;
		assert.match(await reasonOf(few.request('closed.a', nothing, SOON_MS)), expected);
		const choosy = { accept: () => true };
		assert.match(await reasonOf(few.request('closed.a', nothing, SOON_MS, choosy)), expected);
		// Answers come to inboxes of its own.
		assert.is((await few.request('open.a', Uint8Array.of(1), SOON_MS)).length, 1);
		assert.is((await few.request('open.a', Uint8Array.of(1), SOON_MS, choosy)).length, 1);
		await Promise.all([few.close(), all.close()]);
	});

	test('an answer that may not be given is said, and who asks so ends nobody', async () => {
		const said: string[] = [];
		const [few, all] = [await login('few', (text) => void said.push(text)), await login('all')];
		few.subscribe('open.b', (bytes) => bytes);
		await few.flush();
		const unanswered = all.request('open.b', Uint8Array.of(1), 1_000).catch(() => {});
		await unanswered;
		await few.flush();
		assert.match(said.join('\n'), /^Cannot publish to "_INBOX_all\..*": the NATS server does not/);
		all.subscribe('open.c', (bytes) => bytes);
		await all.flush();
		assert.is((await few.request('open.c', Uint8Array.of(1), SOON_MS)).length, 1);
		await Promise.all([few.close(), all.close()]);
	});
}

test.run();
