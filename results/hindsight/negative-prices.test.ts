import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
	chargeLevelWh,
	feasibleRange,
	makeBattery,
	stepBattery,
} from '../../services/battery/battery.ts';
import type { HindsightBattery, HindsightCase, Objective } from './case.ts';
import { type Bound, solveHindsight } from './hindsight.ts';

/** Prices of a day with negative ones, by hour. */
const SUNNY_DAY = [
	...[0.1, 0.1, 0.09, 0.09, 0.09, 0.1, 0.12, 0.15, 0.1, 0.02, -0.05, -0.15],
	...[-0.25, -0.2, -0.1, -0.02, 0.05, 0.12, 0.2, 0.22, 0.18, 0.14, 0.12, 0.1],
];
const SUNNY_DAYS = [...SUNNY_DAY, ...SUNNY_DAY];
const LINEAR: HindsightBattery = {
	...{ initialKwh: 2, finalKwh: 2, minKwh: 0.4, maxKwh: 4, maxChargeKw: 2, maxDischargeKw: 2 },
	...{ etaCharge: 0.96, etaDischarge: 0.96, selfDischargePerHour: 0, standbyKw: 0 },
};

function hours(needKw: readonly number[], battery: HindsightBattery): HindsightCase {
	return {
		...{ stepH: 1, needKw: Float64Array.from(needKw), connected: null, importLimitKw: null },
		...{ exportLimitKw: null, mayCurtail: false, batteriesExport: true },
		...{ batteries: [battery], generators: [] },
	};
}

function near(actual: number, expected: number): void {
	assert.ok(Math.abs(actual - expected) <= 1e-6 * Math.abs(expected), `${actual}`);
}

/** What the schedule of a bound costs when real batteries follow it; they refuse what they cannot do. */
function costOf(run: HindsightCase, bound: Bound, { weights, earnings }: Objective): number {
	const { initialKwh, minKwh, maxKwh, etaCharge, etaDischarge } = run
		.batteries[0] as HindsightBattery;
	let battery = makeBattery({
		...{ type: 'linear', capacityWh: 1000 * maxKwh, initialSoc: initialKwh / maxKwh },
		...{ minSoc: minKwh / maxKwh, maxSoc: 1, chargeCRate: 0.5, dischargeCRate: 0.5 },
		...{ etaCharge, etaDischarge, selfDischargePerHour: 0, standbyW: 0 },
	});
	let cost = 0;
	run.needKw.forEach((needKw, k) => {
		const { minW, maxW } = feasibleRange(battery, 3600);
		const wantedW = 1000 * ((bound.batteriesKw[0] as Float64Array)[k] as number);
		assert.ok(wantedW >= minW - 1e-3 && wantedW <= maxW + 1e-3, `${minW} ${wantedW} ${maxW}`);
		const [next, executedW] = stepBattery(battery, Math.max(minW, Math.min(maxW, wantedW)), 3600);
		battery = next;
		const importKw = needKw + executedW / 1000;
		cost += Math.max(0, importKw) * (weights[k] as number);
		cost -= Math.max(0, -importKw) * (earnings?.[k] ?? 0);
	});
	assert.ok(chargeLevelWh(battery) >= 1000 * LINEAR.finalKwh - 1e-3);
	return cost;
}

/** No two hours are joined, so that the schedule has them all. */
function apart(values: readonly number[]): Float64Array {
	return Float64Array.from(values, (value, k) => value + 1e-9 * k);
}

test('the least cost at negative prices is what a battery that follows the schedule pays', async () => {
	const run = hours(new Array(48).fill(0.5), LINEAR);
	const weights = apart(SUNNY_DAYS);
	for (const [batteriesExport, usd] of [
		[true, -1.5701],
		[false, -1.5201],
	] as const) {
		const objective = { weights, earnings: null, generatorWeights: [] };
		const bound = (await solveHindsight({ ...run, batteriesExport }, objective)) as Bound;
		assert.ok(Math.abs(bound.optimum - usd) < 1e-4, `${bound.optimum}`);
		assert.is(bound.isLoose, false);
		assert.ok(Math.abs(costOf(run, bound, objective) - bound.optimum) < 1e-5);
	}
});

test('exports earn by the hour: a battery sells in the dear ones, and sun is not sold at a loss', async () => {
	const sun = [0, 0, -1, -1, 0, 0, 0.5, 0.5];
	const run = hours(sun, { ...LINEAR, finalKwh: 0.4, initialKwh: 0.4 });
	const weights = apart([0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3]);
	const earnings = Float64Array.of(0.1, 0.1, -0.1, 0.02, 0.25, 0.4, 0.1, 0.1);
	const objective = { weights, earnings, generatorWeights: [] };
	const bound = (await solveHindsight(run, objective)) as Bound;
	// 2 kWh are sold at 0.4: 1.92 of the 2 / 0.96 stored are from 2 kWh of sun, the rest was bought at 0.3 as the last need is.
	near(bound.optimum, -0.4 * 2 + 0.3 * (1 + (2 / 0.96 - 0.96 * 2) / 0.96));
	near(bound.baseline, 0.1 - 0.02 + 0.3);
	const kept = (await solveHindsight({ ...run, batteriesExport: false }, objective)) as Bound;
	// It covers the 1 kWh of the evening; what sun is not needed for that is sold at 0.02 as far as that is.
	near(kept.optimum, -0.02 * (2 - 1 / 0.96 ** 2));
});

test('with more hours at negative prices than can be decided the bound says that it is one', async () => {
	const many = Array.from({ length: 24 * 5 }, (_, k) => SUNNY_DAY[k % 24] as number);
	const run = hours(new Array(many.length).fill(0.5), LINEAR);
	const objective = { weights: apart(many), earnings: null, generatorWeights: [] };
	const few = (await solveHindsight(run, objective)) as Bound;
	assert.is(few.isLoose, false);
	const twice = { ...run, needKw: new Float64Array(8 * many.length).fill(0.5) };
	const weights = apart(new Array(8).fill(many).flat());
	const loose = (await solveHindsight(twice, { ...objective, weights })) as Bound;
	assert.is(loose.isLoose, true);
	assert.ok(loose.optimum <= 8 * few.optimum + 1e-3);
});

test.run();
