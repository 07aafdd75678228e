import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { eventually, gridbeat, readRows, tempFolder } from './cli.ts';

/** Files of a run folder that depend on nothing but scenario and seed. */
const FILES = [
	'timeseries.csv',
	'request_metrics.csv',
	'usage.csv',
	'weather.csv',
	'simulation_metrics.txt',
];

/** The same scenario in one process: what every placement has to repeat. */
export async function runInOneProcess(args: readonly string[]): Promise<string> {
	const folder = join(tempFolder(), 'run');
	const { code, stderr } = await gridbeat(['run', ...args, '--in-process', '--out', folder]);
	assert.is(stderr, '');
	assert.is(code, 0);
	return folder;
}

/** Asserts that two complete runs recorded the same, byte for byte. One that was set back says so in its closing table. */
export function assertSameBytes(
	folder: string,
	expectedFolder: string,
	{ isSetBack = false } = {},
): void {
	for (const name of FILES) {
		if (isSetBack && name === 'simulation_metrics.txt') continue;
		const expected = readFileSync(join(expectedFolder, name));
		assert.ok(expected.length > 100, `${name} holds something`);
		assert.ok(readFileSync(join(folder, name)).equals(expected), `${name} is the same`);
	}
	const metadata = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8')) as {
		gridbeat: { status: string };
	};
	assert.is(metadata.gridbeat.status, 'complete');
	assert.ok(readFileSync(join(folder, 'report.html')).length > 10_000);
}

/** Waits until a run has recorded a step: everybody has joined and simulates. */
export async function recordsSteps(folder: string): Promise<void> {
	const file = join(folder, 'timeseries.csv');
	await eventually(`rows in ${file}`, () => existsSync(file) && hasRows(folder));
}

function hasRows(folder: string): boolean | null {
	return readRows(folder, 'timeseries.csv').length > 0 ? true : null;
}
