import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { IANAZone } from 'luxon';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { fitProfile } from './fit-profile.ts';
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
		for (const name of new Set(
			[zone.zone, zone.name, ...zone.aliases].map((n) => n.toLowerCase()),
		)) {
			assert.not(names.has(name), `${name} is there twice`);
			names.add(name);
		}
	}
});

test('findGridZone() knows ids, names, cities and spellings', () => {
	assert.is(findGridZone('CAISO-North').zone, 'CAISO-North');
	assert.is(findGridZone('caiso_north').zone, 'CAISO-North');
	assert.is(findGridZone('San Francisco').zone, 'CAISO-North');
	assert.is(findGridZone('são paulo').zone, 'BR');
	const cities =
		'Berlin,Cape Town,Hong Kong,Lagos,Mexico City,Mumbai,Stockholm,Sydney,Sao Paulo,Dublin,Paris,Tokyo';
	for (const city of cities.split(',')) assert.is(findGridZone(city).source.kind, 'average');
});

test('findGridZone() knows the grid of every location', () => {
	const text = readFileSync(projectFile('weather-data/locations.json'), 'utf8');
	const { locations } = JSON.parse(text) as { locations: { name: string; gridZone: string }[] };
	assert.ok(locations.length >= 10);
	for (const { name, gridZone } of locations) {
		assert.is(findGridZone(gridZone).zone, findGridZone(name).zone, name);
	}
});

test('findGridZone() lists what it knows when it does not know', () => {
	assert.throws(
		() => findGridZone('Atlantis'),
		(error: unknown) =>
			error instanceof ConfigError &&
			/^Cannot find grid zone "Atlantis": known are CAISO-North, US-CA, DE, /.test(error.message),
	);
});

test('findGridZone() keeps the marginal profile and the average of California apart', () => {
	assert.is(findGridZone('CAISO-North').source.kind, 'marginal');
	const average = findGridZone('US-CA').source;
	assert.equal(average, { type: 'constant', kind: 'average', valueGPerKwh: 350.861 });
});

test('describeGridZone() says when a profile is used outside its months', () => {
	const zone = findGridZone('CAISO-North');
	assert.match(describeGridZone(zone, [6]), /marginal, fitted, RMSE 119 g\/kWh \(mean by/);
	assert.match(describeGridZone(zone, [1]), /the shape of months 6 and 7 used for month 1 \(/);
	assert.match(describeGridZone(zone, [6, 7, 8, 9]), /6 and 7 used for months 8, 9 \(/);
	assert.match(
		describeGridZone(findGridZone('GB'), [1]),
		/^Great Britain: average, approximate \(/,
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
