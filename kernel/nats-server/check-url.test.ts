import { createServer, type Server } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { checkUrl } from './check-url.ts';
import { startConfigured } from './configured-server.test-support.ts';
import { natsBinaryForTests } from './nats-binary-for-tests.ts';

const binary = await natsBinaryForTests();

test('checkUrl() is content with a server that answers, also as one of several', async () => {
	if (binary === null) return;
	const server = await startConfigured(binary);
	await checkUrl({ NATS_URL: server.url });
	await checkUrl({ NATS_URL: server.address });
	await checkUrl({ NATS_URL: `nats://127.0.0.1:1, ${server.url}` });
	await server.stop();
	await refusal(server.url, /: connection refused; /);
});

test('checkUrl() says in one line what to do about a server that is not there', async () => {
	const message = await refusal('nats://127.0.0.1:1', /connection refused/);
	assert.is(
		message,
		'Cannot reach NATS_URL "nats://127.0.0.1:1": connection refused; start a server there, or unset NATS_URL to have one started',
	);
});

test('checkUrl() tells other servers, silent ones and refusals apart', async () => {
	await withServer('HTTP/1.1 400 Bad Request\r\n\r\n', (url) =>
		refusal(url, /: it is not a NATS server;/),
	);
	await withServer('', (url) => refusal(url, /: no answer within 0.2 s;/));
	await withServer(
		'INFO {"version":"2.9.10","auth_required":true}\r\n-ERR \'Authorization Violation\'\r\n',
		(url) => refusal(url, /: authorization violation; say how to log in by NATS_USER/),
	);
	await withServer('INFO {"version":"2.7.4","jetstream":true}\r\n', (url) =>
		refusal(url, /: its version is 2\.7\.4, at least 2\.9\.0 is needed$/),
	);
});

test('checkUrl() refuses what is no address', async () => {
	await refusal('http://127.0.0.1', /: not a nats:\/\/ address;/);
	await refusal('nats://', /: not a nats:\/\/ address;/);
	await refusal(' , ', /: it is empty;/);
});

test('checkUrl() never shows a password or token', async () => {
	const message = await refusal('nats://user:secret@127.0.0.1:1', /connection refused/);
	assert.not.match(message, /secret|user/);
});

async function refusal(url: string, expected: RegExp): Promise<string> {
	try {
		await checkUrl({ NATS_URL: url }, 200);
	} catch (error) {
		assert.instance(error, ConfigError);
		const { message } = error as ConfigError;
		assert.match(message, expected);
		assert.not.match(message, /\n/);
		return message;
	}
	throw new Error(`${url} was accepted`);
}

async function withServer(greeting: string, use: (url: string) => Promise<unknown>): Promise<void> {
	const server: Server = createServer((socket) => {
		socket.on('error', () => {});
		if (greeting !== '') socket.write(greeting);
	}).listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('no port');
	try {
		await use(`nats://127.0.0.1:${address.port}`);
	} finally {
		server.close();
	}
}

test.run();
