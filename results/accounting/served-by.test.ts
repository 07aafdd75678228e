import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { servedBy } from './served-by.ts';
import { losslessBattery, siteSteps } from './steps.test-support.ts';

function about(actual: number, expected: number, largest = Math.abs(expected)): void {
	assert.ok(Math.abs(actual - expected) <= 1e-9 * largest, `${actual}, not ${expected}`);
}

test('what a battery held at the start is no renewable, and what is left of it stays a part of its own', () => {
	const { kwh, initialLeftKwh, initialW } = servedBy(
		siteSteps({
			loadW: [1000, 1000],
			gridW: [0, 0],
			batteries: [losslessBattery('b', 5000, [-1000, -1000])],
		}),
	);
	assert.equal(kwh, { renewable: 0, generator: 0, grid: 0, initial: 2 });
	about(initialLeftKwh, 3);
	assert.equal([...initialW], [1000, 1000]);
});

test('a battery gives what it holds in proportion: initial, sun and grid', () => {
	// 1 kWh at the start, 1 kWh of sun, 2 kWh of grid; then 2 of the 4 kWh.
	const { kwh, initialLeftKwh } = servedBy(
		siteSteps({
			loadW: [0, 0, 2000],
			productionW: [1000, 0, 0],
			gridW: [0, -2000, 0],
			batteries: [losslessBattery('b', 1000, [1000, 2000, -2000])],
		}),
	);
	about(kwh.initial, 0.5);
	about(kwh.renewable, 0.5);
	about(kwh.grid, 1);
	about(initialLeftKwh, 0.5);
});

test('one battery that charges another hands its mix on, and losses take from all alike', () => {
	const { kwh } = servedBy(
		siteSteps({
			loadW: [0, 800],
			gridW: [0, 0],
			batteries: [
				losslessBattery('a', 1000, [-1000, 0]),
				{
					name: 'b',
					powerW: Float64Array.of(1000, -800),
					storedWh: Float64Array.of(0, 900),
					finallyStoredWh: 0,
				},
			],
		}),
	);
	assert.equal(kwh, { renewable: 0, generator: 0, grid: 0, initial: 0.8 });
});

test('a generator is not renewable, at once or through the battery', () => {
	const { kwh } = servedBy(
		siteSteps({
			loadW: [1000, 1000],
			productionW: [2000, 0],
			generatorW: [500, 0],
			gridW: [0, 0],
			batteries: [losslessBattery('b', 0, [1000, -1000])],
		}),
	);
	about(kwh.generator, 0.5);
	about(kwh.renewable, 1.5);
});

const step = fc.record({
	load: fc.integer({ min: 0, max: 5000 }),
	production: fc.integer({ min: 0, max: 5000 }),
	fuel: fc.double({ min: 0, max: 1, noNaN: true }),
	powers: fc.array(fc.integer({ min: -2000, max: 2000 }), { minLength: 3, maxLength: 3 }),
});

test('origins add up to the load that was served, over random runs with three lossy batteries', () => {
	void fc.assert(
		fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (rows) => {
			const batteries = [0, 1, 2].map((i) => {
				const stored = [1000];
				const powerW = rows.map(({ powers }) => {
					const now = stored.at(-1) as number;
					const power = Math.max(-now, powers[i] as number);
					stored.push(power > 0 ? now + 0.9 * power : (now + power) * 0.999);
					return power;
				});
				return {
					name: `battery-${i}`,
					powerW: Float64Array.from(powerW),
					storedWh: Float64Array.from(stored.slice(0, -1)),
					finallyStoredWh: stored.at(-1) as number,
				};
			});
			const gridW = rows.map(
				({ load, production }, k) =>
					production - load - batteries.reduce((sum, { powerW }) => sum + (powerW[k] as number), 0),
			);
			const steps = siteSteps({
				loadW: rows.map(({ load }) => load),
				productionW: rows.map(({ production }) => production),
				generatorW: rows.map(({ production, fuel }) => production * fuel),
				gridW,
				batteries,
			});
			const { kwh, initialLeftKwh } = servedBy(steps);
			const loadKwh = rows.reduce((sum, { load }) => sum + load, 0) / 1000;
			const sum = kwh.renewable + kwh.generator + kwh.grid + kwh.initial;
			about(sum, loadKwh, loadKwh + 1);
			for (const part of Object.values(kwh)) assert.ok(part >= 0);
			// 3 kWh at the start are all there ever was of them.
			assert.ok(kwh.initial + initialLeftKwh <= 3 * (1 + 1e-9), `${kwh.initial} ${initialLeftKwh}`);
		}),
	);
});

test.run();
