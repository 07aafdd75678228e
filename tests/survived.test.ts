import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { gridbeat, startGridbeat, tempFolder } from './cli.ts';
import { strike } from './kill.test-support.ts';

/** What a run came through is counted where people look: in metadata.yaml, in the closing table and for programs. */
const SMALL = ['--no-serving', '--load', '100', '--processes', '2', '--until', '12h'];

const gridbeatOf = (folder: string) =>
	parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8')).gridbeat as Record<string, unknown>;

const canRun = existsSync('/proc/self/stat') && (await natsBinaryForTests()) !== null;
if (!canRun) process.stdout.write('skipped, no /proc or no nats-server here\n');
if (canRun)
	test('a run that lost a process says how often it went back, and to how many checkpoints it could', async () => {
		const folder = join(tempFolder(), 'run');
		const cli = startGridbeat(['run', ...SMALL, '--pace', '7200', '--out', folder], {
			GRIDBEAT_CHECKPOINT_MS: '0',
		});
		await strike({ cli, folder, victim: 'shared-1', when: { recordedS: 3600 } });
		const { code } = await cli.ended;
		assert.is(code, 0, cli.said());
		const { setbacks, checkpoints } = gridbeatOf(folder);
		assert.is(setbacks, 1, cli.said());
		assert.ok((checkpoints as number) > 0);
		assert.match(
			cli.said(),
			/Recovery[\s\S]*went back to a checkpoint +1\n[\s\S]*checkpoints kept +\d+\n/,
		);
		const { stdout } = await gridbeat(['report', folder, '--json']);
		assert.equal(JSON.parse(stdout).recovery, { setbacks, checkpoints });
		assert.match(readFileSync(join(folder, 'report.html'), 'utf8'), /went back to a checkpoint/);
	});

test('a run that nothing happened to says nothing of it', async () => {
	const folder = join(tempFolder(), 'run');
	const env = { GRIDBEAT_CHECKPOINT_MS: 'never' };
	const { code, stdout } = await gridbeat(
		['run', '--no-serving', '--load', '100', '--in-process', '--until', '1h', '--out', folder],
		env,
	);
	assert.is(code, 0);
	assert.not.match(stdout, /Recovery|checkpoint/);
	const keys = Object.keys(gridbeatOf(folder));
	assert.not(keys.includes('setbacks') || keys.includes('checkpoints'));
});

test.run();
