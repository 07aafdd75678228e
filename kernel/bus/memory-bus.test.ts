import { busContract } from './bus-contract.test-support.ts';
import { MemoryBroker } from './memory-bus.ts';

busContract('memory', async () => {
	const broker = new MemoryBroker();
	return { connect: async () => broker.connect(), teardown: async () => {} };
}).run();
