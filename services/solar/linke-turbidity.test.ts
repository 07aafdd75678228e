import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dailyFromMonthly } from '../../feeds/signal/monthly.ts';
import { close } from '../../tests/close.test-support.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { gridTurbidity } from './linke-turbidity.ts';
import { loadLinkeTurbidity, loadLocations } from './load.ts';
import { monthlyTurbidity } from './locations.ts';
import { findLocation, locationAt } from './places.ts';

/** LinkeTurbidities.h5 of pvlib 0.16.1 at places that are no node of our map. */
const PLACES = [
	[48.1, 11.6, [2.95, 3.35, 3.6, 3.9, 4.2, 4.3, 4.45, 4.4, 4.2, 3.5, 3.05, 2.9]],
	[1.35, 103.8, [4.45, 4.65, 5.3, 5.05, 4.8, 5.0, 4.75, 4.8, 5.55, 5.3, 4.8, 4.9]],
	[40, -105, [2.75, 2.95, 3.1, 3.65, 3.8, 3.95, 4.2, 3.95, 3.65, 3.25, 2.9, 2.65]],
	[-54.8, -68.3, [2.9, 2.8, 2.1, 2.15, 2.1, 2.0, 2.0, 2.05, 2.25, 2.3, 2.75, 2.8]],
	[35.7, 139.7, [2.1, 2.05, 2.55, 2.95, 3.75, 3.8, 4.4, 4.35, 4.0, 3.25, 2.65, 2.15]],
	[28.6, 77.2, [3.0, 3.25, 3.7, 4.05, 4.3, 4.5, 5.1, 5.3, 4.3, 3.65, 3.25, 3.1]],
] as const;

test('gridTurbidity() is near the source: mean of a year within 0.6, single months within 1.3', () => {
	const file = loadLinkeTurbidity();
	let squares = 0;
	for (const [latitude, longitude, expected] of PLACES) {
		const found = gridTurbidity(file, latitude, longitude);
		const errors = found.map((value, month) => value - (expected[month] as number));
		const mean = errors.reduce((a, b) => a + b) / 12;
		assert.ok(Math.abs(mean) < 0.6, `${latitude}, ${longitude}: ${mean}`);
		for (const error of errors) {
			assert.ok(Math.abs(error) < 1.3, `${latitude}, ${longitude}: ${errors}`);
			squares += error * error;
		}
	}
	assert.ok(Math.sqrt(squares / 72) < 0.45);
});

test('monthlyTurbidity() of the known places is the source itself; daily values are pvlib’s', () => {
	assert.is(Object.keys(loadLinkeTurbidity().locations).length, loadLocations().length);
	const days = ['2024-01-05', '2024-06-21', '2024-12-30', '2023-03-01'];
	const cases = [
		['Berlin', [2.68306452, 3.8295082, 2.6733871, 3.38644068]],
		['Lagos', [5.7016129, 6.08606557, 5.75967742, 6.15254237]],
		['Sydney', [3.0483871, 2.45983607, 2.99032258, 2.82457627]],
		['São Paulo', [2.9983871, 3.03114754, 2.94032258, 3.57711864]],
	] as const;
	for (const [name, expected] of cases) {
		const monthly = monthlyTurbidity(findLocation(name));
		for (const [i, value] of expected.entries())
			close(dailyFromMonthly(monthly, Date.parse(days[i] as string)), value, 1e-8);
	}
});

test('gridTurbidity() has a sensible value everywhere and goes on over the date line', () => {
	const file = loadLinkeTurbidity();
	const latitude = fc.double({ min: -90, max: 90, noNaN: true });
	const longitude = fc.double({ min: -180, max: 180, noNaN: true });
	fc.assert(
		fc.property(latitude, longitude, (lat, lon) => {
			for (const value of gridTurbidity(file, lat, lon)) assert.ok(value >= 1 && value < 7);
		}),
	);
	fc.assert(
		fc.property(latitude, (lat) => {
			const east = gridTurbidity(file, lat, 180);
			for (const [month, value] of gridTurbidity(file, lat, -180).entries())
				close(value, east[month] as number, 1e-12);
		}),
	);
	const own = locationAt({ latitude: 48.1, longitude: 11.6, timeZone: 'Europe/Berlin' });
	assert.equal(monthlyTurbidity(own), gridTurbidity(file, 48.1, 11.6));
	// A place of one's own that has the name of a known one is not that one.
	assert.equal(monthlyTurbidity({ ...own, name: 'Lagos' }), monthlyTurbidity(own));
});

test.run();
