import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { startGridbeat, tempFolder } from './cli.ts';

/** A pipe where a file is wanted: nobody writes to it, and no command waits for that. */
const pipe = join(tempFolder(), 'pipe.csv');
const hasPipes = spawnSync('mkfifo', [pipe]).status === 0;

const scenario = (value: unknown) => {
	const path = join(tempFolder(), 'scenario.yaml');
	writeFileSync(path, JSON.stringify(value));
	return path;
};
const load = { type: 'trace', name: 'house', path: pipe, sign: 'consumer' };

const commands: Readonly<Record<string, readonly string[]>> = {
	'a scenario': ['run', pipe],
	'a scenario to check': ['validate', pipe],
	'a trace of requests': ['run', '--requests', pipe, '--in-process'],
	'a weather file': ['run', '--weather', pipe, '--in-process'],
	'a trace of a load': ['run', scenario({ loads: [load] }), '--in-process'],
	'a policy': ['run', '--dispatch', pipe, '--in-process'],
	'a profile': ['run', '--profile', pipe, '--in-process'],
};

if (hasPipes) {
	for (const [what, args] of Object.entries(commands)) {
		test(`a pipe as ${what} is refused in one line`, async () => {
			const out = args[0] === 'run' ? ['--out', join(tempFolder(), 'run')] : [];
			const { code, stderr } = await startGridbeat([...args, ...out]).ended;
			assert.is(code, 2, stderr);
			assert.match(stderr, pipe);
			assert.match(stderr, /^Cannot [^\n]*\n$/);
		});
	}
}

test.run();
