import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dayOfYear, sunPosition } from './sun-position.ts';

test('sunPosition() is in degrees, clockwise from north, refracted (pins suncalc 2)', () => {
	// Berlin 2024-06-21 12:00 Z by SPA: apparent zenith 30.70035273, azimuth 203.69372942.
	const sun = sunPosition(Date.UTC(2024, 5, 21, 12), 52.52, 13.405);
	assert.ok(Math.abs(sun.zenithDeg - 30.70035273) < 0.005, `${sun.zenithDeg}`);
	assert.ok(Math.abs(sun.azimuthDeg - 203.69372942) < 0.005, `${sun.azimuthDeg}`);
});

test('sunPosition() is within 0.01 degrees of SPA while the sun is more than 1 degree up', () => {
	const path = '../shared/reference/pv/solarposition.csv';
	if (!existsSync(path)) return console.log(`skipped: ${path} is absent`);
	let compared = 0;
	for (const line of readFileSync(path, 'utf8').trim().split('\n').slice(1)) {
		const [time = '', lat, lon, , , apparent, azimuth] = line.split(',');
		const sun = sunPosition(Date.parse(time.replace(' ', 'T')), Number(lat), Number(lon));
		const zenithError = Math.abs(sun.zenithDeg - Number(apparent));
		const azimuthError = Math.abs(sun.azimuthDeg - Number(azimuth));
		// What the azimuth's error means on the sky shrinks with the distance from the zenith.
		const arc = azimuthError * Math.sin((Number(apparent) * Math.PI) / 180);
		if (Number(apparent) >= 89) {
			assert.ok(sun.zenithDeg > 88, `${line}: ${sun.zenithDeg}`);
			continue;
		}
		compared++;
		assert.ok(zenithError < 0.01, `${line}: zenith off by ${zenithError}`);
		assert.ok(Math.min(arc, 360 - arc) < 0.01, `${line}: azimuth off by ${azimuthError}`);
	}
	assert.ok(compared >= 20, `${compared} rows with the sun up`);
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
