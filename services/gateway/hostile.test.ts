import { type AddressInfo, connect } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fakeGateway } from './fake-runs.test-support.ts';
import { type Hostile, OPEN, TOKEN, TOKENS } from './hostile-requests.test-support.ts';

/** Requests of somebody who means no good: each is refused, and none changes anything. */

/** Sends bytes and hears the status of the answer; null: there was none. */
function send(
	port: number,
	bytes: string | Buffer,
): Promise<{ status: number | null; text: string }> {
	return new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
		let text = '';
		socket.on('data', (chunk: Buffer) => {
			text += chunk.toString('latin1');
			// A second answer would come at once.
			if (text.endsWith('}')) socket.setTimeout(300);
		});
		// The server closes while we send on.
		socket.on('error', () => {});
		socket.on('close', () => {
			const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
			resolve({ status: status === undefined ? null : Number(status), text });
		});
		// Some answers leave the connection open for the next request.
		socket.setTimeout(15_000, () => socket.destroy());
	});
}

async function refuses(all: readonly Hostile[], token: string | null): Promise<void> {
	const patienceMs = { headers: 2_000, request: 3_000 };
	const hosts = token === null ? ['localhost', '127.0.0.1', '[::1]'] : null;
	const { app, runs } = await fakeGateway({ guard: { token, hosts }, patienceMs });
	await app.listen({ host: '127.0.0.1', port: 0 });
	app.server.unref();
	const { port } = app.server.address() as AddressInfo;
	const wrong: string[] = [];
	for (let i = 0; i < all.length; i += 20) {
		const some = all.slice(i, i + 20);
		const answers = await Promise.all(some.map(({ bytes }) => send(port, bytes)));
		for (const [j, { status, text }] of answers.entries()) {
			const { what, refused } = some[j] as Hostile;
			const isOrderly =
				refused.includes(status) &&
				!/set-cookie|access-control-allow|\n {4}at /i.test(text) &&
				text.split('HTTP/1.1 ').length <= 2 &&
				(status === null || /\r\n\r\n\{"(error":\{"(code|message)"|detail")/.test(text));
			if (!isOrderly) wrong.push(`${what}: ${status} ${text.slice(-300)}`);
		}
	}
	assert.is(wrong.join('\n'), '');
	assert.equal(runs.asked, []);
	assert.is((await app.inject({ url: '/health' })).statusCode, 200);
	const open = await new Promise<number>((resolve) =>
		app.server.getConnections((_error, count) => resolve(count)),
	);
	assert.is(open, 0, `${open} connections are left`);
	await app.close();
}

test('a hundred requests that mean no good change nothing and are refused in order', async () => {
	assert.ok(OPEN.length + TOKENS.length >= 100);
	await refuses(OPEN, null);
	await refuses(TOKENS, TOKEN);
});

test('whoever sends a request byte by byte without end is let go, of its head and of its body', async () => {
	const patienceMs = { headers: 1_000, request: 2_000 };
	const { app, runs } = await fakeGateway({ patienceMs });
	await app.listen({ host: '127.0.0.1', port: 0 });
	const { port } = app.server.address() as AddressInfo;
	const heads = [
		'GET /health HTTP/1.1\r\nhost: localhost\r\nx: ',
		'POST /api/runs/live/stop HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n"',
		'POST /v1/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n"',
	];
	const answers = await Promise.all(heads.map((head) => trickle(port, head)));
	for (const status of answers) assert.ok(status === 408 || status === null, String(status));
	assert.equal(runs.asked, []);
	await app.close();
});

/** Sends a byte now and then until the server closes. @returns the status of the answer; null: there was none */
function trickle(port: number, head: string): Promise<number | null> {
	return new Promise((resolve) => {
		let text = '';
		const socket = connect(port, '127.0.0.1', () => socket.write(head));
		const timer = setInterval(() => socket.write('a'), 50);
		socket.on('data', (chunk: Buffer) => {
			text += chunk.toString('latin1');
		});
		socket.on('error', () => {});
		socket.on('close', () => {
			clearInterval(timer);
			resolve(/^HTTP/.test(text) ? Number(text.slice(9, 12)) : null);
		});
	});
}

test.run();
