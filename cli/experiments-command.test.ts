import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { programFile, projectFile } from '../kernel/files/project-file.ts';
import { tempFolder } from '../tests/cli.ts';

const main = programFile('cli/main');

function experiments(...words: string[]) {
	const args = [main, 'experiments', 'vidur-energy', ...words];
	return spawnSync(process.execPath, args, { encoding: 'utf8' });
}

test('gridbeat experiments vidur-energy --csv has what is published, ours and the difference', () => {
	const { status, stdout } = experiments('--exp', '3', '--csv', '--jobs', '1');
	assert.is(status, 0);
	const [head, first, ...rest] = stdout.trimEnd().split('\n');
	assert.match(
		head as string,
		/^exp,model,TP,PP,requests,.*,power_published,power,power_difference,/,
	);
	assert.match(
		first as string,
		/^3,Meta-Llama-3-8B,1,1,1024,6.45,.*,153\.59663902842746,154\.0\d*,0\.28 %/,
	);
	assert.is(rest.length, 7);
});

test('it runs experiments of a file of your own, which need nothing published', () => {
	const file = join(tempFolder(), 'mine.csv');
	const [header] = readFileSync(
		projectFile('profiling-data/vidur-energy-experiments.csv'),
		'utf8',
	).split('\n');
	writeFileSync(file, `${header}\nmine,microsoft/phi-2,1,1,20,2,fixed:100:20:2048,64,,,,,,,\n`);
	const { status, stdout } = experiments('--table', file, '--json', '--profile', 'default');
	assert.is(status, 0);
	const [row] = JSON.parse(stdout).rows as [
		{ profile: string; outcome: { completed: number; powerW: number }; differences: unknown },
	];
	assert.is(row.profile, 'default');
	assert.is(row.outcome.completed, 20);
	assert.ok(row.outcome.powerW > 100 && row.outcome.powerW < 400);
});

test('it refuses what is not there in one line', () => {
	for (const [words, text] of [
		[['--exp', '9'], 'has no row of this number, model and size; there are 1 to 5'],
		[['--profile', 'mine'], 'Cannot use --profile "mine": give reproduction or default'],
		[['--jobs', '0'], 'Cannot use --jobs "0": give a whole number from 1 on'],
		[['--table', 'none.csv'], 'Cannot read experiments: there is no such file'],
	] as const) {
		const { status, stderr } = experiments(...words);
		assert.is(status, 2);
		assert.match(stderr, text);
		assert.is(stderr.trimEnd().split('\n').length, 1);
	}
});

test.run();
