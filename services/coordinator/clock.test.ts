import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createActor } from 'xstate';
import { hostDone, nextWindow, startClock } from './clock.ts';
import { lifecycle } from './lifecycle.ts';

const test = suite('clock and lifecycle');

test('nextWindow() waits for the slowest host, and ends the last window at the end of the run', () => {
	let [clock, command] = nextWindow(startClock(['a', 'b'], { untilUs: 5, windowUs: 3 }));
	assert.equal(command, { type: 'grant', window: 0, fromUs: 0, untilUs: 3 });
	clock = hostDone(clock, 'a', 0);
	assert.equal(nextWindow(clock)[1], { type: 'wait' });
	clock = hostDone(clock, 'b', 0);
	[clock, command] = nextWindow(clock);
	assert.equal(command, { type: 'grant', window: 1, fromUs: 3, untilUs: 5 });
	clock = hostDone(hostDone(clock, 'b', 1), 'a', 1);
	assert.equal(nextWindow(clock)[1], { type: 'finish' });
	assert.is(clock.completedUs, 5);
});

test('hostDone() ignores words about other windows and said twice', () => {
	const [clock] = nextWindow(startClock(['a', 'b'], { untilUs: 5, windowUs: 3 }));
	assert.is(hostDone(clock, 'a', 7), clock);
	const once = hostDone(clock, 'a', 0);
	assert.is(hostDone(once, 'a', 0), once);
	assert.is(hostDone(clock, 'c', 0), clock);
});

test('lifecycle keeps the first reason for stopping', () => {
	const machine = createActor(lifecycle).start();
	machine.send({ type: 'READY' });
	machine.send({ type: 'WIRED' });
	machine.send({ type: 'FAIL', message: 'first' });
	machine.send({ type: 'INTERRUPT' });
	machine.send({ type: 'FAIL', message: 'second' });
	machine.send({ type: 'STOPPED' });
	const { value, context } = machine.getSnapshot();
	assert.is(value, 'ended');
	assert.equal(context, { outcome: 'failed', reason: 'first' });
});

test('lifecycle pauses only while running', () => {
	const machine = createActor(lifecycle).start();
	machine.send({ type: 'PAUSE' });
	assert.is(machine.getSnapshot().value, 'gathering');
	machine.send({ type: 'READY' });
	machine.send({ type: 'WIRED' });
	machine.send({ type: 'PAUSE' });
	assert.is(machine.getSnapshot().value, 'paused');
	machine.send({ type: 'INTERRUPT' });
	assert.is(machine.getSnapshot().value, 'stopping');
});

test.run();
