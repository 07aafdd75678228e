import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { IANAZone } from 'luxon';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { profileReader } from '../../feeds/grid/reader.ts';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { fitProfile } from './fit-profile.ts';
import { gridAverages } from './grid-tables.ts';
import { describeGridZone, findGridZone, gridZones } from './grid-zones.ts';
import { carbonKind } from './kind.ts';

const SERIES = '../shared/data/energy/watttime2023_caiso-north_actual.csv';

test('gridZones() are all usable as sources, in real time zones, under distinct names', () => {
	const names = new Set<string>();
	for (const zone of gridZones()) {
		assert.ok(IANAZone.isValidZone(zone.timezone), zone.zone);
		const config = {
			forecast: null,
			stepUs: 1,
			startEpochMs: 0,
			timezone: zone.timezone,
			source: zone.source.type === 'constant' ? zone.source : { sampling: 'mean', ...zone.source },
		};
		assert.ok(carbonKind.config.safeParse(config).success, zone.zone);
		assert.is(zone.rmseGPerKwh === null, zone.quality !== 'fitted', zone.zone);
		// The names of countries and states are found after ids: Georgia is the country.
		for (const name of new Set([zone.zone, ...zone.aliases].map((n) => n.toLowerCase()))) {
			assert.not(names.has(name), `${name} is there twice`);
			names.add(name);
		}
	}
});

test('findGridZone() knows ids, names, cities and spellings', () => {
	assert.is(findGridZone('CAISO-North').zone, 'CAISO-North');
	assert.is(findGridZone('caiso_north').zone, 'CAISO-North');
	assert.is(findGridZone('San Francisco').zone, 'CAISO-North');
	assert.is(findGridZone('são paulo').zone, 'BR-SP');
	assert.is(findGridZone('DE').zone, 'DE-LU');
	assert.is(findGridZone('Georgia').zone, 'GE');
	assert.is(findGridZone('us_co').name, 'Colorado');
	const cities =
		'Berlin,Cape Town,Hong Kong,Lagos,Mexico City,Mumbai,Stockholm,Sydney,Sao Paulo,Dublin,Paris,Tokyo';
	for (const city of cities.split(',')) assert.is(findGridZone(city).source.kind, 'average');
});

test('findGridZone() knows the grid of every location', () => {
	const text = readFileSync(projectFile('weather-data/locations.json'), 'utf8');
	const { locations } = JSON.parse(text) as { locations: { name: string; gridZone: string }[] };
	assert.ok(locations.length >= 10);
	for (const { name, gridZone } of locations) {
		const own = findGridZone(name);
		const wanted = findGridZone(gridZone).zone;
		assert.is(own.partOf ?? own.zone, wanted, name);
	}
});

test('findGridZone() lists what it knows when it does not know', () => {
	assert.throws(
		() => findGridZone('Atlantis'),
		(error: unknown) =>
			error instanceof ConfigError &&
			/^Cannot find grid zone "Atlantis": known are CAISO-North, AU-NSW, .* countries such as IE .* US-CO; /.test(
				error.message,
			),
	);
});

test('findGridZone() keeps the marginal profile and the average of California apart', () => {
	assert.is(findGridZone('CAISO-North').source.kind, 'marginal');
	const average = findGridZone('US-CA').source;
	assert.equal(average, { type: 'constant', kind: 'average', valueGPerKwh: 350.861 });
});

test('every country of the table has an average with its year, or none at all, and a currency', () => {
	const { countries, states, usdPerUnit } = gridAverages();
	assert.ok(countries.length > 240);
	const known = countries.filter(({ valueGPerKwh }) => valueGPerKwh !== null);
	assert.ok(known.length > 200);
	for (const { zone, year, valueGPerKwh } of known) {
		assert.ok(year !== null && year >= 2009 && year <= 2024, zone);
		assert.ok((valueGPerKwh as number) < 1400, zone);
	}
	const ireland = countries.find(({ zone }) => zone === 'IE');
	assert.equal([ireland?.currency, ireland?.valueGPerKwh, ireland?.year], ['EUR', 290.8, 2023]);
	assert.is(states.length, 51);
	assert.ok(Math.abs((usdPerUnit['EUR'] ?? 0) - 1.082) < 0.001);
});

