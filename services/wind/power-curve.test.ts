import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { airDensityKgM3 } from './air-density.ts';
import { loadPowerCurves } from './load.ts';
import { curveOf, fractionAt, smoothed } from './power-curve.ts';
import { shearFactor } from './shear.ts';

const CUBIC = { type: 'cubic', cutInMs: 3, ratedMs: 12, cutOutMs: 25 } as const;
const unused = () => loadPowerCurves();

function near(actual: number, expected: number, tolerance: number): void {
	assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}

function refuses(run: () => unknown, pattern: RegExp): void {
	assert.throws(
		run,
		(error: unknown) => error instanceof ConfigError && pattern.test(error.message),
	);
}

test('fractionAt() of the shipped curves gives the watts that their makers publish', () => {
	// NREL turbine-models, kW by m/s; NREL/TP-500-38060 for the 5 MW turbine.
	const published = [
		[
			'offshore-5mw',
			5e3,
			[7.5, 8, 9, 11.4, 20, 25, 25.1],
			[1460.7, 1771.17, 2518.55, 5000, 5000, 5000, 0],
		],
		[
			'onshore-2.4mw',
			2430,
			[2.9, 3.25, 6, 8.5, 10, 24.75, 25.5],
			[0, 55, 532, 1576, 2430, 2430, 0],
		],
		['dw-100kw', 100, [2, 3, 7, 11, 16, 25, 26], [0, 2.16, 48.997, 99.988, 94, 41.333, 0]],
	] as const;
	for (const [turbine, ratedKw, speeds, kilowatts] of published) {
		const curve = curveOf({ type: 'turbine', turbine }, loadPowerCurves);
		for (const [i, speed] of speeds.entries())
			near(fractionAt(curve, speed) * ratedKw, kilowatts[i] as number, 0.002 * ratedKw);
	}
});

test('an ideal curve is the cube of the speed between cut-in and rated, and nothing outside', () => {
	const curve = curveOf(CUBIC, unused);
	for (const [speed, fraction] of [
		[2.99, 0],
		[3, 0],
		[6, (216 - 27) / (1728 - 27)],
		[10, (1000 - 27) / (1728 - 27)],
		[12, 1],
		[24.99, 1],
		[25.01, 0],
	] as const)
		near(fractionAt(curve, speed), fraction, 2e-4);
});

test('a table is linear between its points', () => {
	// windpowerlib 0.2.2, power_output.power_curve: 75, 300, 1375, 2000, 0 W.
	const watts = { speedsMs: [0, 4, 6, 10, 15, 25], fractions: [0, 100, 500, 1500, 2000, 2000] };
	const curve = curveOf({ type: 'table', ...watts }, unused);
	assert.equal(
		[3, 5, 9.5, 20, 26].map((speed) => fractionAt(curve, speed)),
		[75, 300, 1375, 2000, 0],
	);
});

test('smoothed() keeps the mean over all speeds, rounds the corners and never passes the most', () => {
	const curve = curveOf(CUBIC, unused);
	const smooth = smoothed(curve, 0.15);
	assert.is(smoothed(curve, 0), curve);
	fc.assert(
		fc.property(fc.double({ min: 0, max: 60, noNaN: true }), (speed) => {
			const fraction = fractionAt(smooth, speed);
			assert.ok(fraction >= 0 && fraction <= 1 + 1e-12, `${fraction}`);
		}),
	);
	// Where the curve is a cube, gusts raise the mean power by 3 sigma^2 v (the cube's second derivative).
	const [v, sigma] = [6.5, 0.15 * 6.5];
	near(fractionAt(smooth, v), fractionAt(curve, v) + (3 * sigma ** 2 * v) / (12 ** 3 - 27), 0.003);
	assert.ok(fractionAt(smooth, 12) < 0.97 && fractionAt(smooth, 2.8) > 0);
});

test('curveOf() refuses what is no curve', () => {
	refuses(() => curveOf({ type: 'turbine', turbine: 'x' }, loadPowerCurves), /known are dw-100kw/);
	refuses(() => curveOf({ ...CUBIC, ratedMs: 2 }, unused), /above the one before$/);
	const table = { type: 'table', speedsMs: [3, 2], fractions: [0, 1] } as const;
	refuses(() => curveOf({ ...table, speedsMs: [3, 2], fractions: [0, 1] }, unused), /must rise$/);
	refuses(
		() => curveOf({ ...table, speedsMs: [1, 2], fractions: [1] }, unused),
		/each speed needs one$/,
	);
});

test('shearFactor() gives the speeds of windpowerlib at the hub', () => {
	// windpowerlib 0.2.2: logarithmic_profile (10 to 100 m, roughness 0.15), hellman (10 to 80 m, 1/7).
	const log = shearFactor({ type: 'log', roughnessM: 0.15 }, 10, 100);
	near(5 * log, 7.741365227194031, 1e-12);
	near(8 * log, 12.386184363510448, 1e-12);
	near(5 * shearFactor({ type: 'power', exponent: 1 / 7 }, 10, 80), 6.729500963161781, 1e-12);
	assert.is(shearFactor({ type: 'power', exponent: 0.2 }, 50, 50), 1);
	refuses(
		() => shearFactor({ type: 'log', roughnessM: 2 }, 10, 1.5),
		/heights above the roughness$/,
	);
});

test('airDensityKgM3() is that of the standard atmosphere', () => {
	// ISO 2533: 15 degC at sea level, 8.5 at 1000 m, 2 at 2000 m.
	near(airDensityKgM3(0, 15), 1.225, 1e-4);
	near(airDensityKgM3(1000, 8.5), 1.1117, 2e-4);
	near(airDensityKgM3(2000, 2), 1.0066, 2e-4);
});

test.run();
