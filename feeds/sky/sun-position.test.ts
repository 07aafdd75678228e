import { existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { dayOfYear, refractionFactor, sunPosition } from './sun-position.ts';

test('sunPosition() is in degrees, clockwise from north, refracted (pins suncalc 2)', () => {
	// Berlin 2024-06-21 12:00 Z by SPA: apparent zenith 30.70035273, azimuth 203.69372942.
	const sun = sunPosition(Date.UTC(2024, 5, 21, 12), 52.52, 13.405);
	assert.ok(Math.abs(sun.zenithDeg - 30.70035273) < 0.005, `${sun.zenithDeg}`);
	assert.ok(Math.abs(sun.azimuthDeg - 203.69372942) < 0.005, `${sun.azimuthDeg}`);
});

/** What an error of the azimuth means on the sky shrinks with the distance from the zenith. */
function arcDeg(a: number, b: number, zenithDeg: number): number {
	const apart = Math.abs(a - b) % 360;
	return Math.min(apart, 360 - apart) * Math.sin((zenithDeg * Math.PI) / 180);
}

test('sunPosition() is within 0.02 degrees of the tabulated ephemerides, day and night', () => {
	const path = '../shared/reference/pv/solarposition.csv';
	if (!existsSync(path)) return console.log(`skipped: ${path} is absent`);
	const lines = readFileSync(path, 'utf8').trim().split('\n').slice(1);
	assert.is(lines.length, 60);
	for (const line of lines) {
		const [time = '', ...cells] = line.split(',');
		const [lat, lon, altitudeM, zenith, apparent, azimuth] = cells.map(Number) as [
			...[number, number, number, number, number, number],
		];
		const sun = sunPosition(
			Date.parse(time.replace(' ', 'T')),
			lat,
			lon,
			refractionFactor(altitudeM),
		);
		const errors = [
			sun.zenithDeg - apparent,
			sun.trueZenithDeg - zenith,
			arcDeg(sun.azimuthDeg, azimuth, zenith),
		];
		assert.ok(
			errors.every((error) => Math.abs(error) < 0.02),
			`${line}: off by ${errors}`,
		);
	}
});

test('sunPosition() gives the example of SPA’s authors, and rise and set at Golden', () => {
	const [latitude, longitude] = [39.742476, -105.1786];
	// 2003-10-17 12:30:30 MST; pressure 820 hPa at 1830 m, as the factor has it to 1 %.
	const noon = Date.UTC(2003, 9, 17, 19, 30, 30);
	const sun = sunPosition(noon, latitude, longitude, refractionFactor(1830.14));
	assert.ok(Math.abs(sun.zenithDeg - 50.111622) < 0.01, `${sun.zenithDeg}`);
	assert.ok(Math.abs(sun.trueZenithDeg - 50.127954) < 0.01, `${sun.trueZenithDeg}`);
	assert.ok(Math.abs(sun.azimuthDeg - 194.340241) < 0.01, `${sun.azimuthDeg}`);
	// Its upper edge at a horizon with 34' of refraction: a true zenith of 90.8333, which moves 0.2 degrees a minute. pvlib
	// compares to the minute, which the last needs: by the transit and the rise of its day it is 55 s late.
	const instants = [
		['2015-01-02T14:21:55Z', 0.02],
		['2015-01-02T23:47:43Z', 0.02],
		['2015-08-02T12:00:27Z', 0.02],
		['2015-08-03T02:13:58Z', 0.2],
	] as const;
	for (const [instant, tolerance] of instants) {
		const { trueZenithDeg } = sunPosition(Date.parse(instant), latitude, longitude);
		const apart = Math.abs(trueZenithDeg - 90.8333);
		assert.ok(apart < tolerance, `${instant}: ${trueZenithDeg}`);
	}
	// Transits: the sun is due south.
	for (const instant of ['2015-01-02T19:04:45Z', '2015-08-02T19:06:58Z']) {
		const { azimuthDeg } = sunPosition(Date.parse(instant), latitude, longitude);
		assert.ok(Math.abs(azimuthDeg - 180) < 0.03, `${instant}: ${azimuthDeg}`);
	}
});

test('sunPosition() is within 0.02 degrees of SPA on mountains, at the horizon and under it', () => {
	// pvlib 0.16.1: latitude, longitude, altitude, time; apparent and true zenith, azimuth.
	const cases = [
		[19.43, -99.13, 2240, '2024-03-20T13:00Z', 85.985993, 86.132962, 91.193889],
		[19.43, -99.13, 2240, '2024-03-20T12:42Z', 89.968198, 90.378957, 89.6996],
		[-16.5, -68.15, 3640, '2024-06-21T11:10Z', 88.488807, 88.70148, 65.060782],
		[40, -105, 4000, '2024-12-21T15:00Z', 84.169229, 84.257035, 127.321342],
		[40, -105, 4000, '2024-12-21T14:30Z', 88.754407, 88.9724, 122.303883],
		[52.52, 13.405, 34, '2024-06-21T02:46Z', 89.957124, 90.517012, 48.285088],
		[52.52, 13.405, 34, '2024-06-21T19:35Z', 91.017017, 91.017017, 312.594709],
		[52.52, 13.405, 34, '2024-06-21T23:00Z', 104.026051, 104.026051, 358.013933],
		[78.22, 15.65, 10, '2024-06-21T22:57Z', 78.269798, 78.347593, 359.433188],
		[78.22, 15.65, 10, '2024-12-21T11:00Z', 101.662747, 101.662747, 181.014006],
		[0, 0, 0, '2024-03-20T12:08Z', 0.228295, 0.22833, 310.640289],
		[-54.8, -68.3, 0, '2024-01-10T16:30Z', 32.889281, 32.900167, 4.522033],
	] as const;
	for (const [latitude, longitude, altitudeM, time, apparent, zenith, azimuth] of cases) {
		const factor = refractionFactor(altitudeM);
		const sun = sunPosition(Date.parse(time), latitude, longitude, factor);
		const errors = [
			sun.zenithDeg - apparent,
			sun.trueZenithDeg - zenith,
			arcDeg(sun.azimuthDeg, azimuth, zenith),
		];
		assert.ok(
			errors.every((error) => Math.abs(error) < 0.02),
			`${time} at ${latitude}, ${longitude}: off by ${errors}`,
		);
	}
});

test('dayOfYear() counts from 1 and knows leap years', () => {
	assert.is(dayOfYear(Date.UTC(2024, 0, 1)), 1);
	assert.is(dayOfYear(Date.UTC(2024, 5, 21, 23, 59)), 173);
	assert.is(dayOfYear(Date.UTC(2023, 11, 31)), 365);
	assert.is(dayOfYear(Date.UTC(2024, 11, 31)), 366);
	fc.assert(
		fc.property(
			fc.date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') }),
			(date) => {
				const first = new Date(date);
				first.setUTCMonth(0, 1);
				first.setUTCHours(0, 0, 0, 0);
				const day = Math.floor((date.valueOf() - first.valueOf()) / 86_400_000) + 1;
				assert.is(dayOfYear(date.valueOf()), day);
			},
		),
	);
});

test.run();
