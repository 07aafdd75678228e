import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { tempFolder } from './cli.ts';

/** Where the hourly series may lie that the profiles were made of; they are not part of the project. */
const SERIES = '../shared/data/energy/grid';

test('the mean days of grids and markets are made again of their series, byte for byte', () => {
	const hasPython = spawnSync('python3', ['--version']).status === 0;
	if (!existsSync(SERIES) || !hasPython) {
		process.stdout.write(`skipped: ${SERIES} or python3 is absent\n`);
		return;
	}
	const folder = tempFolder();
	mkdirSync(join(folder, 'weather-data'));
	cpSync(projectFile('build/earth'), join(folder, 'build/earth'), { recursive: true });
	const made = spawnSync('python3', [join(folder, 'build/earth/grid_profiles.py'), SERIES], {
		encoding: 'utf8',
	});
	assert.is(made.status, 0, made.stderr);
	const name = 'weather-data/grid-profiles.json';
	assert.ok(
		readFileSync(join(folder, name), 'utf8') === readFileSync(projectFile(name), 'utf8'),
		'the table is another one',
	);
});

test('tables that are derived of data under a licence name source and licence beside them', () => {
	const profiles = readFileSync(projectFile('weather-data/grid-profiles.json'), 'utf8');
	assert.match(
		profiles,
		/Contains information from Electricity Maps .* Open Database License \(ODbL\) 1\.0/,
	);
	const about = readFileSync(projectFile('weather-data/README.md'), 'utf8');
	for (const words of [
		/cities\.tsv.*GeoNames/,
		/CC BY 4\.0/,
		/Open Database License/,
		/Our World in Data/,
		/European Central Bank/,
		/eGRID/,
	])
		assert.match(about, words);
});

test.run();
