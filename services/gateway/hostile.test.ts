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
				(status === null || /\r\n\r\n\{"(error":\{"code"|detail")/.test(text));
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

test.run();
