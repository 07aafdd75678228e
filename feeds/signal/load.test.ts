import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { HOUR_US } from '../../protocol/time.ts';
import { LineFile, loadTrace } from './load.ts';
import { traceMean } from './trace.ts';

test('loadTrace() names a file that is not there', () => {
	const missing = {
		path: 'no/such.csv',
		column: null,
		fill: 'ffill',
		anchor: null,
		scale: 1,
	} as const;
	assert.throws(
		() => loadTrace(missing),
		(error: unknown) =>
			error instanceof ConfigError && /"no\/such\.csv": there is no such file/.test(error.message),
	);
});

test('loadTrace() reads the published solar series to its published energy', () => {
	const path = '../shared/data/energy/solcast2022_global_actual.csv';
	if (!existsSync(path)) return console.log(`skipped: ${path} is absent`);
	const trace = loadTrace({
		path,
		column: 'San Francisco',
		fill: 'bfill',
		anchor: '2022-06-08 00:05:00',
		scale: 1,
	});
	assert.is(trace.values.length, 8352);
	// The sum of its rows is 177.839 kWh/kW in the whole file; the first sample's five minutes lie before the anchor.
	const hours = (trace.timesUs.at(-1) as number) / HOUR_US;
	const energyWhPerW = traceMean(trace, 0, hours * HOUR_US) * hours;
	assert.ok(Math.abs(energyWhPerW - (177.839 - 0.298997 / 12)) < 0.0006, `${energyWhPerW}`);
});

test('traces and requests from a pipe are refused with what they are for', () => {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-pipe-'));
	const pipe = join(folder, 'pipe.csv');
	if (spawnSync('mkfifo', [pipe]).status !== 0) {
		process.stdout.write('skipped, no mkfifo to make pipes with\n');
		return;
	}
	const reason = 'it is a pipe, not a file: save what it says to a file first';
	assert.throws(
		() => loadTrace({ path: pipe } as never),
		(error: Error) => error.message.startsWith(`Cannot read trace "${pipe}": ${reason}`),
	);
	assert.throws(
		() => new LineFile(pipe, 'replay requests from').next({ offset: 0, line: 0 }),
		(error: Error) => error.message.startsWith(`Cannot replay requests from "${pipe}": ${reason}`),
	);
	rmSync(folder, { recursive: true });
});

test.run();
