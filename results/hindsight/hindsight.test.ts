import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { batteryLimits } from '../../services/battery/limits.ts';
import {
	connectMicrogrid,
	type Given,
	type Microgrid,
} from '../../services/controller/microgrid.test-support.ts';
import { anyMicrogrid } from '../../services/controller/random-microgrid.test-support.ts';
import { anySizedMicrogrid } from '../../services/controller/sized-microgrid.test-support.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { fuelLPerH } from '../accounting/fuel.ts';
import { blocksOf } from './blocks.ts';
import { decayOver, type HindsightBattery, type HindsightCase, needKw } from './case.ts';
import { type Bound, solveHindsight } from './hindsight.ts';

const BATTERY: HindsightBattery = {
	...{ initialKwh: 0, finalKwh: 0, minKwh: 0, maxKwh: 2 },
	...{ maxChargeKw: 1, maxDischargeKw: 1, etaCharge: 1, etaDischarge: 1 },
	...{ selfDischargePerHour: 0, standbyKw: 0 },
};

function hours(needKw: readonly number[], battery: Partial<HindsightBattery> = {}): HindsightCase {
	return {
		...{ stepH: 1, needKw: Float64Array.from(needKw), connected: null },
		...{ importLimitKw: null, exportLimitKw: null, mayCurtail: true, batteriesExport: true },
		...{ batteries: [{ ...BATTERY, ...battery }], generators: [] },
	};
}

/** The same where a deficit goes unserved. */
const anyServed = anySizedMicrogrid.map(({ microgrid, steps }) => ({
	steps,
	microgrid: { ...microgrid, shedding: microgrid.shedding ?? { order: [], hysteresisSoc: 0 } },
}));

async function least(run: HindsightCase, weights: readonly number[], fuel: number[] = []) {
	const objective = { weights: Float64Array.from(weights), earnings: null, generatorWeights: fuel };
	const bound = await solveHindsight(run, objective);
	assert.ok(bound);
	return bound ?? assert.unreachable();
}

function near(actual: number, expected: number): void {
	assert.ok(Math.abs(actual - expected) <= 1e-6 * Math.abs(expected), `${actual}`);
}

test('solveHindsight() shifts what is dear to what is cheap, by hand', async () => {
	// 1 kW of need in four hours. 1 kWh can be bought in each cheap hour and used in each dear one.
	const shifted = await least(hours([1, 1, 1, 1]), [100, 100, 300, 300]);
	near(shifted.optimum, 2 * 100 + 2 * 100);
	near(shifted.baseline, 800);
	// A round trip of 0.64 makes a bought kWh cost 1 / 0.64 as much: still worth it, then not any more.
	const lossy = { etaCharge: 0.8, etaDischarge: 0.8, maxChargeKw: null };
	near((await least(hours([1, 1], lossy), [100, 300])).optimum, 100 + 100 / 0.64);
	near((await least(hours([1, 1], lossy), [100, 150])).optimum, 250);
});

test('solveHindsight() may use what is stored but for what the run left', async () => {
	const full = { initialKwh: 2, finalKwh: 1.5 };
	near((await least(hours([1, 1], full), [100, 300])).optimum, 100 + 0.5 * 300);
});

test('solveHindsight() keeps what a battery was to hold while it was to hold it', async () => {
	const full = { initialKwh: 2, finalKwh: 0 };
	const need = [1, 1, 1, 1];
	const weights = [100, 300, 200, 50];
	near((await least(hours(need, full), weights)).optimum, 150);
	// 1.5 kWh are kept up to the end of the second hour, and none after it.
	const kept = { ...full, floorsKwh: Float64Array.of(1.5, 1.5, 0, 0) };
	near((await least(hours(need, kept), weights)).optimum, 100 + 0.5 * 300 + 0.5 * 50);
	// Less than the least is no demand.
	const low = { ...full, minKwh: 1, floorsKwh: Float64Array.of(0, 0, 0, 0) };
	near((await least(hours(need, low), weights)).optimum, 100 + 200 + 50);
});

