import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gridbeat, startGridbeat, tempFolder } from './cli.ts';
import { recordsSteps } from './hosts.test-support.ts';
import { tablesOf } from './kill.test-support.ts';

/** A command that a program starts again and again, such as a container, comes to the end of its run. */
const RUN = ['run', '--no-serving', '--load', '100', '--in-process', '--until', '12h'];

test('run --resume begins, goes on after its container has died, and does nothing when all is done', async () => {
	const whole = join(tempFolder(), 'run');
	assert.is((await gridbeat([...RUN, '--out', whole])).code, 0);

	const folder = join(tempFolder(), 'run');
	const again = [...RUN, '--resume', '--out', folder];
	const first = startGridbeat([...again, '--pace', '3600'], { GRIDBEAT_CHECKPOINT_MS: '0' });
	await recordsSteps(folder);
	first.signal('SIGKILL');
	await first.ended;
	// As if it had been in a container that is no more: nobody can see from here whether it lives.
	for (const name of ['run.lock', 'recorder.lock']) {
		const path = join(folder, name);
		const lock = JSON.parse(readFileSync(path, 'utf8'));
		writeFileSync(path, `${JSON.stringify({ ...lock, host: 'pod-0', space: 'pid:[7]' })}\n`);
	}
	const refused = await gridbeat(again);
	assert.is(refused.code, 2);
	assert.match(refused.stderr, /pod-0.* cannot be seen from here; if it has ended, remove/);

	const second = await gridbeat([...again, '--take-over']);
	assert.is(second.code, 0, second.stderr);
	assert.match(second.stderr, /^Going on with the run in .* as it was begun\n/);
	assert.equal(tablesOf(folder), tablesOf(whole));

	const third = await gridbeat(again);
	assert.is(third.code, 0, third.stderr);
	assert.is(third.stderr, `The run in ${folder} is complete\n`);
});

test('a lock beside one that is taken over stays if it is of another container', async () => {
	const folder = join(tempFolder(), 'run');
	const again = [...RUN, '--resume', '--take-over', '--out', folder];
	const first = startGridbeat([...again, '--pace', '3600'], { GRIDBEAT_CHECKPOINT_MS: '0' });
	await recordsSteps(folder);
	first.signal('SIGKILL');
	await first.ended;
	for (const name of ['run.lock', 'recorder.lock']) {
		const path = join(folder, name);
		const lock = JSON.parse(readFileSync(path, 'utf8'));
		writeFileSync(path, `${JSON.stringify({ ...lock, host: name, space: 'pid:[7]' })}\n`);
	}
	const second = await gridbeat(again);
	assert.is(second.code, 2, second.stderr);
	assert.match(second.stderr, /on recorder\.lock, .* cannot be seen from here/);
});

test('run --resume says what it lacks', async () => {
	const cases: [string[], RegExp][] = [
		[['--resume'], /^Cannot go on with a run without its folder: give --out\n$/],
		[['--take-over', '--repeats', '2'], /^Cannot take over a folder of repeats: /],
	];
	for (const [args, message] of cases) {
		const { code, stderr } = await gridbeat([...RUN, ...args]);
		assert.is(code, 2);
		assert.match(stderr, message);
	}
});

test.run();
