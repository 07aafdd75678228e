import { natsBinaryForTests } from '../nats-server/nats-binary-for-tests.ts';
import { startPrivate } from '../nats-server/private-server.ts';
import { busContract } from './bus-contract.ts';
import { connectNats } from './nats-bus.ts';

const binary = await natsBinaryForTests();
if (binary !== null) {
	busContract('nats', async () => {
		const server = await startPrivate(binary);
		return { connect: () => connectNats(server.url, 'contract'), teardown: () => server.stop() };
	}).run();
}