test('solveHindsight() keeps to outages, import limits and generators', async () => {
	const away = { ...hours([1, 1]), connected: Float64Array.of(1, 0) };
	near((await least(away, [100, 1])).optimum, 200);
	const limited = { ...hours([0, 1]), importLimitKw: 0.75 };
	near((await least(limited, [100, 10])).optimum, 0.75 * 10 + 0.25 * 100);
	const diesel = { ...hours([1, 1], { maxKwh: 0 }), generators: [{ ratedKw: 0.5 }] };
	near((await least(diesel, [100, 300], [200])).optimum, 100 + 0.5 * 300 + 0.5 * 200);
});

test('solveHindsight() counts self-discharge', async () => {
	const leaking = { selfDischargePerHour: Math.log(2), maxChargeKw: null };
	// Of what is bought in the first hour, (1 - e^-x) / x arrives, and half of that is left an hour later.
	const { hours: counted } = decayOver(Math.log(2), 1);
	const { optimum } = await least(hours([0, 1], { ...leaking, maxKwh: 9 }), [1, 1000]);
	near(optimum, (1 * counted) / 0.5 / counted);
});

test('blocksOf() joins steps that are alike and loses nothing by it', async () => {
	const need = [1, 2, 0.5, -3, -1, 2, 2, 1, -0.5, 1];
	const weights = [5, 5, 5, 5, 5, 9, 9, 9, 9, 2];
	const run = hours(need);
	const reach = { bringKw: 1, takeKw: 1 };
	const objective = {
		...{ weights: Float64Array.from(weights), earnings: null, generatorWeights: [] },
	};
	const { blocks } = blocksOf(run, objective, reach);
	assert.equal(
		blocks.map(({ steps }) => steps),
		[3, 2, 3, 1, 1],
	);
	const joined = (await least(run, weights)).optimum;
	// Weights that differ by next to nothing keep the steps apart.
	const apart = weights.map((weight, i) => weight * (1 + 1e-12 * i));
	near((await least(run, apart)).optimum, joined);
});

/** The run as the report would hand it over, and what it came to. */
function played(microgrid: Microgrid, steps: readonly Given[], of: 'carbon' | 'price' | 'exports') {
	const goal = of === 'carbon' ? 'carbon' : 'price';
	const { step } = connectMicrogrid(microgrid);
	const stepH = microgrid.stepUs / 3.6e9;
	const needs = new Float64Array(steps.length);
	const connected = new Float64Array(steps.length).fill(microgrid.mode === 'islanded' ? 0 : 1);
	const weights = Float64Array.from(
		steps,
		(given) => (given[goal] ?? 0) - (goal === 'price' ? 99 : 0),
	);
	// Now more than imports cost, now less than nothing.
	const earnings =
		of === 'exports' ? Float64Array.from(weights, (usd, k) => usd * (k % 3) - 20 * (k % 2)) : null;
	let mayCurtail = false;
	const initialKwh = microgrid.models.map(() => 0);
	const finalKwh = microgrid.models.map(() => 0);
	const curve = (ratedPowerW: number) => ({
		...{ ratedPowerW, fuelSlopeLPerKwh: 0.246, fuelInterceptLPerKwh: 0.08415 },
	});
	const leastKwh = microgrid.models.map((model) => {
		const { minSoc, capacityWh } = batteryLimits(model);
		return (minSoc * capacityWh) / 1000;
	});
	let actual = 0;
	steps.forEach((given, k) => {
		const books = step(given);
		const value = (name: string) => books[name] as number;
		const { load, office = 0, solar = 0 } = given;
		needs[k] = needKw(load + office - value('policy_state.unserved'), solar);
		if (microgrid.hasGrid === true) connected[k] = value('policy_state.grid_connected');
		actual += (Math.max(0, -value('p_grid')) / 1000) * stepH * (weights[k] as number);
		actual -= (Math.max(0, value('p_grid')) / 1000) * stepH * (earnings?.[k] ?? 0);
		mayCurtail ||= value('policy_state.curtailed') > 0;
		microgrid.generators?.forEach(({ ratedPowerW }, g) => {
			actual += 700 * stepH * fuelLPerH(curve(ratedPowerW), value(`generator_states.g${g}.power`));
		});
		microgrid.models.forEach((model, b) => {
			const limits = batteryLimits(model);
			const levelKwh = value(`dispatch_states.b${b}.charge_level`) / 1000;
			if (k === 0) initialKwh[b] = levelKwh;
			// A battery that wears out may go down to its minimum of what is left.
			const soc = value(`dispatch_states.b${b}.soc`);
			if (soc > 0) leastKwh[b] = Math.min(leastKwh[b] as number, (limits.minSoc * levelKwh) / soc);
			const powerKw = value(`dispatch_states.b${b}.current_power`) / 1000;
			const { left, hours: counted } = decayOver(limits.selfDischargePerHour, stepH);
			const intoKw = powerKw > 0 ? powerKw * limits.etaCharge : powerKw / limits.etaDischarge;
			finalKwh[b] = Math.max(0, levelKwh * left + (intoKw - limits.standbyW / 1000) * counted);
		});
	});
	const kw = (watts: number | null) => (watts === null ? null : watts / 1000);
	const run: HindsightCase = {
		...{ stepH, needKw: needs, connected, importLimitKw: null, exportLimitKw: null },
		mayCurtail,
		batteriesExport: true,
		batteries: microgrid.models.map((model, b) => {
			const limits = batteryLimits(model);
			return {
				...{ initialKwh: initialKwh[b] as number, finalKwh: finalKwh[b] as number },
				minKwh: leastKwh[b] as number,
				maxKwh: (limits.maxSoc * limits.capacityWh) / 1000,
				maxChargeKw: kw(limits.maxChargeW),
				maxDischargeKw: kw(limits.maxDischargeW),
				...{ etaCharge: limits.etaCharge, etaDischarge: limits.etaDischarge },
				selfDischargePerHour: limits.selfDischargePerHour,
				standbyKw: limits.standbyW / 1000,
			};
		}),
		generators: (microgrid.generators ?? []).map(({ ratedPowerW }) => ({
			ratedKw: ratedPowerW / 1000,
		})),
	};
	const each = 700 * (0.246 + 0.08415);
	const generatorWeights = run.generators.map(() => each);
	return { run, actual, objective: { weights, earnings, generatorWeights } };
}

