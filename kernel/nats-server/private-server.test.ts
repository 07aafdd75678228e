import { spawn } from 'node:child_process';
import {
	chmodSync,
	existsSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, headers, nkeyAuthenticator } from '@nats-io/transport-node';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { connectNats } from '../bus/nats-bus.ts';
import { makeNkey } from '../bus/nkey.ts';
import { natsBinaryForTests } from './nats-binary-for-tests.ts';
import {
	MAX_PAYLOAD_BYTES,
	type PrivateServer,
	startInDocker,
	startPrivate,
} from './private-server.ts';

const binary = await natsBinaryForTests();
const tempRoot = mkdtempSync(join(tmpdir(), 'gridbeat-nats-test-'));
test.after(() => rmSync(tempRoot, { recursive: true, force: true }));

if (binary !== null) {
	const path = binary;

	test('startPrivate() gives a server with JetStream that takes messages of 8 MB', async () => {
		const server = await startPrivate(path, { tempRoot });
		const connection = await connect(loginTo(server));
		const answer = await connection.request('$JS.API.INFO', '', { timeout: 5000 });
		assert.is(
			answer.json<{ type: string }>().type,
			'io.nats.jetstream.api.v1.account_info_response',
		);
		const subscription = connection.subscribe('large', { max: 1 });
		connection.publish('large', new Uint8Array(MAX_PAYLOAD_BYTES - 100), { headers: headers() });
		for await (const message of subscription) {
			assert.is(message.data.length, MAX_PAYLOAD_BYTES - 100);
		}
		await connection.close();
		await server.stop();
	});

	test('startPrivate() gives a server that lets in nobody without its key, and has no secret in files or arguments', async () => {
		const server = await startPrivate(path, { tempRoot });
		const { login } = server.access;
		const seed = login.type === 'nkey' ? login.seed : '';
		assert.match(seed, /^SU/);
		const others = [{}, { token: 'guess' }, { user: 'gridbeat', pass: 'gridbeat' }];
		const stranger = {
			authenticator: nkeyAuthenticator(new TextEncoder().encode(makeNkey().seed)),
		};
		for (const other of [...others, stranger]) {
			const error = await failure(connect({ servers: server.url, reconnect: false, ...other }));
			assert.match(error.message, /Authorization Violation/i);
		}
		const bus = await connectNats(server.access, 'owner');
		await bus.close();
		const [folder = ''] = readdirSync(tempRoot);
		const texts = readdirSync(join(tempRoot, folder), { recursive: true, encoding: 'utf8' })
			.map((name) => join(tempRoot, folder, name))
			.filter((one) => statSync(one).isFile())
			.map((one) => readFileSync(one, 'latin1'));
		assert.ok(texts.length >= 2, 'its configuration and its log');
		const proc = `/proc/${server.pid}`;
		if (existsSync(proc))
			texts.push(...['cmdline', 'environ'].map((name) => readFileSync(join(proc, name), 'latin1')));
		for (const text of texts) assert.not(text.includes(seed));
		await server.stop();
	});

	test('PrivateServer.stop() ends the process and removes its folder, also when called twice', async () => {
		const server = await startPrivate(path, { tempRoot });
		assert.ok(isAlive(server.pid));
		assert.is(readdirSync(tempRoot).length, 1);
		await Promise.all([server.stop(), server.stop()]);
		assert.not.ok(isAlive(server.pid));
		assert.equal(readdirSync(tempRoot), []);
	});

	test('startPrivate() gives servers started together ports of their own', async () => {
		const servers = await Promise.all([
			startPrivate(path, { tempRoot }),
			startPrivate(path, { tempRoot }),
		]);
		assert.is.not(servers[0].url, servers[1].url);
		await Promise.all(servers.map((server) => server.stop()));
	});

	test('PrivateServer.died settles with the log when the server ends by itself', async () => {
		const server = await startPrivate(path, { tempRoot });
		process.kill(server.pid as number, 'SIGTERM');
		// The server does not keep this process alive, so somebody else has to.
		const alive = setInterval(() => {}, 1000);
		assert.match(await server.died, /Server Exiting/);
		clearInterval(alive);
		await server.stop();
		assert.equal(readdirSync(tempRoot), []);
	});

	test('startPrivate() names the taken port in one line', async () => {
		const taken = createServer().listen(0, '127.0.0.1');
		await new Promise((resolve) => taken.once('listening', resolve));
		const address = taken.address();
		const port = typeof address === 'object' && address !== null ? address.port : 0;
		const error = await failure(startPrivate(path, { tempRoot, port }));
		taken.close();
		assert.instance(error, ConfigError);
		assert.match(error.message, /^Cannot start nats-server ".*": .*address already in use"$/);
		assert.not.match(error.message, /\n/);
		assert.equal(readdirSync(tempRoot), []);
	});

	for (const end of ['SIGKILL', 'SIGTERM', 'crash', 'return'] as const) {
		test(`startPrivate() leaves no orphan when its process ends by ${end}`, async () => {
			const { pid, child } = await startInChild(path, end);
			if (end === 'SIGKILL' || end === 'SIGTERM') child.kill(end);
			await waitUntil('the server has gone', () => !isAlive(pid));
			await waitUntil('its folder has gone', () => readdirSync(tempRoot).length === 0);
		});
	}

	test('startPrivate() leaves no orphan when Ctrl-C reaches the whole process group', async () => {
		const { pid, child } = await startInChild(path, 'wait', true);
		process.kill(-(child.pid as number), 'SIGINT');
		await waitUntil('the server has gone', () => !isAlive(pid));
		await waitUntil('its folder has gone', () => readdirSync(tempRoot).length === 0);
	});

	test('startInDocker() finds the port of the container and ends it', async () => {
		const docker = join(tempRoot, 'docker');
		const ports = join(tempRoot, 'ports');
		// A stand-in for the docker command: no engine can be had in tests.
		const script = `#!/bin/sh
case $1 in
run) [ "$2 $3 $5 $7" = "--rm --name -p -v" ] || exit 2
	[ -f "\${8%%:*}" ] || exit 3
	mkdir -p '${ports}'
	exec '${path}' -a 127.0.0.1 -p -1 --ports_file_dir '${ports}' ;;
port) sed 's/.*"nats:..\\([^"]*\\)".*/\\1/' '${ports}'/*.ports ;;
esac
`;
		writeFileSync(docker, script);
		chmodSync(docker, 0o755);
		const server = await startInDocker(docker, { tempRoot, startLimitMs: 10_000 });
		const connection = await connect(loginTo(server));
		await connection.close();
		await server.stop();
		assert.equal(readdirSync(ports), [], 'nats-server removes its ports file when it ends well');
		for (const leftover of [docker, ports]) rmSync(leftover, { recursive: true });
		assert.equal(readdirSync(tempRoot), []);
	});
}

test('startPrivate() says in one line what a broken program said', async () => {
	const broken = join(tempRoot, 'broken');
	writeFileSync(broken, '#!/bin/sh\necho out of order\nexit 7\n');
	chmodSync(broken, 0o755);
	const error = await failure(startPrivate(broken, { tempRoot }));
	assert.is(
		error.message,
		`Cannot start nats-server "${broken}": it ended with code 7: out of order`,
	);
	rmSync(broken);
	assert.equal(readdirSync(tempRoot), []);
});

test('startPrivate() gives up on a program that never answers, and ends it', async () => {
	const silent = join(tempRoot, 'silent');
	const pidFile = join(tempRoot, 'pid');
	writeFileSync(silent, `#!/bin/sh\necho $$ > '${pidFile}'\necho waiting\nexec sleep 600\n`);
	chmodSync(silent, 0o755);
	const error = await failure(startPrivate(silent, { tempRoot, startLimitMs: 1000 }));
	assert.is(error.message, `Cannot start nats-server "${silent}": no answer within 1 s: waiting`);
	for (const leftover of [silent, pidFile]) rmSync(leftover);
	assert.equal(readdirSync(tempRoot), []);
});

test('startPrivate() names a program that is not there', async () => {
	const error = await failure(startPrivate('/nowhere/nats-server', { tempRoot }));
	assert.match(
		error.message,
		/^Cannot start nats-server "\/nowhere\/nats-server": .*127.*not found$/,
	);
});

function loginTo({ url, access }: PrivateServer) {
	const seed = access.login.type === 'nkey' ? access.login.seed : '';
	return { servers: url, authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)) };
}

