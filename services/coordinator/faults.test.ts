import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LostError, SimulationError } from '../../protocol/errors.ts';
import { type Fault, Faults, Interrupted, Setbacks } from './faults.ts';

const lost = (host: string): Fault => ({
	hosts: [host],
	error: new LostError(`Lost "${host}"`, { actor: host, timeUs: 5 }),
});

test('a fault at the same place ends the run the third time, by its name', () => {
	const setbacks = new Setbacks(0);
	setbacks.note([lost('a')], 4);
	setbacks.note([lost('a')], 3);
	setbacks.note([lost('b')], 4);
	setbacks.note([lost('a')], 4);
	assert.throws(
		() => setbacks.note([lost('a')], 4),
		(error: SimulationError) =>
			error.message === 'Lost "a" (3 times at the same place)' &&
			error.actor === 'a' &&
			error.timeUs === 5,
	);
});

test('each try waits longer while no new window gets done, and there are ten at most', () => {
	const setbacks = new Setbacks(2);
	assert.is(setbacks.note([lost('a')], 0), 0);
	assert.is(setbacks.note([lost('b')], 0), 250);
	assert.is(setbacks.note([lost('c')], 0), 500);
	assert.is(setbacks.note([lost('d')], 1), 0);
	assert.is(setbacks.count, 6);
	const waits = [...'efghijkl'].map((host) => setbacks.note([lost(host)], 1));
	assert.equal(waits, [250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
	assert.throws(() => setbacks.note([lost('m')], 1), /10 faults in a row and no window got done/);
});

test('work is given up for a fault, also for one that came before', async () => {
	const faults = new Faults();
	const never = new Promise<void>(() => {});
	const given = faults.orFault(never);
	faults.raise(lost('a'));
	assert.instance(await given.catch((error: unknown) => error), Interrupted);
	assert.instance(await faults.orFault(never).catch((error: unknown) => error), Interrupted);
	assert.is(faults.take().length, 1);
	assert.is(await faults.orFault(Promise.resolve(7)), 7);
	const failed = await faults.orFault(Promise.reject(new SimulationError('x'))).catch((e) => e);
	assert.is(failed.message, 'x');
});

test.run();