const NONE = new Float64Array(0);

/** A sum of as much as could have flowed at the weight of each step: what the solver's rounding goes by. */
function largestOf({ needKw, stepH, batteries, generators }: HindsightCase, weights: Float64Array) {
	const ratedKw = generators.reduce((sum, { ratedKw }) => sum + ratedKw, 0);
	const storedKwh = batteries.reduce((sum, { maxKwh }) => sum + maxKwh, 0);
	const mostKw = needKw.reduce((most, kw) => Math.max(most, Math.abs(kw)), ratedKw);
	const sum = weights.reduce((total, weight) => total + Math.abs(weight), 0);
	return sum * (mostKw * stepH + storedKwh) + 700 * ratedKw * stepH * needKw.length;
}

for (const [what, any, seed] of [
	['', anyMicrogrid, {}],
	['', anyMicrogrid, { seed: 2147073676 }],
	[' of any size', anyServed, {}],
] as const)
	test(`no policy beats the best dispatch in hindsight, whatever the microgrid${what} ${JSON.stringify(seed)}`, async () => {
		let gained = 0;
		await fc.assert(
			fc.asyncProperty(
				any,
				fc.constantFrom('carbon' as const, 'price' as const, 'exports' as const),
				async ({ microgrid, steps }, goal) => {
					const { run, actual, objective } = played(microgrid, steps, goal);
					const bound = await solveHindsight(run, objective);
					// The run itself is a solution.
					assert.ok(bound !== null, 'no optimum');
					const { optimum, baseline } = bound as Bound;
					const slack =
						1e-6 * (largestOf(run, objective.weights) + largestOf(run, objective.earnings ?? NONE));
					assert.ok(actual >= optimum - slack, `${goal}: ${actual} beats ${optimum}`);
					if (baseline - optimum > 1e-3 * Math.abs(baseline)) gained++;
				},
			),
			{ numRuns: 150, ...seed },
		);
		assert.ok(gained > 5, `only ${gained} microgrids had anything to gain`);
	});

test.run();
