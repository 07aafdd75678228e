import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { close } from '../../tests/close.test-support.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { behindHorizon, planeOfArray } from './plane-of-array.ts';

/** Sun, plane and light, then all light on the plane with hay-davies, perez and isotropic by pvlib 0.16.1. */
const CASES = [
	[
		70.205, 290.859, 46.379, 102.888, 143.145, 345.032, 175.22, 117.176636552, 118.056609309,
		154.709531327,
	],
	[
		8.667, 17.553, 89.926, 234.853, 287.608, 391.453, 390.191, 182.246802102, 136.772701181,
		238.432955556,
	],
	[
		77.712, 303.923, 35.316, 177.488, 641.351, 54.722, 231.127, 219.126236808, 130.268333009,
		227.564142618,
	],
	[
		26.988, 316.674, 5.779, 244.505, 796.071, 204.587, 360.27, 544.917966612, 548.580583531,
		544.205226938,
	],
	[75.648, 6.666, 63.675, 0.432, 502.691, 393, 97.236, 584.537520966, 591.333830554, 494.575778974],
	[
		31.32, 290.238, 28.481, 53.654, 658.81, 403.69, 323.597, 542.846345791, 538.764576358,
		563.992538649,
	],
] as const;
const MODELS = ['hay-davies', 'perez', 'isotropic'] as const;

test('planeOfArray() gives the light of pvlib by each of its models', () => {
	for (const [zenithDeg, azimuthDeg, tiltDeg, facing, ghi, dni, dhi, ...expected] of CASES) {
		const lit = {
			light: { ghi, dni, dhi },
			sun: { zenithDeg, azimuthDeg },
			extraterrestrialWm2: 1361,
		};
		const plane = { tiltDeg, azimuthDeg: facing };
		MODELS.forEach((model, i) => {
			const { beamWm2, skyWm2, groundWm2 } = planeOfArray(lit, plane, model, 0.3);
			close(beamWm2 + skyWm2 + groundWm2, expected[i] as number, 1e-10);
		});
	}
});

test('planeOfArray() on a flat plane is the global light, whatever the model but for Perez’ brighter horizon', () => {
	fc.assert(
		fc.property(
			fc.double({ min: 0, max: 84, noNaN: true }),
			fc.double({ min: 0, max: 1000, noNaN: true }),
			fc.double({ min: 1, max: 400, noNaN: true }),
			(zenithDeg, dni, dhi) => {
				const ghi = dhi + dni * Math.cos((zenithDeg * Math.PI) / 180);
				const sun = { zenithDeg, azimuthDeg: 200 };
				const lit = { light: { ghi, dni, dhi }, sun, extraterrestrialWm2: 1361 };
				for (const model of MODELS) {
					const flat = planeOfArray(lit, { tiltDeg: 0, azimuthDeg: 0 }, model, 0.2);
					close(flat.beamWm2 + flat.skyWm2 + flat.groundWm2, ghi, 1e-9);
				}
			},
		),
	);
});

test('behindHorizon() takes the beam from a sun lower than the horizon, and nothing else', () => {
	const light = { ghi: 500, dni: 600, dhi: 200 };
	const east = { zenithDeg: 60, azimuthDeg: 90 };
	// North 0, east 40, south 0, west 20 degrees high.
	const horizon = [0, 40, 0, 20];
	assert.equal(behindHorizon(light, east, []), light);
	assert.equal(behindHorizon(light, east, [10]), light);
	const shaded = behindHorizon(light, east, horizon);
	assert.is(shaded.dni, 0);
	assert.is(shaded.dhi, 200);
	close(shaded.ghi, 200, 1e-12);
	// Half way from south to west the horizon is 10 degrees high, half way from west to north too.
	for (const azimuthDeg of [225, 315, 360]) {
		assert.is(behindHorizon(light, { zenithDeg: 79, azimuthDeg }, horizon).dni, 600);
	}
	assert.is(behindHorizon(light, { zenithDeg: 81, azimuthDeg: 315 }, horizon).dni, 0);
});

test.run();
