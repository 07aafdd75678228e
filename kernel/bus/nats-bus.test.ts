import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startConfigured } from '../nats-server/configured-server.test-support.ts';
import { natsBinaryForTests } from '../nats-server/nats-binary-for-tests.ts';
import { startPrivate } from '../nats-server/private-server.ts';
import { busContract } from './bus-contract.test-support.ts';
import { makeRunKey } from './keys.ts';
import { readNatsAccess } from './nats-access.ts';
import { connectNats } from './nats-bus.ts';
import { sealBus } from './sealed-bus.ts';

const binary = await natsBinaryForTests();
if (binary !== null) {
	busContract('nats', async () => {
		const server = await startPrivate(binary);
		const connect = () => connectNats(server.access, 'contract');
		return { connect, teardown: () => server.stop() };
	}).run();

	busContract('nats, sealed', async () => {
		const server = await startPrivate(binary);
		const key = makeRunKey();
		const connect = async () => sealBus(await connectNats(server.access, 'contract'), key);
		return { connect, teardown: () => server.stop() };
	}).run();
}

if (binary !== null) {
	const lasting = suite('a bus that waits for its server');

	lasting(
		'goes on when the server is back, with what it listened to, and ends where it does not come',
		async () => {
			const first = await startConfigured(binary);
			const said: string[] = [];
			const access = readNatsAccess({ NATS_URL: first.url });
			const connect = (backMs: number) =>
				connectNats(access, 'lasting', (text) => void said.push(text), backMs);
			const [patient, hasty] = [await connect(60_000), await connect(500)];
			const heard: string[] = [];
			patient.subscribe(
				'a',
				(bytes): undefined => void heard.push(new TextDecoder().decode(bytes)),
			);
			await patient.flush();
			process.kill(first.pid, 'SIGKILL');
			assert.match(String(await hasty.closed), 'Lost the NATS server');
			const port = Number(first.address.split(':')[1]);
			const second = await startConfigured(binary, [], port);
			while (!said.includes('The NATS server is back')) await sleep(20);
			const other = await connectNats(access, 'other');
			while (heard.length === 0) {
				other.publish('a', new TextEncoder().encode('x'));
				await sleep(20);
			}
			assert.is(heard[0], 'x');
			assert.is(said.filter((text) => text === 'Lost the NATS server; waiting for it').length, 2);
			await Promise.all([patient.close(), other.close()]);
			await Promise.all([first.stop(), second.stop()]);
		},
	);

	lasting.run();
}
