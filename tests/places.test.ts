import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findGridZone, findMarket } from '../services/carbon/grid-zones.ts';
import { madeResults } from '../vidur/cosim/made-results.test-support.ts';
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
	assert.match(stdout + stderr, /carbon: the average of Ireland in 2023 at all hours/);
	assert.match(
		stdout + stderr,
		/solar: no statistics of Dublin are known: temperatures by latitude, .* clouds as on average in ten cities/,
	);
	const rows = readRows(out, 'timeseries.csv');
	assert.is(numberIn(rows[0], 'grid_signals.carbon'), 290.8);
	// Irish summer time.
	assert.equal(
		[rows[0]?.['time'], rows[0]?.['time_utc']],
		['2024-06-20 00:00:00', '2024-06-19T23:00:00Z'],
	);
});

test('a city of a known name elsewhere has not that city’s grid; a grid zone may be named', async () => {
	const berlin = ['--location', 'Berlin', '--latitude', '43.2', '--longitude', '-71.5'];
	const clock = ['--timezone', 'America/New_York'];
	const out = join(folder, 'new-hampshire');
	const { code, stdout, stderr } = await gridbeat([...RUN, ...berlin, ...clock, '--out', out]);
	assert.is(code, 0, stderr);
	assert.match(stdout + stderr, /carbon: New Hampshire: average, cited/);
	assert.match(
		stdout + stderr,
		/Berlin: grid US-NH, height \d+ m of .*, New Hampshire, US, \d+ km away/,
	);
	assert.match(await said('--grid-zone', 'FR'), /carbon: France: average/);
	assert.match(await said('--grid-zone', 'Narnia'), /Cannot find grid zone "narnia": known are/);
});

test('a city runs by its name alone, says what of it is assumed, and writes it into the run folder', async () => {
	const out = join(folder, 'by-name');
	const start = ['--start', '2024-06-20T00:00'];
	const { code, stdout, stderr } = await gridbeat([
		...[...RUN, '--location', 'Dublin', ...start, '--out', out],
	]);
	assert.is(code, 0, stderr);
	const all = stdout + stderr;
	assert.match(all, /Dublin: taken for Dublin, Ireland \(.* people\), not Dublin, California, US/);
	assert.match(
		all,
		/solar: no statistics of Dublin are known: .*clouds as on average in ten cities/,
	);
	const metadata = readFileSync(join(out, 'metadata.yaml'), 'utf8');
	assert.match(metadata, /no statistics of Dublin are known/);
	assert.match(metadata, /the average of Ireland in 2023 at all hours/);
	const rows = readRows(out, 'timeseries.csv');
	assert.is(rows[0]?.['time_utc'], '2024-06-19T23:00:00Z');
});

test('a place by coordinates needs no more: clock, height and grid are those of the nearest city', async () => {
	const out = join(folder, 'near');
	const place = ['--latitude', '48.14', '--longitude', '11.58', '--start', '2024-01-10T00:00'];
	const { code, stdout, stderr } = await gridbeat([...RUN, ...place, '--out', out]);
	assert.is(code, 0, stderr);
	assert.match(
		stdout + stderr,
		/site: grid DE-LU, time zone Europe\/Berlin, height \d+ m of Munich, Germany, 0 km away/,
	);
	assert.match(stdout + stderr, /carbon: Germany: average, fitted, RMSE 109 g\/kWh/);
	assert.match(stdout + stderr, /carbon: mean days of each month of 2023 to 2024, not the hours/);
	const carbon = readRows(out, 'timeseries.csv').map((row) => numberIn(row, 'grid_signals.carbon'));
	const { source } = findGridZone('DE-LU');
	if (source.type !== 'profile') throw new Error(source.type);
	assert.equal(carbon, source.seasons?.[0]?.weekday.slice(0, 3));
});

