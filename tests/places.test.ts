import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gridbeat, numberIn, readRows, tempFolder } from './cli.ts';

/** Runs at places that are none of the known ones. */
const folder = tempFolder();
const RUN = [
	'run',
	'--in-process',
	'--no-serving',
	'--load',
	'1000',
	'--until',
	'3h',
	'--step',
	'1h',
];
const DUBLIN = [
	...['--location', 'Dublin', '--latitude', '53.35', '--longitude', '-6.26'],
	...['--timezone', 'Europe/Dublin', '--start', '2024-06-20T00:00'],
];

/** What a run in Dublin says. */
async function said(...flags: string[]): Promise<string> {
	const out = join(folder, 'said');
	const { stdout, stderr } = await gridbeat([
		...RUN,
		...DUBLIN,
		...flags,
		'--overwrite',
		'--out',
		out,
	]);
	return stdout + stderr;
}

test('any city runs by its name, coordinates and clock, with the carbon of its grid', async () => {
	const out = join(folder, 'dublin');
	const { code, stdout, stderr } = await gridbeat([...RUN, ...DUBLIN, '--out', out]);
	assert.is(code, 0, stderr);
	assert.match(stdout + stderr, /Dublin/);
	assert.match(stdout + stderr, /carbon: Ireland: average, cited/);
	assert.match(
		stdout + stderr,
		/solar: no statistics of Dublin are known: temperatures by latitude, .* clouds as on average in ten cities/,
	);
	const rows = readRows(out, 'timeseries.csv');
	assert.is(numberIn(rows[0], 'grid_signals.carbon'), 296);
	// Irish summer time.
	assert.equal(
		[rows[0]?.['time'], rows[0]?.['time_utc']],
		['2024-06-20 00:00:00', '2024-06-19T23:00:00Z'],
	);
});

test('a city of a known name elsewhere has not that city’s grid; a grid zone may be named', async () => {
	const berlin = ['--location', 'Berlin', '--latitude', '44.5', '--longitude', '-71.2'];
	const clock = ['--timezone', 'America/New_York'];
	const { code, stderr } = await gridbeat([...RUN, ...berlin, ...clock, '--dry-run']);
	assert.is(code, 2);
	assert.match(
		stderr,
		/^Cannot tell the carbon intensity at "Berlin": no grid zone is known there/,
	);
	assert.match(await said('--grid-zone', 'FR'), /carbon: France: average/);
	assert.match(await said('--grid-zone', 'Narnia'), /Cannot find grid zone "narnia": known are/);
});

test('a file of a grid is taken at a place whose grid is not known, and said', async () => {
	const path = join(folder, 'moer.csv');
	const row = (hour: number) =>
		`${new Date(Date.UTC(2024, 5, 19, 20 + hour)).toISOString()},500,SOMEWHERE`;
	writeFileSync(
		path,
		`timestamp,MOER,region\n${Array.from({ length: 12 }, (_, h) => row(h)).join('\n')}\n`,
	);
	const place = [
		'--latitude',
		'34.05',
		'--longitude',
		'-118.24',
		'--timezone',
		'America/Los_Angeles',
	];
	const at = ['--start', '2024-06-19T14:00', '--carbon', `file:${path}`];
	const { stdout, stderr } = await gridbeat([...RUN, ...place, ...at, '--out', join(folder, 'la')]);
	assert.match(stdout + stderr, /region SOMEWHERE, taken as the grid of "site"/);
	assert.match(
		await said('--carbon', `file:${path}`),
		/its region is "SOMEWHERE", the location's is "IE"; set region: SOMEWHERE .*--carbon-region/,
	);
	assert.match(
		await said('--carbon', `file:${path}`, '--carbon-region', 'SOMEWHERE'),
		/marginal intensity from .*moer.csv/,
	);
});

test('units of traces and rates of currencies have flags', async () => {
	const rows = (values: readonly number[]) =>
		values.map((value, hour) => `2024-06-20 0${hour}:00:00,${value}`).join('\n');
	const path = join(folder, 'price.csv');
	writeFileSync(path, `time,cost\n${rows([90, 80, 70])}\n`);
	const solar = join(folder, 'solar.csv');
	writeFileSync(solar, `time,P\n${rows([0, 1500, 2500])}\n`);
	const out = join(folder, 'units');
	const units = ['--price', path, '--price-unit', 'EUR/MWh', '--usd-per-unit', '1.25'];
	const sky = ['--solar', '3000', '--solar-trace', solar, '--solar-trace-unit', 'W'];
	const { code, stderr } = await gridbeat([...RUN, ...DUBLIN, ...units, ...sky, '--out', out]);
	assert.is(code, 0, stderr);
	const [, , last] = readRows(out, 'timeseries.csv');
	assert.ok(Math.abs(numberIn(last, 'grid_signals.price') - 0.0875) < 1e-12);
	assert.is(numberIn(last, 'actor_states.solar.power'), 2500);
});

test.run();