test('a grid with mean days has them by month, weekday and hour, and says what they are worth', () => {
	const { source, says, timezone } = findGridZone('US-CAL-CISO');
	if (source.type !== 'profile') throw new Error(source.type);
	assert.is(source.kind, 'average');
	assert.is(source.seasons?.length, 12);
	assert.match(
		says ?? '',
		/^mean days of each month of 2023 to 2024, .* lie 39 g\/kWh about them \(RMSE\)/,
	);
	assert.match(findGridZone('JP-TK').says ?? '', /the source estimates all of its hours$/);
	// Noon of a weekday in May is far cleaner there than midnight; read in its own clock, wherever the run is.
	const profile = { ...source, timezone };
	const at = (iso: string, zone: string) =>
		profileReader(profile, { startEpochMs: Date.parse(iso), timezone: zone }).at(0);
	const noon = at('2024-05-15T19:00:00Z', 'UTC');
	assert.is(noon, source.seasons?.[4]?.weekday[12]);
	assert.is(at('2024-05-15T19:00:00Z', 'Europe/Berlin'), noon);
	assert.ok(noon < 0.6 * at('2024-05-15T07:00:00Z', 'UTC'));
	assert.is(at('2024-05-18T19:00:00Z', 'UTC'), source.seasons?.[4]?.weekend?.[12]);
});

test('every city of the table has a grid that is known, but for a few islands and polar places', () => {
	const text = readFileSync(projectFile('weather-data/cities.tsv'), 'utf8');
	const used = new Set(
		text
			.trimEnd()
			.split('\n')
			.slice(1)
			.map((line) => line.split('\t')[8] as string),
	);
	const known = new Set(gridZones().map(({ zone }) => zone));
	const unknown = [...used].filter((zone) => !known.has(zone)).sort();
	assert.equal(unknown, [
		'AI',
		'BL',
		'CC',
		'CF',
		'CW',
		'CX',
		'FM',
		'GS',
		'MF',
		'MH',
		'MP',
		'NF',
		'NU',
		'PN',
		'SJ',
		'SX',
		'TF',
		'TV',
		'XK',
		'YT',
	]);
});

test('describeGridZone() says when a profile is used outside its months', () => {
	const zone = findGridZone('CAISO-North');
	assert.match(describeGridZone(zone, [6]), /marginal, fitted, RMSE 119 g\/kWh \(mean by/);
	assert.match(describeGridZone(zone, [1]), /the shape of months 6 and 7 used for month 1 \(/);
	assert.match(describeGridZone(zone, [6, 7, 8, 9]), /6 and 7 used for months 8, 9 \(/);
	assert.match(
		describeGridZone(findGridZone('GB'), [1]),
		/^Great Britain: average, fitted, RMSE 67 g\/kWh \(mean day of each month of 2023 to 2024, life-cycle; Electricity Maps .*ODbL 1\.0\)$/,
	);
});

test('fitProfile() regenerates the profile of CAISO-North from the series', () => {
	if (!existsSync(SERIES)) {
		process.stdout.write(`skipped: ${SERIES} is absent\n`);
		return;
	}
	const rows = parse(readFileSync(SERIES, 'utf8'), { columns: true }) as Record<string, string>[];
	const points = rows.map((row) => ({
		epochMs: Date.parse(`${row['time']?.replace(' ', 'T')}Z`),
		value: Number(row['Caiso_North']),
	}));
	const zone = findGridZone('CAISO-North');
	const fitted = fitProfile(points, zone.timezone);
	if (zone.source.type !== 'profile') throw new Error(zone.source.type);
	assert.is(fitted.samples, 8928);
	// The series has a mean of 355.33, standard deviation 143.40 (of a sample: n - 1).
	assert.ok(Math.abs(fitted.mean - 355.33) < 0.005);
	assert.ok(Math.abs(fitted.deviation - 143.4) < 0.02);
	assert.equal(
		zone.source.weekday,
		fitted.hourly.map((value) => Math.round(value * 10) / 10),
	);
	assert.is(zone.rmseGPerKwh, Math.round(fitted.rmse * 10) / 10);
});

test.run();
