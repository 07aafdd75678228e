import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runSubjects } from '../../protocol/subjects.ts';
import { accessTo } from '../bus/nats-access.ts';
import { connectNats } from '../bus/nats-bus.ts';
import { sealIf } from '../bus/sealed-bus.ts';
import { startConfigured } from '../nats-server/configured-server.test-support.ts';
import { natsBinaryForTests } from '../nats-server/nats-binary-for-tests.ts';
import { OnItsWay } from './on-its-way.ts';

/** More than the server keeps for a connection, and sockets hold, many times over. */
const MESSAGES = 200;
const MESSAGE_BYTES = 512 * 1024;
const MAX_PENDING = '4MB';
const AHEAD_BYTES = 2 * 1024 * 1024;

const binary = await natsBinaryForTests();

/** Takes in one message after the other, doing nothing else for a while after each, as a recorder that writes to a slow disk. */
const HEARER = `
const [bus, sealed, access, messages] = process.argv.slice(1);
const { connectNats } = await import(bus);
const { sealIf } = await import(sealed);
const connect = () => connectNats(JSON.parse(access), 'slow hearer');
const connection = sealIf(await connect().catch(connect).catch(connect), null);
const cell = new Int32Array(new SharedArrayBuffer(4));
let count = 0;
connection.subscribe('rows', () => {
	Atomics.wait(cell, 0, 0, count === 0 ? 5000 : 5);
	if (++count === Number(messages)) console.log('all');
});
connection.subscribe('gridbeat.run.r.heard.slow', () => new Uint8Array([1]));
void connection.closed.then((reason) => console.log('dropped: ' + reason?.message));
await connection.flush();
console.log('ready');
`;

if (binary !== null) {
	test('a host that hears slowly slows who speaks to it: the server keeps little for it and drops nobody', async () => {
		const server = await startConfigured(binary, [
			'max_payload: 1MB',
			`max_pending: ${MAX_PENDING}`,
		]);
		const access = accessTo(server.url);
		const at = (path: string) => new URL(path, import.meta.url).href;
		const args = [at('../bus/nats-bus.js'), at('../bus/sealed-bus.js'), JSON.stringify(access)];
		const hearer = spawn(
			process.execPath,
			['--input-type=module', '-e', HEARER, ...args, String(MESSAGES)],
			{ stdio: ['ignore', 'pipe', 'inherit'] },
		);
		try {
			const lines = createInterface({ input: hearer.stdout })[Symbol.asyncIterator]();
			const says = async () => (await lines.next()).value;
			assert.is(await says(), 'ready');
			const bus = sealIf(await connectNats(access, 'speaker'), null);
			const way = new OnItsWay(bus, runSubjects('r'), {
				...{ actors: ['slow'], aheadBytes: AHEAD_BYTES },
			});
			const rows = new Uint8Array(MESSAGE_BYTES);
			let stops = 0;
			for (let i = 0; i < MESSAGES; i++) {
				bus.publish('rows', rows);
				way.add(rows.length);
				if (way.isFull) stops++;
				await way.room();
			}
			assert.is(await says(), 'all');
			assert.ok(stops > 0);
			await bus.close();
		} finally {
			hearer.kill('SIGKILL');
			if (hearer.exitCode === null && hearer.signalCode === null) await once(hearer, 'close');
			await server.stop();
		}
	});
}

test.run();
