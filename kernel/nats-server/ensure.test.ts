import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { connectNats } from '../bus/nats-bus.ts';
import { checkUrl } from './check-url.ts';
import { startConfigured } from './configured-server.test-support.ts';
import { ensureNatsServer } from './ensure.ts';
import { natsBinaryForTests } from './nats-binary-for-tests.ts';

const binary = await natsBinaryForTests();
const root = mkdtempSync(join(tmpdir(), 'gridbeat-ensure-test-'));
test.after(() => rmSync(root, { recursive: true, force: true }));

const quiet = () => {};

test('ensureNatsServer() starts a private server and says which', async () => {
	if (binary === null) return;
	const env = { PATH: dirname(binary) };
	const server = await ensureNatsServer({ say: quiet, env, install: false, tempRoot: root });
	if (server.type !== 'server') throw new Error(server.describe);
	assert.match(server.describe, /^a private nats-server at nats:\/\/127\.0\.0\.1:\d+ \(.* 2\.\d+/);
	assert.ok(server.isPrivate);
	await (await connectNats(server.access, 'test')).close();
	await server.stop();
});

test('ensureNatsServer() uses NATS_URL and leaves that server running', async () => {
	if (binary === null) return;
	// Through its URL alone, as a user's own server without a login.
	const other = await startConfigured(binary);
	const server = await ensureNatsServer({ say: quiet, env: { NATS_URL: other.url } });
	if (server.type !== 'server') throw new Error(server.describe);
	assert.is(server.describe, `the NATS server at ${other.url} (NATS_URL)`);
	assert.not(server.isPrivate);
	await server.stop();
	await checkUrl({ NATS_URL: other.url });
	await other.stop();
});

test('ensureNatsServer() fails when NATS_URL does not answer, and starts nothing in its place', async () => {
	try {
		await ensureNatsServer({ say: quiet, env: { NATS_URL: 'nats://127.0.0.1:1' } });
	} catch (error) {
		assert.instance(error, ConfigError);
		return;
	}
	assert.unreachable();
});

test('install.js prints where the program is', () => {
	if (binary === null) return;
	const bin = join(root, 'bin');
	mkdirSync(bin);
	symlinkSync(binary, join(bin, 'nats-server'));
	const script = fileURLToPath(new URL('./install.js', import.meta.url));
	const env = { ...process.env, PATH: bin, NATS_URL: '' };
	const { status, stdout } = spawnSync(process.execPath, [script], { env, encoding: 'utf8' });
	assert.is(status, 0);
	assert.match(stdout, /^nats-server: .*\/bin\/nats-server 2\.\d+\.\d+\n$/);
});

test.run();
