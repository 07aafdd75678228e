import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { makeNkey } from '../kernel/bus/nkey.ts';
import {
	makeCertificates,
	makeCredentials,
	startConfigured,
} from '../kernel/nats-server/configured-server.test-support.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { type Env, tempFolder } from './cli.ts';
import { pythonWithClient, runPython } from './client-python.ts';

/** The logins of docs/nats.md, by the package in clients/python. */

const python = pythonWithClient();
const binary = await natsBinaryForTests();
const PASSWORD = 's3cret/w@rd';

const CONNECT = `
import asyncio
from gridbeat import ConfigurationError
from gridbeat.access import read_access
from gridbeat.bus import Bus

async def go():
    bus = await Bus.connect(read_access(), "test")
    await bus.flush()
    await bus.close()
    print("in")

try:
    asyncio.run(go())
except ConfigurationError as error:
    print(error)
`;

function file(name: string, text: string): string {
	const path = join(tempFolder(), name);
	writeFileSync(path, text, { mode: 0o600 });
	return path;
}

if (python === null) {
	console.log('skipped: no Python with what clients/python needs: make peers installs it');
} else if (binary !== null) {
	const says = async (env: Env): Promise<string> => {
		const { code, stdout, stderr } = await runPython(python, ['-c', CONNECT], { env });
		assert.is(code, 0, stderr);
		assert.not((stdout + stderr).includes(PASSWORD));
		return stdout.trim();
	};
	const on = async (
		lines: readonly string[],
		logins: (url: string) => readonly Env[],
		other: Env = {},
	) => {
		const server = await startConfigured(binary, lines);
		try {
			for (const env of logins(server.url))
				assert.is(await says(env), 'in', JSON.stringify(Object.keys(env)));
			assert.match(
				await says({ NATS_URL: server.url, ...other }),
				/^Cannot reach the NATS server at "/,
			);
		} finally {
			await server.stop();
		}
	};

	test('by user and password, in variables, in a file and in the URL', () =>
		on(
			[`authorization { user: me, password: ${JSON.stringify(PASSWORD)} }`],
			(NATS_URL) => [
				{ NATS_URL, NATS_USER: 'me', NATS_PASSWORD: PASSWORD },
				{ NATS_URL, NATS_USER: 'me', NATS_PASSWORD_FILE: file('password', `${PASSWORD}\n`) },
				{ NATS_URL: NATS_URL.replace('//', `//me:${encodeURIComponent(PASSWORD)}@`) },
			],
			{ NATS_USER: 'me', NATS_PASSWORD: `${PASSWORD}!` },
		));

	test('by a token', () =>
		on(['authorization { token: abc }'], (NATS_URL) => [{ NATS_URL, NATS_TOKEN: 'abc' }]));

	test('by an nkey', () => {
		const { seed, publicKey } = makeNkey();
		return on([`authorization { users: [{ nkey: ${publicKey} }] }`], (NATS_URL) => [
			{ NATS_URL, NATS_NKEY_SEED: seed },
			{ NATS_URL, NATS_NKEY_SEED_FILE: file('seed', seed) },
		]);
	});

	test('by a credentials file', () => {
		const { lines, creds } = makeCredentials();
		return on(lines, (NATS_URL) => [{ NATS_URL, NATS_CREDS: file('user.creds', creds) }]);
	});

	const certificates = makeCertificates(tempFolder());
	if (certificates !== null)
		test('by TLS, with a certificate of its own where the server asks for one', () => {
			const { ca, server, client } = certificates;
			const tls = `tls { cert_file: "${server.cert}", key_file: "${server.key}", ca_file: "${ca}", verify: true }`;
			return on([tls], (NATS_URL) => [
				{ NATS_URL, NATS_CA: ca, NATS_CERT: client.cert, NATS_KEY: client.key },
				{
					NATS_URL: NATS_URL.replace('nats:', 'tls:'),
					NATS_CA: ca,
					NATS_CERT: client.cert,
					NATS_KEY: client.key,
				},
			]);
		});
}

test.run();
