import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Summary } from '../report/summary.ts';
import { gridbeat, readRows, tempFolder } from './cli.ts';

/** Grid signals from other people's files, through the command line. */
const folder = tempFolder();
const RUN = [
	...['run', '--in-process', '--no-serving', '--load', '1000', '--until', '3h', '--step', '1h'],
	...['--start', '2023-06-08T00:00'],
];

function file(name: string, data: unknown): string {
	const path = join(folder, name);
	writeFileSync(path, typeof data === 'string' ? data : JSON.stringify(data));
	return path;
}

/** Hourly values from midnight in San Francisco (07:00 UTC). */
function wattTime(name: string, region: string, values: readonly number[]): string {
	return file(name, {
		data: values.map((value, hour) => ({
			point_time: new Date(Date.UTC(2023, 5, 8, 7 + hour)).toISOString(),
			value,
		})),
		meta: { region, signal_type: 'co2_moer', units: 'lbs_co2_per_mwh' },
	});
}

const covering = wattTime('covering.json', 'CAISO_NORTH', [1000, 500, 100]);

async function refused(args: readonly string[], says: RegExp): Promise<void> {
	const { code, stderr } = await gridbeat([...RUN, ...args, '--out', join(folder, 'refused')]);
	assert.is(code, 2);
	assert.match(stderr, says);
	assert.is(stderr.trim().split('\n').length, 1);
}

test('a WattTime file is taken at its own times', async () => {
	const out = join(folder, 'taken');
	const { code, stdout } = await gridbeat([...RUN, '--carbon', `file:${covering}`, '--out', out]);
	assert.is(code, 0, stdout);
	const values = readRows(out, 'timeseries.csv').map((row) => Number(row['grid_signals.carbon']));
	assert.equal(
		values.map((value) => Math.round(value * 1000) / 1000),
		[453.592, 226.796, 45.359],
	);
	assert.match(
		stdout,
		/marginal intensity from .*covering.json \(WattTime v3, region CAISO_NORTH\)/,
	);
});

test('average and marginal intensity stand side by side in one run and are never mixed', async () => {
	const both = ['--carbon', 'constant:400', '--marginal-carbon', `file:${covering}`];
	const out = join(folder, 'both');
	const { code, stdout, stderr } = await gridbeat([...RUN, ...both, '--json', '--out', out]);
	assert.is(code, 0, stderr);
	const rows = readRows(out, 'timeseries.csv');
	const grams = (column: string) =>
		rows.reduce((sum, row) => sum + Math.max(0, -Number(row['p_grid'])) * Number(row[column]), 0) /
		1000;
	const { summary } = JSON.parse(stdout) as { summary: Summary };
	const { emissions, marginal, hindsight } = summary;
	const near = (a = 0, b = 0) => assert.ok(Math.abs(a - b) < 1e-9 * Math.max(1, b), `${a} ${b}`);
	near(emissions?.importG, grams('grid_signals.carbon'));
	near(marginal?.importG, grams('grid_signals.marginal'));
	assert.is(emissions?.kind, 'average');
	assert.ok(emissions?.importG !== marginal?.importG);
	assert.equal(
		hindsight.map(({ goal }) => goal),
		['emissions', 'marginal'],
	);
	near(hindsight[1]?.actual, marginal?.importG);
	await refused(
		['--marginal-carbon', `file:${covering}`],
		/^Cannot use "marginalCarbon" beside "carbon": that is marginal already/,
	);
	await refused(
		['--carbon', 'constant:400', '--marginal-carbon', 'zone:DE'],
		/^Cannot use "marginalCarbon": its figures are average/,
	);
	await refused(
		['--cap', 'carbon>1:250', '--marginal-carbon', 'DE'],
		/^Cannot use --marginal-carbon "DE": give location/,
	);
});

test('a file of a foreign region is used only when the scenario names it', async () => {
	const foreign = wattTime('foreign.json', 'ERCOT', [1000, 500, 100]);
	await refused(
		['--carbon', `file:${foreign}`],
		/^Cannot use ".*foreign.json" at "San Francisco": its region is "ERCOT", .*set region: ERCOT to use it/,
	);
	const scenario = file(
		'named.yaml',
		`carbon: { source: file, path: foreign.json, region: ercot }\n`,
	);
	const out = join(folder, 'named');
	const { code, stderr } = await gridbeat([...RUN, scenario, '--out', out]);
	assert.is(code, 0, stderr);
});

test('a file that does not cover the run says what it covers', async () => {
	const short = wattTime('short.json', 'CAISO_NORTH', [1000, 500]);
	await refused(
		['--carbon', `file:${short}`],
		/it covers 2023-06-08T07:00:00.000Z to 2023-06-08T09:00:00.000Z; choose another start/,
	);
});

test('day-ahead prices in EUR need a rate, and may be negative', async () => {
	const prices = file('prices.json', {
		unix_seconds: [0, 1, 2].map((hour) => Date.UTC(2023, 5, 8, 7 + hour) / 1000),
		price: [100, -50, 0],
		unit: 'EUR / MWh',
	});
	await refused(['--price', `file:${prices}`], /they are in EUR; set price.usdPerUnit/);
	const scenario = file(
		'prices.yaml',
		'price: { source: file, path: prices.json, usdPerUnit: 1.1 }\n',
	);
	const out = join(folder, 'prices');
	const { code, stderr } = await gridbeat([...RUN, scenario, '--out', out]);
	assert.is(code, 0, stderr);
	const values = readRows(out, 'timeseries.csv').map((row) => Number(row['grid_signals.price']));
	assert.equal(
		values.map((value) => Math.round(value * 1e6) / 1e6),
		[0.11, -0.055, 0],
	);
	await refused(['--carbon', `file:${prices}`], /is a file of price \(Energy-Charts price\)/);
});

test.run();
