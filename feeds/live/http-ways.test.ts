import { createServer } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as z from 'zod';
import { ASK, fakeEnv, feedError, withSource } from './fake-source.test-support.ts';
import { type HttpSource, makeHttpClient } from './http-client.ts';

const SOURCE: HttpSource = {
	name: 'Some Source',
	headers: { 'x-key': 'secret' },
	secrets: ['secret'],
	advice: {},
};
const Answer = z.object({ value: z.number() });

test('json() gives up on a source that is silent or slow, and on one that is not there', async () => {
	const env = fakeEnv({ timeoutMs: 100 });
	await withSource(
		() => 'silence',
		async (baseUrl, asked) => {
			const asking = makeHttpClient(SOURCE, env).json(baseUrl, Answer, ASK);
			const error = await feedError(asking);
			assert.match(error.message, /": no answer within 0\.1 s$/);
			assert.is(error.kind, 'failed');
			assert.is(asked.length, 1);
		},
	);
	const drip = createTcpServer((socket) => {
		socket.on('error', () => {});
		socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
		const timer = setInterval(() => socket.write(' '), 10);
		socket.on('close', () => clearInterval(timer));
	}).listen(0, '127.0.0.1');
	await new Promise((resolve) => drip.once('listening', resolve));
	const { port } = drip.address() as { port: number };
	const url = `http://127.0.0.1:${port}`;
	const slow = await feedError(makeHttpClient(SOURCE, env).json(url, Answer, ASK));
	assert.match(slow.message, /no answer within 0\.1 s$/);
	drip.close();
	const gone = fakeEnv();
	const error = await feedError(makeHttpClient(SOURCE, gone).json(url, Answer, ASK));
	assert.match(error.message, /nothing listens there/);
	assert.is(gone.slept.length, 3);
	const wrong = makeHttpClient(SOURCE, gone).json('nowhere', Answer, ASK);
	assert.match((await feedError(wrong)).message, /^Cannot fetch from Some Source "nowhere": /);
});

test('json() reads no more than anybody could mean', async () => {
	await withSource(
		() => ({ body: `"${' '.repeat(33 * 1024 * 1024)}"` }),
		async (baseUrl, asked) => {
			const error = await feedError(makeHttpClient(SOURCE, fakeEnv()).json(baseUrl, Answer, ASK));
			assert.match(error.message, /": the answer is longer than 32 MiB$/);
			assert.is(asked.length, 1);
		},
	);
});

test('json() follows a redirect only where no secret goes along', async () => {
	await withSource(
		({ path }) =>
			path === '/' ? { status: 302, headers: { location: '/new' } } : { body: { value: 7 } },
		async (baseUrl, asked) => {
			const open = { ...SOURCE, headers: {}, secrets: [] };
			const client = makeHttpClient(open, fakeEnv());
			assert.is((await client.json(baseUrl, Answer, ASK)).data.value, 7);
			assert.is(asked.length, 2);
			await feedError(makeHttpClient(SOURCE, fakeEnv()).json(baseUrl, Answer, ASK));
			assert.is(asked.length, 3);
		},
	);
});

test('json() goes through the proxy of the environment, but where no_proxy says not to', async () => {
	let tunnels = 0;
	const proxy = createServer().listen(0, '127.0.0.1');
	proxy.on('connect', (request, socket) => {
		tunnels++;
		const { hostname, port } = new URL(`http://${request.url}`);
		const target = connect(Number(port), hostname, () => {
			socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
			target.pipe(socket).on('error', () => target.destroy());
			socket.pipe(target).on('error', () => socket.destroy());
		});
	});
	await new Promise((resolve) => proxy.once('listening', resolve));
	const { port } = proxy.address() as { port: number };
	try {
		await withSource(
			() => ({ body: { value: 7 }, headers: { connection: 'close' } }),
			async (baseUrl) => {
				const keys = { http_proxy: `http://127.0.0.1:${port}` };
				for (const [noProxy, count] of [
					['127.0.0.1', 0],
					['example.org', 1],
				] as const) {
					const env = fakeEnv({ keys: { ...keys, no_proxy: noProxy } });
					await makeHttpClient(SOURCE, env).json(baseUrl, Answer, ASK);
					assert.is(tunnels, count);
				}
			},
		);
	} finally {
		proxy.closeAllConnections();
		proxy.close();
	}
});

test.run();