/** Starts a server from a Node process of its own, which then ends in the given way. */
async function startInChild(binaryPath: string, end: string, ownGroup = false) {
	const module = new URL('./private-server.js', import.meta.url).href;
	const script = `
		const { startPrivate } = await import(${JSON.stringify(module)});
		const server = await startPrivate(${JSON.stringify(binaryPath)}, { tempRoot: ${JSON.stringify(tempRoot)} });
		console.log(server.pid);
		const end = ${JSON.stringify(end)};
		if (end === 'crash') setImmediate(() => { throw new Error('crash'); });
		else if (end !== 'return') setInterval(() => {}, 1000);
	`;
	const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
		stdio: ['ignore', 'pipe', 'ignore'],
		detached: ownGroup,
	});
	const pid = await new Promise<number>((resolve, reject) => {
		child.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())));
		child.once('close', () => reject(new Error('the child ended without a server')));
	});
	return { pid, child };
}

function isAlive(pid: number | null): boolean {
	if (pid === null) return false;
	try {
		process.kill(pid, 0);
	} catch {
		return false;
	}
	// A zombie that nobody reaps (containers without an init) is dead for our purposes.
	const stat = `/proc/${pid}/stat`;
	return !existsSync(stat) || !/\) Z/.test(readFileOrEmpty(stat));
}

function readFileOrEmpty(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return ') Z';
	}
}

/** Polls up to 10 s: how fast a machine gets there is not what is tested. */
async function waitUntil(what: string, holds: () => boolean): Promise<void> {
	for (let i = 0; i < 200; i++) {
		if (holds()) return;
		await sleep(50);
	}
	assert.unreachable(`waited 10 s until ${what}`);
}

async function failure(promise: Promise<unknown>): Promise<Error> {
	try {
		await promise;
	} catch (error) {
		assert.instance(error, Error);
		return error as Error;
	}
	throw new Error('it did not fail');
}

test.run();
