import { IANAZone } from 'luxon';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { loadCloudStatistics, loadLocations } from './load.ts';
import { cloudParameters, monthlyTurbidity } from './locations.ts';
import { findLocation, locationAt } from './places.ts';

const CITIES = [
	'Berlin',
	'Cape Town',
	'Hong Kong',
	'Lagos',
	'Mexico City',
	'Mumbai',
	'San Francisco',
	'Stockholm',
	'Sydney',
	'São Paulo',
];

function failureOf(name: string): string {
	try {
		findLocation(name);
	} catch (error) {
		assert.instance(error, ConfigError);
		return (error as Error).message;
	}
	throw new Error('nothing was thrown');
}

test('findLocation() knows the ten cities, whatever case, accents, hyphens and spaces', () => {
	for (const name of CITIES) assert.is(findLocation(name).name, name);
	for (const name of ['Sao Paulo', 'SÃO-PAULO', ' sao_paulo '])
		assert.is(findLocation(name).name, 'São Paulo');
	assert.is(findLocation('san-francisco').timeZone, 'America/Los_Angeles');
});

test('findLocation() of an unknown name lists the known, suggests and tells about coordinates', () => {
	const message = failureOf('San Fransisco');
	assert.match(message, /^Cannot find location "San Fransisco": did you mean "San Francisco"\?/);
	for (const name of CITIES) assert.ok(message.includes(name));
	assert.match(message, /--latitude 48\.1 --longitude 11\.6$/);
	assert.not.match(failureOf('Qwertzuiop'), /did you mean/);
});

test('loadLocations() gives valid time zones, modules that face the equator, a climate that turns', () => {
	for (const location of loadLocations()) {
		assert.ok(IANAZone.isValidZone(location.timeZone), location.timeZone);
		assert.is(location.azimuthDeg, location.latitude > 0 ? 180 : 0);
		assert.ok(Math.abs(location.tiltDeg - Math.abs(location.latitude)) < 25);
		const { airMeanC } = location.climate;
		const yearlyMean = airMeanC.reduce((a, b) => a + b) / 12;
		const likely = locationAt(location).climate.airMeanC.reduce((a, b) => a + b) / 12;
		assert.ok(Math.abs(yearlyMean - likely) < 5, `${location.name}: ${yearlyMean}, ${likely}`);
	}
});

test('locationAt() faces the equator and swings with the hemisphere', () => {
	const south = locationAt({ latitude: -45, longitude: 170, timeZone: 'Pacific/Auckland' });
	assert.is(south.azimuthDeg, 0);
	assert.is(south.tiltDeg, 35);
	assert.ok((south.climate.airMeanC[0] as number) > (south.climate.airMeanC[6] as number));
	const { shape, dailyIndexStd } = loadCloudStatistics().fallback;
	const { months, ...own } = cloudParameters(south);
	assert.equal(own, shape);
	assert.ok(months.every((month) => month.dailyIndexStd === dailyIndexStd));
	const [january, , , , , june] = months.map(({ ghiKwhPerM2Day }) => ghiKwhPerM2Day);
	assert.ok((january as number) > 3 * (june as number));
});

test('a place by coordinates takes nothing of a known city of the same name', () => {
	// Berlin in New Hampshire.
	const found = locationAt({ latitude: 44.5, longitude: -71.2, timeZone: 'America/New_York' });
	const berlin = { ...found, name: 'Berlin' };
	const { indexQuantiles } = cloudParameters(berlin);
	assert.equal(indexQuantiles, loadCloudStatistics().fallback.shape.indexQuantiles);
	assert.equal(monthlyTurbidity(berlin), monthlyTurbidity(found));
});

test('cloudParameters() has statistics for every location', () => {
	for (const location of loadLocations())
		assert.ok(loadCloudStatistics().locations[location.name] !== undefined, location.name);
});

test.run();
