import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { connectNats } from '../bus/nats-bus.ts';
import { natsBinaryForTests } from './nats-binary-for-tests.ts';
import { startPrivate } from './private-server.ts';

/** More than the 64 MiB that a server keeps for a client by default, and than what lies in sockets. */
const MESSAGES = 120;
const MESSAGE_BYTES = 1024 * 1024;

const binary = await natsBinaryForTests();
const folder = mkdtempSync(join(tmpdir(), 'gridbeat-slow-reader-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** Subscribes, then does nothing but wait for a file, as a recorder does for its disk, then reads on. */
const READER = `
import { existsSync } from 'node:fs';
const [bus, access, gate, messages] = process.argv.slice(1);
const { connectNats } = await import(bus);
// On a busy machine the first try may take longer than a connection does; hosts try again too.
const connect = () => connectNats(JSON.parse(access), 'slow reader');
const connection = await connect().catch(connect).catch(connect);
let count = 0;
connection.subscribe('rows', () => {
	if (++count === Number(messages)) console.log('all');
	return undefined;
});
void connection.closed.then((reason) => console.log('dropped: ' + reason?.message));
await connection.flush();
const cell = new Int32Array(new SharedArrayBuffer(4));
process.stdout.write('ready\\n', () => {
	while (!existsSync(gate)) Atomics.wait(cell, 0, 0, 20);
});
`;

if (binary !== null) {
	test('the private server keeps 120 MB for a process that does not read for a while', async () => {
		const server = await startPrivate(binary, { tempRoot: folder });
		const gate = join(folder, 'gate');
		const bus = new URL('../bus/nats-bus.js', import.meta.url).href;
		const args = [bus, JSON.stringify(server.access), gate, String(MESSAGES)];
		const reader = spawn(process.execPath, ['--input-type=module', '-e', READER, ...args], {
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		try {
			const says = async () => String((await once(reader.stdout, 'data'))[0]).trim();
			assert.is(await says(), 'ready');
			const writer = await connectNats(server.access, 'writer');
			const rows = new Uint8Array(MESSAGE_BYTES);
			for (let i = 0; i < MESSAGES; i++) {
				writer.publish('rows', rows);
				await writer.flush();
			}
			const said = says();
			writeFileSync(gate, '');
			assert.is(await said, 'all');
			await writer.close();
		} finally {
			reader.kill('SIGKILL');
			await server.stop();
		}
	});
}

test.run();
