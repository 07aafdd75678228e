import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { commandsFor } from '../cli/command-line.ts';
import { gridbeat, tempFolder } from './cli.ts';

/** Completion of shells, which is made of the commands themselves; bash is asked, the others are read. */
const folder = tempFolder();
mkdirSync(join(folder, 'runs', 'day-1'), { recursive: true });
writeFileSync(join(folder, 'my day.yaml'), '');
const script = join(folder, 'completion.bash');

/** What bash would put behind these words; the last one is not complete. */
function completed(...words: string[]): string[] {
	const ask = `source ${script}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gridbeat; printf '%s\\n' "\${COMPREPLY[@]}"`;
	const { stdout, stderr, status } = spawnSync(
		'bash',
		['--norc', '-euc', ask, 'bash', 'gridbeat', ...words],
		{ cwd: folder, encoding: 'utf8' },
	);
	assert.equal([status, stderr], [0, '']);
	return stdout.split('\n').filter((line) => line !== '');
}

test('bash reads the script', async () => {
	const { code, stdout } = await gridbeat(['completion', 'bash']);
	assert.is(code, 0);
	writeFileSync(script, stdout);
	const { status, stderr } = spawnSync('bash', ['-n', script], { encoding: 'utf8' });
	assert.equal([status, stderr], [0, '']);
});

test('bash completes commands, commands of commands, flags, values, files and runs', () => {
	assert.equal(
		completed('re'),
		['report', 'record', 'replay', 'resume'].filter((one) => completed('').includes(one)),
	);
	assert.ok(completed('').length > 25);
	assert.equal(completed('profiles', 'sh'), ['show']);
	assert.equal(completed('weather', 'inspect', '--js'), ['--json']);
	assert.equal(completed('run', '--batch-s'), ['--batch-size-cap']);
	assert.equal(completed('run', '--scheduler', 'f'), ['faster_transformer']);
	assert.equal(completed('run', '--seed', '1', '--network', ''), ['pairwise', 'dgx']);
	assert.equal(completed('ls', '--status', 'inc'), ['incomplete']);
	assert.equal(completed('run', 'my'), ['my day.yaml']);
	assert.equal(completed('run', '--load-trace', 'my'), ['my day.yaml']);
	assert.equal(completed('open', 'da'), ['day-1']);
	assert.equal(completed('run', '--seed', ''), []);
	// A file that has the name of a command is none.
	assert.equal(completed('report', 'run', '--c'), ['--csv']);
});

test('bash knows every command and every flag of the help', async () => {
	const walk = (path: readonly string[], command: Command) => {
		const flags = command.options.filter(({ hidden }) => !hidden).map(({ long }) => long ?? '');
		const known = completed(...path, '--');
		for (const flag of flags) assert.ok(known.includes(flag), `${path.join(' ')} ${flag}`);
		const names = command.commands.map((one) => one.name());
		if (names.length > 0) assert.equal(completed(...path, ''), names);
		for (const one of command.commands) walk([...path, one.name()], one);
	};
	walk([], await commandsFor([], async () => {}));
});

test('zsh and fish get every command and flag too, each with its words', async () => {
	const [zsh, fish] = await Promise.all(
		['zsh', 'fish'].map(async (shell) => (await gridbeat(['completion', shell])).stdout),
	);
	for (const [text, flag, command] of [
		[
			zsh,
			"'*--scheduler[vllm, vllm-v1, sarathi, orca, faster_transformer or lightllm]:value:(vllm vllm-v1 sarathi",
			"'sweep:run a scenario",
		],
		[fish, "-l scheduler -x -a 'vllm vllm-v1 sarathi", "-a sweep -d 'run a scenario"],
	])
		for (const part of [flag, command]) assert.ok(text?.includes(part as string), part);
	const quotes = (text: string) => text.replaceAll("'\\''", '').split("'").length - 1;
	assert.is(quotes(zsh ?? "'") % 2, 0);
	const { code, stderr } = await gridbeat(['completion', 'tcsh']);
	assert.equal([code, stderr], [2, 'Cannot complete in "tcsh": give bash, zsh, fish\n']);
});

test.run();
