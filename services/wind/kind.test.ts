import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { DAY_US, HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import * as fc from '../../tests/properties.test-support.ts';
import type { WindConfig } from './config.ts';
import type { TurbineState } from './kind.ts';
import { actorOf, BREEZE, type Row, rowsOf, stepAll, TURBINE } from './turbine.test-support.ts';
import { CELL_US } from './wind-process.ts';

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

function near(actual: number, expected: number, part: number): void {
	const bound = part * Math.abs(expected);
	assert.ok(Math.abs(actual - expected) <= bound, `${actual} is not ${expected} within ${bound}`);
}

/** The mean of f over a Weibull distribution. */
function weibullMean(meanMs: number, shape: number, f: (speed: number) => number): number {
	const gamma = { 1.5: 0.9027452929509336, 2: 0.886226925452758, 3: 0.8929795115692493 }[shape];
	const scale = meanMs / (gamma as number);
	const POINTS = 20_000;
	let sum = 0;
	for (let i = 0; i < POINTS; i++) {
		const p = (i + 0.5) / POINTS;
		sum += f(scale * (-Math.log(1 - p)) ** (1 / shape));
	}
	return sum / POINTS;
}

const cubic = (v: number) =>
	v < 3 || v > 25 ? 0 : 1000 * Math.min(1, (v ** 3 - 27) / (12 ** 3 - 27));

test('a synthetic wind has the Weibull distribution asked for, and the energy that follows from it', () => {
	// About 10,000 independent winds leave 0.5 % of sampling noise (one sigma) in the mean, 1 % in the energy, 3 % in calms.
	for (const [weibullShape, meanMs] of [
		[1.5, 5],
		[2, 6],
		[3, 8],
	] as const) {
		const source = { ...BREEZE, weibullShape, meanMs, correlationHours: 0.5 };
		const rows = rowsOf({ source }, 400 * DAY_US);
		const speeds = rows.map(({ wind }) => wind[0] as number);
		near(mean(speeds), meanMs, 0.02);
		near(mean(rows.map(({ powerW }) => powerW)), weibullMean(meanMs, weibullShape, cubic), 0.04);
		const calm = speeds.filter((speed) => speed < meanMs / 2).length / speeds.length;
		near(
			calm,
			weibullMean(meanMs, weibullShape, (v) => (v < meanMs / 2 ? 1 : 0)),
			0.1,
		);
	}
});

test('a synthetic wind forgets itself in the time asked for', () => {
	for (const correlationHours of [3, 10]) {
		const source = { ...BREEZE, correlationHours };
		const rows = rowsOf({ source, stepUs: HOUR_US }, 800 * DAY_US);
		const squares = rows.map(({ wind }) => (wind[0] as number) ** 2);
		const average = mean(squares);
		const variance = mean(squares.map((value) => (value - average) ** 2));
		const lag = correlationHours;
		const products = squares
			.slice(lag)
			.map((value, i) => (value - average) * ((squares[i] as number) - average));
		// Hourly means are a little smoother than ten minutes.
		near(mean(products) / variance, Math.exp(-1), 0.2);
	}
});

test('a synthetic wind follows the months and the hour of the day', () => {
	const months = [9, 9, 9, 9, 9, 3, 3, 3, 9, 9, 9, 9];
	const seasons = { ...BREEZE, meanMs: months, correlationHours: 1 };
	const rows = rowsOf({ source: seasons, stepUs: HOUR_US }, 366 * DAY_US);
	const inMonth = (month: number) =>
		mean(
			rows
				.filter(
					({ timeUs }) => new Date(TURBINE.startEpochMs + timeUs / 1000).getUTCMonth() === month,
				)
				.map(({ wind }) => wind[0] as number),
		);
	near(inMonth(0), 9, 0.1);
	near(inMonth(6), 3, 0.1);
	const daily = { ...BREEZE, dailyAmplitudeFraction: 0.25, correlationHours: 1 };
	const windy = rowsOf({ source: daily, stepUs: HOUR_US, longitude: 30 }, 366 * DAY_US);
	const atHour = (hour: number) =>
		mean(
			windy
				.filter(({ timeUs }) => (timeUs / HOUR_US) % 24 === hour)
				.map(({ wind }) => wind[0] as number),
		);
	// Two hours before UTC noon's 15:00 at 30 degrees east.
	near(atHour(13), 6 * 1.25, 0.08);
	near(atHour(1), 6 * 0.75, 0.08);
});

test('the energy does not depend on how the time is cut into steps', () => {
	const energy = (stepUs: number) =>
		rowsOf({ stepUs }, 7 * DAY_US).reduce((sum, { powerW }) => sum + powerW * stepUs, 0);
	const exact = energy(CELL_US);
	for (const stepUs of [MINUTE_US, 7 * MINUTE_US, 15 * MINUTE_US, HOUR_US, DAY_US])
		near(energy(stepUs), exact, 1e-10);
});

test('windKind goes on from a snapshot as if nothing had happened, and differs between seeds', () => {
	const whole = rowsOf({});
	const first = actorOf(TURBINE);
	const state = first.init();
	const rows = stepAll(first, state, { fromUs: 0, untilUs: 12 * HOUR_US });
	const snapshot = JSON.parse(JSON.stringify(state)) as TurbineState;
	rows.push(...stepAll(actorOf(TURBINE, 9), snapshot, { fromUs: 12 * HOUR_US, untilUs: DAY_US }));
	assert.equal(rows, whole);
	assert.not.equal(rowsOf({}, DAY_US, 2), whole);
});

test('windKind never gives negative power, nor more than rated where no density says so', () => {
	fc.assert(
		fc.property(
			fc.record({
				altitudeM: fc.double({ min: -400, max: 5000, noNaN: true }),
				hubHeightM: fc.double({ min: 5, max: 200, noNaN: true }),
				turbulenceIntensity: fc.constantFrom(0, 0.1),
				densityCorrection: fc.constantFrom('none' as const, 'speed' as const),
				powerCurve: fc.constantFrom(
					...(['dw-100kw', 'onshore-2.4mw', 'offshore-5mw'] as const).map(
						(turbine) => ({ type: 'turbine', turbine }) as const,
					),
				),
			}),
			fc.integer(),
			(change, seed) => {
				for (const { powerW, wind } of rowsOf(change, DAY_US / 2, seed)) {
					assert.ok(powerW >= 0 && powerW <= 1000 + 1e-6, `${powerW}`);
					assert.ok(wind.every(Number.isFinite));
				}
			},
		),
		{ numRuns: 40 },
	);
});

test('thin air lowers the power as IEC 61400-12-1 has it, and availability lowers it all', () => {
	const source = { type: 'constant', speedMs: 8 } as const;
	const power = (change: Partial<WindConfig>) =>
		rowsOf({ source, ...change }, 10 * MINUTE_US)[0] as Row;
	const full = power({}).powerW;
	near(full, cubic(8), 1e-3);
	near(power({ availabilityFraction: 0.9 }).powerW, 0.9 * full, 1e-12);
	const high = { altitudeM: 2000, airMeanC: new Array(12).fill(2) };
	// 1.0066 kg/m3 at 2000 m, 2 degC, and 0.3 % less 30 m further up.
	const thin = power({ ...high, densityCorrection: 'power' });
	near(thin.wind[2] as number, 0.8193, 1e-3);
	near(thin.powerW, full * (thin.wind[2] as number), 1e-12);
	const corrected = power({ ...high, densityCorrection: 'speed' }).powerW;
	near(corrected, cubic(8 * Math.cbrt(thin.wind[2] as number)), 2e-3);
});

test('a hub above the mast has the faster wind', () => {
	const source = { type: 'constant', speedMs: 5 } as const;
	const change = { source, measuredAtM: 10, hubHeightM: 80 };
	const [row] = rowsOf({ ...change, shear: { type: 'power', exponent: 1 / 7 } }, 10 * MINUTE_US);
	near(row?.wind[1] as number, 6.729500963161781, 1e-12);
	near(row?.powerW as number, cubic(6.729500963161781), 2e-3);
});

test('a traced wind gives the mean power of its samples, not the power of their mean', () => {
	const path = join(mkdtempSync(join(tmpdir(), 'wind-')), 'wind.csv');
	writeFileSync(path, 'time,speed\n0,4\n1800,12\n3600,2\n');
	const source = {
		type: 'trace',
		path,
		column: null,
		fill: 'ffill',
		anchor: null,
		scale: 1,
	} as const;
	const rows = rowsOf({ source, stepUs: HOUR_US }, 2 * HOUR_US);
	near(rows[0]?.powerW as number, (cubic(4) + 1000) / 2, 1e-3);
	assert.is(rows[0]?.wind[0], 8);
	assert.is(rows[1]?.powerW, 0);
	writeFileSync(path, 'time,speed\n0,4\n1800,-1\n');
	assert.throws(
		() => rowsOf({ source }),
		(error: unknown) =>
			error instanceof ConfigError && /value -1; a speed is 0/.test(error.message),
	);
});

test.run();
