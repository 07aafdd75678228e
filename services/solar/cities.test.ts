import { IANAZone } from 'luxon';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cityLabel, describeCandidates, matchCity, nearestCity } from './cities.ts';
import { loadCities, loadLocations } from './load.ts';
import { findLocation, locationAt } from './places.ts';

const cities = loadCities();

function found(name: string): string {
	const match = matchCity(cities, name);
	return match.type === 'found' ? cityLabel(match.city) : match.type;
}

test('loadCities() gives each city a place on earth, a clock, a grid and people', () => {
	assert.ok(cities.length > 12_000);
	const zones = new Set(cities.map(({ timeZone }) => timeZone));
	for (const zone of zones) assert.ok(IANAZone.isValidZone(zone), zone);
	for (const city of cities) {
		assert.match(city.country, /^[A-Z]{2}$/);
		assert.ok(Math.abs(city.latitude) <= 90 && Math.abs(city.longitude) <= 180, city.name);
		assert.ok(city.altitudeM > -450 && city.altitudeM < 5500, city.name);
		assert.ok(city.people >= 1 && city.gridZone.length >= 2, city.name);
	}
});

test('matchCity() knows cities by name, by what people call them, and by region, state or country', () => {
	const CASES = {
		Dublin: 'Dublin, Ireland',
		'dublin, usa': 'Dublin, California, US',
		'Dublin, CA': 'Dublin, California, US',
		'Springfield, IL': 'Springfield, Illinois, US',
		'Springfield, Illinois, United States': 'Springfield, Illinois, US',
		Wien: 'Vienna, Austria',
		München: 'Munich, Germany',
		Lodz: 'Łódź, Poland',
		'Sao Jose dos Campos': 'São José dos Campos, Brazil',
		'Saint Louis, Missouri': 'St. Louis, Missouri, US',
		'New York': 'New York City, New York, US',
		'Birmingham, UK': 'Birmingham, United Kingdom',
		Bangalore: 'Bengaluru, India',
		Ashburn: 'Ashburn, Virginia, US',
		Reykjavik: 'Reykjavík, Iceland',
		'Los-Angeles': 'Los Angeles, California, US',
	};
	for (const [name, label] of Object.entries(CASES)) assert.is(found(name), label, name);
});

test('matchCity() takes none of several of like size, and none that is elsewhere', () => {
	for (const name of ['Springfield', 'Portland', 'Birmingham', 'Valencia', 'Hyderabad', 'San Jose'])
		assert.is(found(name), 'ambiguous', name);
	assert.is(found('Dublin, Spain'), 'elsewhere');
	assert.is(found('Qwertzuiop'), 'unknown');
});

test('what an ambiguous name is refused with can be given as it is', () => {
	const names = [
		'Springfield',
		'Portland',
		'Hyderabad',
		'San Jose',
		'Suzhou',
		'Valencia',
		'Cambridge',
	];
	for (const name of names) {
		const match = matchCity(cities, name);
		if (match.type !== 'ambiguous') throw new Error(`${name}: ${match.type}`);
		const texts = describeCandidates(match.candidates);
		assert.is(new Set(texts).size, texts.length, name);
		texts.forEach((text, i) => {
			const city = match.candidates[i];
			const coordinates = /--latitude (\S+) --longitude ([^)]+)\)/.exec(text);
			if (coordinates !== null) {
				assert.is(Number(coordinates[1]), city?.latitude, text);
				return;
			}
			const again = matchCity(cities, text);
			assert.is(again.type === 'found' ? again.city : null, city, text);
		});
	}
});

test('matchCity() proposes the largest of the cities that are spelt like it', () => {
	const nearest = (name: string) => {
		const match = matchCity(cities, name);
		return match.type === 'unknown' ? match.nearest : match.type;
	};
	assert.is(nearest('Dubln'), 'Dublin');
	assert.is(nearest('Kopenhagen'), 'Copenhagen');
	assert.is(nearest('Chicgao'), 'Chicago');
	assert.is(nearest('Qwertzuiop'), null);
});

test('each of the ten known locations is in the table as well, near its place, and keeps its own statistics', () => {
	for (const location of loadLocations()) {
		const near = nearestCity(cities, location);
		assert.ok(near !== null && near.km < 15, location.name);
		const country = near.city.country;
		assert.is(country, location.country, location.name);
		assert.is(findLocation(`${location.name}, ${country}`).statistics, 'own', location.name);
	}
});

test('a city of a shared name says for which it was taken', () => {
	assert.match(
		findLocation('Dublin').notes.join(),
		/^taken for Dublin, Ireland \(1,0\d\d,\d{3} people\), not Dublin, California, US$/,
	);
	assert.equal(findLocation('Vienna, Austria').notes, []);
});

test('a place by coordinates has the grid, clock and height of the nearest city, and says whose they are', () => {
	const place = { latitude: 34.0, longitude: -118.3 };
	const found = locationAt(place);
	assert.equal(
		[found.gridZone, found.timeZone, found.country],
		['US-CAL-CISO', 'America/Los_Angeles', 'US'],
	);
	assert.match(
		found.notes.join(),
		/^grid US-CAL-CISO, time zone America\/Los_Angeles, height \d+ m of .*, California, US, \d+ km away$/,
	);
	const given = locationAt({ ...place, timeZone: 'UTC', altitudeM: 7, gridZone: 'IE' });
	assert.equal([given.gridZone, given.timeZone, given.altitudeM], ['IE', 'UTC', 7]);
	assert.equal(given.notes, []);
	assert.throws(
		() => locationAt({ latitude: -48.9, longitude: -123.4 }),
		/^Cannot tell the time zone at -48\.9, -123\.4: no city is near/,
	);
	assert.is(locationAt({ latitude: -48.9, longitude: -123.4, timeZone: 'UTC' }).gridZone, null);
});

test('what a sky by latitude says of its error holds at the ten known cities', () => {
	for (const own of loadLocations()) {
		const { latitude, longitude, altitudeM, timeZone } = own;
		const guess = locationAt({ latitude, longitude, altitudeM, timeZone });
		const year = (kwh: readonly number[]) => kwh.reduce((sum, one) => sum + one, 0);
		const off = year(guess.climate.ghiKwhPerM2Day) / year(own.climate.ghiKwhPerM2Day) - 1;
		assert.ok(Math.abs(off) <= 0.3, `${own.name}: ${off}`);
		const warmest = own.climate.airMeanC.map((airC, month) =>
			Math.abs(airC - (guess.climate.airMeanC[month] as number)),
		);
		assert.ok(Math.max(...warmest) < 9.5, `${own.name}: ${warmest.join(' ')}`);
	}
});

test.run();
