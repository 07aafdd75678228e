import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { busContract } from './bus-contract.test-support.ts';
import { MemoryBroker } from './memory-bus.ts';

busContract('memory', async () => {
	const broker = new MemoryBroker();
	return { connect: async () => broker.connect(), teardown: async () => {} };
}).run();

test('messages come also where somebody else works whenever a rest is over', async () => {
	const rest = () => new Promise<void>((resolve) => setImmediate(resolve));
	const broker = new MemoryBroker({ breather: { nowMs: () => 0, isDue: () => true, rest } });
	const [from, to] = [broker.connect(), broker.connect()];
	to.subscribe('asked', () => new Uint8Array([1]));
	const heard: number[] = [];
	to.subscribe('said', ([one]) => void heard.push(one as number));
	for (let i = 0; i < 5; i++) from.publish('said', new Uint8Array([i]));
	const answer = from.request('asked', new Uint8Array(), 60_000);
	for (let turn = 0; turn < 10; turn++) await rest();
	assert.equal(heard, [0, 1, 2, 3, 4]);
	assert.equal(await answer, new Uint8Array([1]));
});

test.run();
