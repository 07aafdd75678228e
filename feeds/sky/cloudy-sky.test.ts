import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { cosDeg } from './angles.ts';
import { cloudyIrradiance } from './cloudy-sky.ts';
import { clearSkyOf } from './site-sky.ts';

const SITE = { latitude: 0, longitude: 0, altitudeM: 0, linkeTurbidity: 3 };

test('cloudyIrradiance() at index 1 is the clear sky', () => {
	const sky = clearSkyOf({ zenithDeg: 40, azimuthDeg: 100 }, 1361, SITE);
	const light = cloudyIrradiance(sky.clear, 1, sky);
	assert.ok(Math.abs(light.dhi - sky.clear.dhi) < 1e-9);
	assert.is(light.dni, sky.clear.dni);
	assert.is(light.ghi, sky.clear.ghi);
});

test('cloudyIrradiance() keeps its parts positive and adding up, whatever sun and cloud', () => {
	const zenith = fc.double({ min: 0, max: 91, noNaN: true });
	const index = fc.double({ min: 0, max: 1.4, noNaN: true });
	fc.assert(
		fc.property(zenith, index, (zenithDeg, k) => {
			const sky = clearSkyOf({ zenithDeg, azimuthDeg: 180 }, 1361, SITE);
			const { ghi, dni, dhi } = cloudyIrradiance(sky.clear, k, sky);
			assert.ok(ghi >= 0 && dni >= 0 && dhi >= -1e-9, `${ghi} ${dni} ${dhi}`);
			assert.ok(dni <= sky.clear.dni * (1 + 1e-12), `${dni} is above ${sky.clear.dni}`);
			const sum = dhi + dni * Math.max(0, cosDeg(zenithDeg));
			assert.ok(Math.abs(sum - ghi) < 1e-9 * Math.max(1, ghi), `${sum} is not ${ghi}`);
		}),
	);
});

test('cloudyIrradiance() under a thick cloud is diffuse', () => {
	const sky = clearSkyOf({ zenithDeg: 40, azimuthDeg: 100 }, 1361, SITE);
	const light = cloudyIrradiance(sky.clear, 0.2, sky);
	assert.ok(light.dhi > 0.95 * light.ghi);
});

test.run();
