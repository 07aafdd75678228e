import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cosDeg } from '../sky/angles.ts';
import { sunPosition } from '../sky/sun-position.ts';
import { completeLight } from './components.ts';
import { readWeather } from './read-weather.ts';

const SITE = { latitude: 52.5, longitude: 13.4 };
const NOON = Date.UTC(2024, 5, 20, 11);
const COSINE = cosDeg(sunPosition(NOON + 300_000, SITE.latitude, SITE.longitude).zenithDeg);

function light(names: string, values: string) {
	const rows = [0, 600_000].map((ms) => `${new Date(NOON + ms).toISOString()},${values}`);
	const options = { column: null, timezone: 'UTC' };
	const found = completeLight(
		readWeather(['time,'.concat(names), ...rows].join('\n'), 'x', options),
		SITE,
	);
	if (found === null) return null;
	const { ghi, dni, dhi, derived } = found;
	return { ghi: ghi[0] as number, dni: dni[0] as number, dhi: dhi[0] as number, derived };
}

test('completeLight() finds the third component of any two', () => {
	const near = (a: number | undefined, b: number) =>
		assert.ok(Math.abs((a ?? 0) - b) < 1, `${a} ${b}`);
	near(light('ghi,dhi', '700,200')?.dni, 500 / COSINE);
	near(light('ghi,dni', '700,400')?.dhi, 700 - 400 * COSINE);
	near(light('dni,dhi', '400,200')?.ghi, 200 + 400 * COSINE);
	assert.is(light('dni,dhi', '400,200')?.derived, 'global from direct and diffuse');
	assert.is(light('ghi,dni,dhi', '700,400,200')?.derived, null);
});

test('completeLight() splits global irradiance by Erbs and gives up without any', () => {
	const split = light('ghi', '500');
	assert.ok(split !== null);
	assert.match(String(split.derived), /Erbs/);
	assert.ok(split.dni > 0 && split.dhi > 0);
	assert.ok(Math.abs(split.dhi + split.dni * COSINE - 500) < 2);
	assert.is(light('dni', '500'), null);
});

test.run();
