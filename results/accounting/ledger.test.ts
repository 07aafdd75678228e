import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { carbonLedger, energyLedger } from './ledger.ts';
import { losslessBattery, siteSteps } from './steps.test-support.ts';

function about(actual: number, expected: number, message = ''): void {
	const off = Math.abs(actual - expected);
	assert.ok(off <= 1e-9 * Math.max(1, Math.abs(expected)), `${message} ${actual}, not ${expected}`);
}

test('a battery charged at 400 g and discharged at 100 g hands on the 400 g', () => {
	// An hour of charging 1 kW from the grid, then an hour of serving 1 kW of load from it.
	const steps = siteSteps({
		loadW: [0, 1000],
		gridW: [-1000, 0],
		batteries: [losslessBattery('battery', 0, [1000, -1000])],
	});
	const carbon = carbonLedger(steps, Float64Array.of(400, 100), 0);
	about(carbon.importG, 400);
	about(carbon.loadG, 400);
	about(carbon.loadGPerKwh[1] as number, 400);
	about(carbon.closingG, 0);
	about(carbon.gridOnlyG, 100);
});

test('a battery mixes sun and grid, and what is left keeps the mix', () => {
	// 1 kWh of sun and 1 kWh of grid at 300 g in the battery; half of it leaves.
	const steps = siteSteps({
		loadW: [0, 0, 1000],
		productionW: [1000, 0, 0],
		gridW: [0, -1000, 0],
		batteries: [losslessBattery('battery', 0, [1000, 1000, -1000])],
	});
	const carbon = carbonLedger(steps, Float64Array.of(500, 300, 50), 0);
	about(carbon.loadG, 150);
	about(carbon.closingG, 150);
	about(carbon.loadGPerKwh[2] as number, 150);
});

test('losses of a battery raise the intensity of what is left', () => {
	// 1 kWh bought at 200 g, of which 0.8 are stored and 0.8 delivered: 250 g/kWh.
	const steps = siteSteps({
		loadW: [0, 800],
		gridW: [-1000, 0],
		batteries: [
			{
				name: 'battery',
				powerW: Float64Array.of(1000, -800),
				storedWh: Float64Array.of(0, 800),
				finallyStoredWh: 0,
			},
		],
	});
	const carbon = carbonLedger(steps, Float64Array.of(200, 100), 0);
	about(carbon.loadGPerKwh[1] as number, 250);
	about(carbon.loadG, carbon.importG);
});

test('self-discharge leaves its carbon with the rest', () => {
	const steps = siteSteps({
		loadW: [0, 0, 500],
		gridW: [-1000, 0, 0],
		batteries: [
			{
				name: 'battery',
				powerW: Float64Array.of(1000, 0, -500),
				storedWh: Float64Array.of(0, 1000, 500),
				finallyStoredWh: 0,
			},
		],
	});
	about(carbonLedger(steps, Float64Array.of(300, 0, 0), 0).loadG, 300);
});

test('an export hour is credited nowhere but in its own figure', () => {
	const steps = siteSteps({ loadW: [500, 500], productionW: [2000, 0], gridW: [1500, -500] });
	const carbon = carbonLedger(steps, Float64Array.of(400, 400), 0);
	about(carbon.importG, 200);
	about(carbon.loadG, 200);
	about(carbon.exportCreditG, 600);
	about(carbon.gridOnlyG, 400);
	const energy = energyLedger(steps);
	about(energy.productionToLoadKwh, 0.5);
	about(energy.productionToGridKwh, 1.5);
	about(energy.gridToLoadKwh, 0.5);
});

test('what a battery holds at the start counts at the opening intensity', () => {
	const steps = siteSteps({
		loadW: [1000],
		gridW: [0],
		batteries: [losslessBattery('battery', 2000, [-1000])],
	});
	const carbon = carbonLedger(steps, Float64Array.of(400), 120);
	about(carbon.openingG, 240);
	about(carbon.loadG, 120);
	about(carbon.closingG, 120);
});

test('islanded: what nobody serves is unserved, what nobody takes is curtailed', () => {
	const steps = siteSteps({
		loadW: [1000, 1000],
		productionW: [400, 1800],
		gridW: [0, 0],
		curtailedW: [0, 800],
	});
	const energy = energyLedger(steps);
	about(energy.unservedKwh, 0.6);
	about(energy.curtailedKwh, 0.8);
});

/** A step of a random site: powers in whole W, so that sums are exact. */
const arbitraryStep = fc.record({
	load: fc.integer({ min: 0, max: 5000 }),
	production: fc.integer({ min: 0, max: 5000 }),
	powers: fc.array(fc.integer({ min: -2000, max: 2000 }), { minLength: 3, maxLength: 3 }),
	intensity: fc.double({ min: 0, max: 900, noNaN: true }),
});

test('energy and carbon balance over random runs with three lossy batteries', () => {
	fc.assert(
		fc.property(fc.array(arbitraryStep, { minLength: 1, maxLength: 40 }), (rows) => {
			const batteries = [0, 1, 2].map((i) => {
				const stored = [1000];
				for (const { powers } of rows) {
					const wanted = powers[i] as number;
					const now = stored.at(-1) as number;
					stored.push(wanted > 0 ? now + 0.9 * wanted : Math.max(0, now + wanted) * 0.999);
				}
				const powerW = rows.map(({ powers }, k) => {
					const wanted = powers[i] as number;
					return wanted > 0 ? wanted : Math.max(-(stored[k] as number), wanted);
				});
				return {
					name: `battery-${i}`,
					powerW: Float64Array.from(powerW),
					storedWh: Float64Array.from(stored.slice(0, -1)),
					finallyStoredWh: stored.at(-1) as number,
				};
			});
			const batteryW = (k: number) =>
				batteries.reduce((sum, { powerW }) => sum + (powerW[k] as number), 0);
			const steps = siteSteps({
				loadW: rows.map(({ load }) => load),
				productionW: rows.map(({ production }) => production),
				gridW: rows.map(({ load, production }, k) => production - load - batteryW(k)),
				batteries,
			});
			const intensity = Float64Array.from(rows, (row) => row.intensity);
			const c = carbonLedger(steps, intensity, 250);
			about(c.openingG + c.importG, c.loadG + c.exportedG + c.closingG, 'carbon');
			const perStep = rows.reduce(
				(sum, { load }, k) => sum + (c.loadGPerKwh[k] as number) * (load / 1000),
				0,
			);
			about(perStep, c.loadG, 'load by step');
			const e = energyLedger(steps);
			const sum = (pick: (k: number) => number) =>
				rows.reduce((total, _, k) => total + pick(k), 0) / 1000;
			about(
				e.productionToLoadKwh + e.batteryToLoadKwh + e.gridToLoadKwh + e.unservedKwh,
				sum((k) => rows[k]?.load ?? 0),
				'load',
			);
			about(
				e.productionToLoadKwh + e.productionToBatteryKwh + e.productionToGridKwh + e.curtailedKwh,
				sum((k) => rows[k]?.production ?? 0),
				'production',
			);
			about(
				e.gridToLoadKwh + e.gridToBatteryKwh,
				sum((k) => Math.max(0, -(steps.gridW[k] as number))),
				'import',
			);
			about(
				e.productionToGridKwh + e.batteryToGridKwh,
				sum((k) => Math.max(0, steps.gridW[k] as number)),
				'export',
			);
			assert.is(e.unservedKwh < 1e-9, true);
		}),
		{ numRuns: 300 },
	);
});

test.run();