test('a file of its grid is taken at coordinates as at a city, and one of a part of a country too', async () => {
	const file = (region: string) => {
		const path = join(folder, `${region}.csv`);
		const row = (hour: number) =>
			`${new Date(Date.UTC(2024, 5, 19, 0 + hour)).toISOString()},${300 + hour},${region}`;
		writeFileSync(
			path,
			`timestamp,MOER,region\n${Array.from({ length: 48 }, (_, h) => row(h)).join('\n')}\n`,
		);
		return `file:${path}`;
	};
	const start = ['--start', '2024-06-19T14:00'];
	const run = async (...flags: string[]) => {
		const { code, stdout, stderr } = await gridbeat([
			...[...RUN, ...start, ...flags, '--overwrite', '--out', join(folder, 'region')],
		]);
		return `${code} ${stdout}${stderr}`;
	};
	const la = ['--latitude', '34.05', '--longitude', '-118.24'];
	for (const place of [la, ['--location', 'Los Angeles'], ['--location', 'San Francisco']])
		for (const region of ['US-CAL-CISO', 'CAISO_NORTH'])
			assert.match(
				await run(...place, '--carbon', file(region)),
				/^0 [\s\S]*marginal intensity from/,
			);
	assert.match(
		await run('--location', 'Los Angeles', '--carbon', file('US-TEX-ERCO')),
		/^2 Cannot use .* its region is "US-TEX-ERCO", the location's is "US-CAL-CISO"; .*--carbon-region/,
	);
	assert.match(
		await run('--location', 'Oslo', '--carbon', file('NO-NO2')),
		/^0 [\s\S]*region NO-NO2, taken as the grid of "Oslo"/,
	);
	assert.match(await run('--location', 'Oslo', '--carbon', file('SE-SE3')), /^2 Cannot use/);
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

test('prices are those of the location’s market, or of another by its name, as mean days in that market’s hours', async () => {
	const pricesOf = async (...flags: string[]) => {
		const out = join(folder, 'market');
		const start = ['--start', '2024-01-10T00:00', '--overwrite', '--out', out];
		const { code, stdout, stderr } = await gridbeat([...RUN, ...start, ...flags]);
		const said = stdout + stderr;
		if (code !== 0) return { code, said, prices: [] };
		const prices = readRows(out, 'timeseries.csv').map((row) =>
			numberIn(row, 'grid_signals.price'),
		);
		return { code, said, prices };
	};
	const hoursOf = (market: string, first: number) =>
		findMarket(market).source.seasons?.[0]?.weekday.slice(first, first + 3);
	const german = hoursOf('DE-LU', 0);
	const berlin = await pricesOf('--location', 'Berlin', '--price', 'location');
	assert.is(berlin.code, 0, berlin.said);
	assert.equal(berlin.prices, german);
	assert.match(berlin.said, /price: DE-LU: wholesale prices of Germany: mean day of each month/);
	assert.match(
		berlin.said,
		/price: mean days .* lie 43 USD\/MWh about them \(RMSE\).*wholesale, without\s+grid fees and taxes/,
	);
	for (const city of ['Luxembourg', 'Munich'])
		assert.equal((await pricesOf('--location', city, '--price', 'location')).prices, german, city);
	// Midnight in Dublin is one o'clock in Paris.
	const french = await pricesOf('--location', 'Dublin', '--price', 'zone:FR');
	assert.equal(french.prices, hoursOf('FR', 1), french.said);
	const none = await pricesOf('--location', 'Dublin', '--price', 'location');
	assert.is(none.code, 2);
	assert.match(
		none.said,
		/^Cannot tell the price at "Dublin": no market is known there \(IE\); use --price VALUE/,
	);
	const unknown = await pricesOf('--location', 'Dublin', '--price', 'zone:FX');
	assert.match(
		unknown.said,
		/^Cannot find market "FX": did you mean "FR"\? known are AT, AU-NSW, /,
	);
	const house = await pricesOf('--location', 'San Francisco', '--price', 'location');
	assert.equal(house.prices, hoursOf('US-CAL-CISO', 0), house.said);
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

test('cosim and weather synthetic take any city, and say what its sky is made of', async () => {
	const made = madeResults(join(folder, 'cosim'), {
		tensorParallel: 1,
		replicas: [[[0, 45]]],
		endS: 600,
	});
	const flags = ['--location', 'Dublin', '--start', '2024-06-20T12:00', '--step-size', '60'];
	const { code, stdout, stderr } = await gridbeat(['cosim', '--vidur-sim-dir', made, ...flags]);
	assert.is(code, 0, stderr);
	assert.match(stdout + stderr, /Dublin|no statistics/);
	const metadata = readFileSync(join(made, 'vessim_analysis', 'metadata.yaml'), 'utf8');
	assert.match(metadata, /no statistics of Dublin are known/);
	assert.match(metadata, /the average of Ireland in 2023 at all hours/);
	const year = join(folder, 'dublin.csv');
	const args = ['weather', 'synthetic', 'Dublin', '--step', '1h', '--out', year];
	const written = await gridbeat(args);
	assert.is(written.code, 0, written.stderr);
	assert.match(written.stdout, /made by latitude, since no statistics of Dublin are known/);
	assert.match(written.stdout, /\nDublin: taken for Dublin, Ireland/);
	assert.match(
		readFileSync(year, 'utf8'),
		/^# synthetic: made by Gridbeat by latitude, since .*not a measurement\n/,
	);
});

test.run();
