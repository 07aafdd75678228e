import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { DAY_US, HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import { close } from '../../tests/close.test-support.ts';
import * as fc from '../../tests/properties.test-support.ts';
import type { SolarConfig } from './config.ts';
import { solarKind } from './kind.ts';
import { STANDARD_CHAIN } from './location-defaults.ts';
import { solarDefaults } from './locations.ts';
import { findLocation } from './places.ts';
import type { SolarState } from './sky-source.ts';
import { type SolarRow, solarActor, stepSolar } from './testdata/run-solar.ts';

const CLEAR_BERLIN: SolarConfig = {
	...STANDARD_CHAIN,
	horizonDeg: [],
	stepUs: 15 * MINUTE_US,
	startEpochMs: Date.UTC(2024, 5, 21),
	latitude: 52.52,
	longitude: 13.405,
	altitudeM: 34,
	tiltDeg: 35,
	azimuthDeg: 180,
	peakPowerW: 5000,
	inverterPowerW: 4500,
	lossesPercent: 14.075660688264469,
	temperatureCoefficientPerK: -0.0037,
	linkeTurbidity: 3,
	airTemperature: { meanC: 22, dailyAmplitudeC: 0 },
	windMs: 3,
	albedo: 0.25,
	sky: { type: 'clear' },
};

const CLOUDY: SolarConfig = {
	...CLEAR_BERLIN,
	airTemperature: { meanC: 20, dailyAmplitudeC: 4 },
	sky: {
		type: 'stochastic',
		indexQuantiles: [0.05, 0.6, 1.05],
		dayShare: 0.6,
		fastHours: 1,
		dayPersistence: 0.4,
		months: Array.from({ length: 12 }, () => ({ ghiKwhPerM2Day: 4, dailyIndexStd: 0.2 })),
		yearStream: null,
	},
};

function rowsOf(config: SolarConfig, untilUs = DAY_US, seed = 1): SolarRow[] {
	const actor = solarActor(config, seed);
	const rows: SolarRow[] = [];
	stepSolar(actor, actor.init(), { fromUs: 0, untilUs }, (row) => rows.push(row));
	return rows;
}

function energyWh(rows: readonly SolarRow[], stepUs: number): number {
	return rows.reduce((sum, { powerW }) => sum + powerW, 0) * (stepUs / HOUR_US);
}

test('solarKind under a clear sky makes the energy of the whole-chain day of pvlib', () => {
	// 0.2 %: the reference day is made of 48 instants, this one of 96 step middles.
	const rows = rowsOf(CLEAR_BERLIN);
	close(energyWh(rows, CLEAR_BERLIN.stepUs), 30_547.546, 0.002);
	assert.is(rows.length, 96);
	assert.ok(rows.every(({ weather }) => weather[5] === 1));
});

test('solarKind makes the same day energy with steps of 1 and of 15 minutes within 1 %', () => {
	for (const config of [CLEAR_BERLIN, CLOUDY]) {
		const fine = { ...config, stepUs: MINUTE_US };
		const coarse = { ...config, stepUs: 15 * MINUTE_US };
		close(energyWh(rowsOf(coarse), coarse.stepUs), energyWh(rowsOf(fine), fine.stepUs), 0.01);
	}
});

test('solarKind shows the same weather whatever the step', () => {
	const byTime = (stepUs: number) =>
		new Map(rowsOf({ ...CLOUDY, stepUs }).map((row) => [row.timeUs, row.weather[5] as number]));
	const minutes = byTime(MINUTE_US);
	const cells = byTime(5 * MINUTE_US);
	for (const [timeUs, index] of cells) close(minutes.get(timeUs) as number, index, 1e-12);
	for (const [timeUs, index] of byTime(10 * MINUTE_US)) {
		const [first, second] = [cells.get(timeUs), cells.get(timeUs + 5 * MINUTE_US)];
		close(index, ((first as number) + (second as number)) / 2, 1e-12);
	}
});

test('solarKind repeats a day for a seed, differs between seeds', () => {
	assert.equal(rowsOf(CLOUDY, DAY_US, 7), rowsOf(CLOUDY, DAY_US, 7));
	assert.not.equal(rowsOf(CLOUDY, DAY_US, 7), rowsOf(CLOUDY, DAY_US, 8));
});

test('solarKind goes on from a snapshot as if nothing had happened', () => {
	const whole = rowsOf(CLOUDY);
	const first = solarActor(CLOUDY);
	const rows: SolarRow[] = [];
	const see = (row: SolarRow) => rows.push(row);
	const half = stepSolar(first, first.init(), { fromUs: 0, untilUs: 12 * HOUR_US }, see);
	const snapshot = JSON.parse(JSON.stringify(half)) as SolarState;
	const second = solarActor(CLOUDY);
	stepSolar(second, snapshot, { fromUs: 12 * HOUR_US, untilUs: DAY_US }, see);
	assert.equal(rows, whole);
});

test('solarKind never gives negative or more than rated power, wherever and whenever', () => {
	const arbitrary = fc.record({
		latitude: fc.double({ min: -90, max: 90, noNaN: true }),
		longitude: fc.double({ min: -180, max: 180, noNaN: true }),
		startEpochMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
		tiltDeg: fc.double({ min: 0, max: 90, noNaN: true }),
		azimuthDeg: fc.double({ min: 0, max: 360, noNaN: true }),
	});
	fc.assert(
		fc.property(arbitrary, fc.integer(), (place, seed) => {
			for (const { powerW, weather } of rowsOf({ ...CLOUDY, ...place }, DAY_US / 2, seed)) {
				assert.ok(powerW >= 0 && powerW <= 4500 + 1e-9, `${powerW} W`);
				assert.ok(weather.every(Number.isFinite), `${weather}`);
				assert.ok(
					weather.slice(0, 4).every((value) => value >= -1e-9),
					`${weather}`,
				);
			}
		}),
		{ numRuns: 40 },
	);
});

test('solarKind without modules gives no power but has weather', () => {
	const rows = rowsOf({ ...CLEAR_BERLIN, peakPowerW: 0, inverterPowerW: null });
	assert.ok(rows.every(({ powerW }) => powerW === 0));
	assert.ok(rows.some(({ weather }) => (weather[0] as number) > 800));
});

test('solarKind under a traced sky gives the trace, as fractions and as watts', () => {
	const path = join(mkdtempSync(join(tmpdir(), 'solar-')), 'pv.csv');
	writeFileSync(path, 'time,pv\n0,0.5\n1800,0.25\n3600,0\n');
	const trace = { path, column: 'pv', fill: 'ffill', anchor: null, scale: 1 } as const;
	const sky = { type: 'trace', unit: 'fraction', sampling: 'start', ...trace } as const;
	const powers = (change: Partial<SolarConfig>) =>
		rowsOf({ ...CLEAR_BERLIN, ...change }, 75 * MINUTE_US).map(({ powerW }) => powerW);
	assert.equal(powers({ sky }), [2500, 2500, 1250, 1250, 0]);
	assert.equal(powers({ sky: { ...sky, unit: 'W', scale: 100 } }), [50, 50, 25, 25, 0]);
	const mean = { ...sky, sampling: 'mean' } as const;
	assert.equal(powers({ sky: mean, stepUs: HOUR_US }), [1875, 0]);
	// What the inverter draws at night is a load of the plant.
	writeFileSync(path, 'time,pv\n0,0.5\n1800,-0.001\n');
	assert.equal(powers({ sky }), [2500, 2500, -5, -5, -5]);
	writeFileSync(path, 'time,pv\n0,0.5\n1800,-0.25\n');
	assert.throws(
		() => solarActor({ ...CLEAR_BERLIN, sky }),
		(error: unknown) => error instanceof ConfigError && /value -0.25/.test(error.message),
	);
});

test('solarKind.config refuses what cannot be', () => {
	const refuses = (change: Record<string, unknown>) =>
		assert.not(solarKind.config.safeParse({ ...CLEAR_BERLIN, ...change }).success);
	refuses({ latitude: 91 });
	refuses({ peakPowerW: -1 });
	refuses({ stepUs: 0 });
	refuses({ sky: { type: 'rainy' } });
	refuses({ sky: { ...CLOUDY.sky, indexQuantiles: [0.5, 0.2] } });
	refuses({ windMs: undefined });
});

test('solarDefaults() make a configuration that the actor takes', () => {
	const run = { stepUs: MINUTE_US, startEpochMs: Date.UTC(2024, 0, 15), peakPowerW: 600 };
	const config = solarDefaults(findLocation('Sydney'), run);
	assert.equal(solarKind.config.parse(config), config);
	assert.equal(config.airTemperature.meanC, findLocation('Sydney').climate.airMeanC);
	assert.is(config.azimuthDeg, 0);
});

test.run();
