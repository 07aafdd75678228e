import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { withoutSecrets } from '../../protocol/urls.ts';
import { checkUrl } from '../nats-server/check-url.ts';
import {
	type ConfiguredServer,
	makeCertificates,
	makeCredentials,
	startConfigured,
} from '../nats-server/configured-server.test-support.ts';
import { natsBinaryForTests } from '../nats-server/nats-binary-for-tests.ts';
import { describeAccess, readJoinKey, readNatsAccess } from './nats-access.ts';
import { connectNats } from './nats-bus.ts';
import type { NatsEnv } from './nats-context.ts';
import { makeNkey } from './nkey.ts';

/** Servers of a user's own, each with another login: what the variables say must let us in, and nothing else. */
const folder = mkdtempSync(join(tmpdir(), 'gridbeat-access-test-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
	const path = join(folder, name);
	writeFileSync(path, text);
	chmodSync(path, 0o600);
	return path;
}

const PASSWORD = 'p@ss:w/rd,1 %';

async function isLetIn(env: NatsEnv): Promise<void> {
	await checkUrl(env);
	const bus = await connectNats(readNatsAccess(env), 'test');
	let heard = 0;
	bus.subscribe('x', () => void heard++);
	bus.publish('x', new Uint8Array(1));
	await bus.flush();
	assert.is(heard, 1);
	await bus.close();
}

async function isRefused(env: NatsEnv, reason: RegExp, secret = PASSWORD): Promise<void> {
	for (const attempt of [
		checkUrl,
		async (one: NatsEnv) => connectNats(readNatsAccess(one), 'test'),
	]) {
		const error = await attempt(env).then(
			() => assert.unreachable(`${JSON.stringify(env)} was let in`),
			(reason: unknown) => reason,
		);
		assert.instance(error, ConfigError);
		const { message } = error as ConfigError;
		assert.match(message, reason);
		assert.not.match(message, /\n/);
		assert.not(message.includes(secret), message);
	}
}

const VIOLATION =
	/^Cannot reach the NATS server at "(nats|tls):\/\/127.0.0.1:\d+": authorization violation; say how to log in by NATS_USER/;

const binary = await natsBinaryForTests();
if (binary !== null) {
	const withServer = async (
		lines: readonly string[],
		use: (server: ConfiguredServer) => Promise<void>,
	) => {
		const server = await startConfigured(binary, lines);
		try {
			await use(server);
		} finally {
			await server.stop();
		}
	};

	test('user and password: by variables, by a file, and percent-encoded in the URL', async () => {
		const login = `authorization { user: me, password: ${JSON.stringify(PASSWORD)} }`;
		await withServer([login], async ({ url, address }) => {
			await isLetIn({ NATS_URL: url, NATS_USER: 'me', NATS_PASSWORD: PASSWORD });
			const path = file('password', `${PASSWORD}\n`);
			await isLetIn({ NATS_URL: url, NATS_USER: 'me', NATS_PASSWORD_FILE: path });
			const inUrl = `nats://me:${encodeURIComponent(PASSWORD)}@${address}`;
			await isLetIn({ NATS_URL: inUrl });
			assert.is(describeAccess(readNatsAccess({ NATS_URL: inUrl })), url);
			await isRefused({ NATS_URL: url }, VIOLATION);
			await isRefused({ NATS_URL: url, NATS_USER: 'you', NATS_PASSWORD: PASSWORD }, VIOLATION);
		});
	});

	test('token: by variable, by a file, and in the URL', async () => {
		await withServer(['authorization { token: "t-0k3n" }'], async ({ url, address }) => {
			await isLetIn({ NATS_URL: url, NATS_TOKEN: 't-0k3n' });
			await isLetIn({ NATS_URL: url, NATS_TOKEN_FILE: file('token', 't-0k3n\n') });
			await isLetIn({ NATS_URL: `t-0k3n@${address}` });
			await isRefused({ NATS_URL: url, NATS_TOKEN: 'other' }, VIOLATION, 't-0k3n');
		});
	});

	test('nkey: by variable and by a file', async () => {
		const { seed, publicKey } = makeNkey();
		const login = `authorization { users: [ { nkey: ${publicKey} } ] }`;
		await withServer([login], async ({ url }) => {
			await isLetIn({ NATS_URL: url, NATS_NKEY_SEED: seed });
			await isLetIn({ NATS_URL: url, NATS_NKEY_SEED_FILE: file('nkey', `${seed}\n`) });
			await isRefused({ NATS_URL: url, NATS_NKEY_SEED: makeNkey().seed }, VIOLATION, seed);
			await isRefused({ NATS_URL: url }, VIOLATION, seed);
		});
	});

	test('credentials file of an operator', async () => {
		const { lines, creds } = makeCredentials();
		await withServer(lines, async ({ url }) => {
			await isLetIn({ NATS_URL: url, NATS_CREDS: file('user.creds', creds) });
			const { creds: strange } = makeCredentials();
			await isRefused({ NATS_URL: url, NATS_CREDS: file('other.creds', strange) }, VIOLATION);
		});
	});

	const certificates = makeCertificates(folder);
	if (certificates !== null) {
		const { ca, server: pair, client } = certificates;
		const tls = (more: string) =>
			`tls { cert_file: ${JSON.stringify(pair.cert)}, key_file: ${JSON.stringify(pair.key)}${more} }`;

		test('TLS: with the certificate of the authority, and never without TLS where it is asked for', async () => {
			await withServer([tls('')], async ({ url, address }) => {
				await isLetIn({ NATS_URL: url, NATS_CA: ca });
				await isLetIn({ NATS_URL: `tls://${address}`, NATS_CA: ca });
				await isLetIn({
					NATS_URL: `tls://${address.replace('127.0.0.1', 'localhost')}`,
					NATS_CA: ca,
				});
				await isRefused({ NATS_URL: url }, /give the certificate of its authority by NATS_CA/);
			});
			await withServer(['authorization { token: "t-0k3n" }'], async ({ address }) => {
				const env = { NATS_URL: `tls://${address}`, NATS_TOKEN: 't-0k3n' };
				await isRefused(env, /it does not offer TLS, which was asked for/, 't-0k3n');
			});
		});

		test('client certificate', async () => {
			const lines = [tls(`, ca_file: ${JSON.stringify(ca)}, verify: true`)];
			await withServer(lines, async ({ url }) => {
				const env = { NATS_URL: url, NATS_CA: ca };
				await isLetIn({ ...env, NATS_CERT: client.cert, NATS_KEY: client.key });
				await isRefused(env, / it asks for a certificate of ours; give NATS_CERT and NATS_KEY/);
			});
		});
	}

	test('of several servers the first that lets us in is taken, wherever it stands', async () => {
		await withServer(['authorization { token: "t-0k3n" }'], async (other) => {
			await withServer([], async ({ address, url }) => {
				const list = ` nats://127.0.0.1:1, ${other.url} ,${url}`;
				await isLetIn({ NATS_URL: list });
				await isLetIn({ NATS_URL: `${address},127.0.0.1:1` });
				const bus = await connectNats(readNatsAccess({ NATS_URL: list }), 'test');
				await bus.close();
			});
			await isRefused(
				{ NATS_URL: `nats://127.0.0.1:1,${other.url}` },
				/: connection refused, authorization violation; say how to log in/,
			);
		});
	});
}

test('logins that contradict each other or cannot be read are refused in one line, without the secret', () => {
	const url = { NATS_URL: 'nats://h:4222' };
	const creds = file('none.creds', 'nothing');
	const cases: [NatsEnv, RegExp][] = [
		[{ ...url, NATS_USER: 'me' }, /^Cannot use NATS_USER without NATS_PASSWORD or/],
		[
			{ ...url, NATS_PASSWORD: 's3cret' },
			/^Cannot use NATS_PASSWORD or NATS_PASSWORD_FILE without NATS_USER/,
		],
		[
			{ ...url, NATS_TOKEN: 's3cret', NATS_CREDS: '', NATS_USER: 'me', NATS_PASSWORD: 's3cret' },
			/with both NATS_USER and NATS_TOKEN: give one of them$/,
		],
		[
			{ NATS_URL: 'nats://me:s3cret@h', NATS_TOKEN: 's3cret' },
			/with both the user in NATS_URL and NATS_TOKEN/,
		],
		[{ NATS_URL: 'nats://me:s3cret@h,nats://you:s3cret@g' }, /its addresses have different users/],
		[{ NATS_URL: 'nats://me:s3cret%zz@h' }, /: a % in its user or password is not followed by/],
		[
			{ ...url, NATS_NKEY_SEED: 's3cret' },
			/^Cannot use NATS_NKEY_SEED: it is not the seed of a user, SU\.\.\.$/,
		],
		[{ ...url, NATS_CREDS: creds }, /none.creds": it holds no NATS credentials/],
		[
			{ ...url, NATS_CREDS: '/nowhere/x' },
			/^Cannot read NATS_CREDS "\/nowhere\/x": there is no such file/,
		],
		[{ ...url, NATS_CERT: creds }, /^Cannot use one of NATS_CERT and NATS_KEY alone: give both$/],
		[
			{ ...url, NATS_TOKEN: 's3cret', NATS_TOKEN_FILE: creds },
			/^Cannot use both NATS_TOKEN and NATS_TOKEN_FILE/,
		],
		[{ NATS_URL: 'http://h' }, /^Cannot reach NATS_URL "http:\/\/h": not a nats:\/\/ address; /],
		[{ NATS_URL: ' , ' }, /^Cannot reach NATS_URL " , ": it is empty; /],
	];
	for (const [env, expected] of cases) {
		try {
			readNatsAccess(env);
		} catch (error) {
			const { message } = error as ConfigError;
			assert.instance(error, ConfigError);
			assert.match(message, expected);
			assert.not.match(message, /s3cret|\n/);
			continue;
		}
		assert.unreachable(JSON.stringify(env));
	}
	// Variables that are set to nothing are not set.
	assert.is(readNatsAccess({ ...url, NATS_TOKEN: '', NATS_CREDS: '' }).login.type, 'none');
});

test('a join key that could be guessed is refused, and read from a variable or a file', () => {
	assert.is(readJoinKey({}), null);
	assert.is(readJoinKey({ GRIDBEAT_JOIN_KEY: '' }), null);
	assert.is(readJoinKey({ GRIDBEAT_JOIN_KEY: '0123456789abcdef' }), '0123456789abcdef');
	const path = file('join-key', '0123456789abcdef\n');
	assert.is(readJoinKey({ GRIDBEAT_JOIN_KEY_FILE: path }), '0123456789abcdef');
	assert.throws(
		() => readJoinKey({ GRIDBEAT_JOIN_KEY: 'short' }),
		/^Cannot use GRIDBEAT_JOIN_KEY of 5 characters: give at least 16/,
	);
});

test('withoutSecrets() shows no part of a user, password or token, whatever stands in it', () => {
	const cases: [string, string][] = [
		['token@a:1,nats://u:p@b:2', '***@a:1,nats://***@b:2'],
		['nats://u:p/w@h:1', 'nats://***@h:1'],
		['nats://u:p@w@h:1', 'nats://***@h:1'],
		['nats://u:p,w@h:1', 'nats://***@h:1'],
		['nats://u:p@a:1, u:p@b:2', 'nats://***@a:1, ***@b:2'],
		['nats://h:1,tls://g', 'nats://h:1,tls://g'],
	];
	for (const [url, shown] of cases) assert.is(withoutSecrets(url), shown);
});

test.run();
