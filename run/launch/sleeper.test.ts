import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sleeper } from './sleeper.ts';

test('sleep ends after its time, or at once for all when nobody needs it any more', async () => {
	const { sleep, release } = sleeper();
	await sleep(1);
	const hours = Array.from({ length: 1_000 }, () => sleep(3_600_000));
	release();
	await Promise.all(hours);
	await sleep(3_600_000);
	const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout');
	assert.equal(timers, [], 'nothing of it keeps the process alive');
});

test.run();
