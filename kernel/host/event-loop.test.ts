import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MemoryBroker } from '../bus/memory-bus.ts';
import { EventLoopBreather } from './event-loop.ts';

const test = suite('event loop');

/** A clock that a test turns by hand. */
function handClock() {
	let nowMs = 0;
	return { nowMs: () => nowMs, pass: (ms: number) => (nowMs += ms) };
}

test('a rest is due after 20 ms of work, and again 20 ms after the rest', async () => {
	const clock = handClock();
	const breather = new EventLoopBreather(clock.nowMs);
	const worked = () => {
		let ms = 0;
		while (!breather.isDue()) {
			clock.pass(1);
			ms++;
		}
		return ms;
	};
	for (let round = 0; round < 3; round++) {
		assert.is(worked(), 20);
		assert.ok(breather.isDue(), 'it stays due until the rest');
		await breather.rest();
		assert.not(breather.isDue());
	}
});

test('after many quick steps slow ones are noticed within 64 of them, and from then on at once', async () => {
	const clock = handClock();
	const breather = new EventLoopBreather(clock.nowMs);
	for (let i = 0; i < 10_000; i++) {
		assert.not(breather.isDue());
		clock.pass(0.001);
	}
	// Steps of 5 ms from here on.
	let steps = 0;
	while (!breather.isDue()) {
		clock.pass(5);
		steps++;
	}
	assert.ok(steps <= 64, `${steps}`);
	await breather.rest();
	steps = 0;
	while (!breather.isDue()) {
		clock.pass(5);
		steps++;
	}
	assert.ok(steps <= 6, `${steps}`);
});

test('timers run while a bus in this process delivers without end', async () => {
	const broker = new MemoryBroker({ breather: new EventLoopBreather() });
	const bus = broker.connect();
	let turns = 0;
	let isOver = false;
	bus.subscribe('again', (bytes) => {
		turns++;
		if (!isOver) bus.publish('again', bytes);
		return undefined;
	});
	bus.publish('again', new Uint8Array(1));
	await sleep(50);
	assert.ok(turns > 100);
	isOver = true;
	await bus.close();
});

test.run();
