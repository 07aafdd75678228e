import { natsBinaryForTests } from '../nats-server/nats-binary-for-tests.ts';
import { startPrivate } from '../nats-server/private-server.ts';
import { busContract } from './bus-contract.test-support.ts';
import { makeRunKey } from './keys.ts';
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
