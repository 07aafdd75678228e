import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { serveHealth, startHealth } from '../cli/worker-health.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { eventually, gridbeat, startGridbeat, startTestServer, tempFolder } from './cli.ts';

/** Whoever keeps a worker running sees whether it works and whether it reaches its server. */
async function freePort(): Promise<number> {
	const server = await serveHealth(startHealth(), 0);
	const address = server.address();
	await new Promise((resolve) => server.close(resolve));
	return typeof address === 'object' && address !== null ? address.port : 0;
}

async function ask(port: number, path: string): Promise<{ status: number; body: string }> {
	const response = await fetch(`http://127.0.0.1:${port}${path}`);
	return { status: response.status, body: await response.text() };
}

test('health says what a worker does, and 503 while it has no server', async () => {
	const health = startHealth();
	const server = await serveHealth(health, 0);
	const { port } = server.address() as { port: number };
	const waiting = '{"connected":false,"run":null,"actors":[],"runs":0}\n';
	assert.equal(await ask(port, '/healthz'), { status: 200, body: waiting });
	assert.equal(await ask(port, '/readyz'), { status: 503, body: waiting });
	Object.assign(health, { isConnected: true, run: 'r', actors: ['replica-1'], runs: 1 });
	const working = '{"connected":true,"run":"r","actors":["replica-1"],"runs":1}\n';
	assert.equal(await ask(port, '/readyz'), { status: 200, body: working });
	assert.is((await ask(port, '/else')).status, 404);
	const taken = await serveHealth(health, port).catch((error: Error) => error.message);
	assert.match(
		taken as string,
		new RegExp(`^Cannot answer at port ${port}: another program listens there`),
	);
	server.close();
});

test('a worker refuses what is no port', async () => {
	const { code, stderr } = await gridbeat(['worker', '--nats', 'nats://h:1', '--health', 'x']);
	assert.is(code, 2);
	assert.is(stderr, 'Cannot answer at port "x": give 1 to 65535\n');
});

const binary = await natsBinaryForTests();
if (binary !== null)
	test('a worker is ready while it has its server, and stays alive without', async () => {
		const [server, port] = [await startTestServer(binary), await freePort()];
		const folder = join(tempFolder(), 'runs');
		const args = ['worker', '--nats', server.url, '--health', String(port), '--folder', folder];
		const worker = startGridbeat(args);
		const statusOf = (path: string) =>
			ask(port, path).then(
				({ status }) => status,
				() => null,
			);
		await eventually('readiness', async () => ((await statusOf('/readyz')) === 200 ? true : null));
		await server.stop();
		await eventually('its loss', async () => ((await statusOf('/readyz')) === 503 ? true : null));
		assert.is(await statusOf('/healthz'), 200);
		worker.signal('SIGKILL');
		await worker.ended;
	});

test.run();
