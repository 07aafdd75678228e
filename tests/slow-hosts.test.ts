import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { type Env, readRows, startGridbeat, tempFolder } from './cli.ts';

/** Slow is not dead: whoever works is waited for, however short the limit; see processes.test.ts for those that do not. */
const binary = await natsBinaryForTests();

/** Runs to the end over a private server. */
async function runToEnd(args: readonly string[], env: Env) {
	const folder = join(tempFolder(), 'run');
	const { code, stdout, stderr } = await startGridbeat(['run', ...args, '--out', folder], env)
		.ended;
	assert.is(stderr, '');
	assert.is(code, 0, stdout);
	return { folder, stdout };
}

/** A module that makes each write of a process with `--host name` keep a processor busy for so long. */
function slowWrites(name: string, ms: number): string {
	const path = join(tempFolder(), 'slow-writes.mjs');
	writeFileSync(
		path,
		`import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
if (process.argv[process.argv.indexOf('--host') + 1] === ${JSON.stringify(name)}) {
	const { writeSync } = fs;
	fs.writeSync = (...args) => {
		const until = performance.now() + ${ms};
		while (performance.now() < until);
		return writeSync(...args);
	};
	syncBuiltinESMExports();
}
`,
	);
	return `--import ${pathToFileURL(path)}`;
}

if (binary !== null) {
	test('a thousand replicas in two processes are waited for, whatever the limit', async () => {
		const { folder, stdout } = await runToEnd(
			[
				...['--replicas', '1000', '--processes', '2', '--qps', '300', '--until', '1min'],
				...['--cap', 'none'],
			],
			{ GRIDBEAT_WAIT_LIMIT_MS: '100' },
		);
		assert.match(stdout, '1006 actors in 2 processes');
		assert.is(readRows(folder, 'usage.csv').length, 1000);
	});

	test('a recorder whose writes take longer than the last limit is waited for', async () => {
		const { folder } = await runToEnd(['--no-serving', '--until', '1h'], {
			GRIDBEAT_WAIT_LIMIT_MS: '100',
			NODE_OPTIONS: slowWrites('recorder', 1_000),
		});
		assert.is(readRows(folder, 'timeseries.csv').length, 60);
	});
}

test.run();
