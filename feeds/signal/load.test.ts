import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { HOUR_US } from '../../protocol/time.ts';
import { loadTrace } from './load.ts';
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
			error instanceof ConfigError && /"no\/such\.csv": ENOENT/.test(error.message),
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
	// DATA.md: 177.839 kWh/kW in the whole file; the first sample's five minutes lie before the anchor.
	const hours = (trace.timesUs.at(-1) as number) / HOUR_US;
	const energyWhPerW = traceMean(trace, 0, hours * HOUR_US) * hours;
	assert.ok(Math.abs(energyWhPerW - (177.839 - 0.298997 / 12)) < 0.0006, `${energyWhPerW}`);
});

test.run();
