import { existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chargeLevelWh, feasibleRange, makeBattery, stepBattery } from '../battery/battery.ts';
import { type BatteryModel, LG_M50_CELL } from '../battery/config.ts';
import { type DispatchPolicy, dispatch, emptyDispatch } from './dispatch-policy.ts';

/**
 * Vessim 0.15 (408ed48) on mosaik 3.3.3 is the outside truth. Both sides do the same sums in the same order in
 * IEEE doubles, so the tolerance is for the decimal fractions of literals only; CSV files agree bit by bit.
 */
const TOLERANCE = 1e-9;

const REFERENCE = '../shared/reference/vessim';
const SERIES = '../shared/data/energy';
const GRID = { mode: 'grid-connected', chargePowerW: 0 } as const;
const ISLAND = { mode: 'islanded', chargePowerW: 0 } as const;

interface Plan {
	readonly policy: DispatchPolicy;
	readonly models: readonly BatteryModel[];
	readonly stepS: number;
}

interface Step {
	readonly deltaW: number;
	readonly gridW: number;
	readonly deficitW: number;
	readonly setpointsW: readonly number[];
	/** Before the setpoints act. */
	readonly soc: readonly number[];
	readonly levelWh: readonly number[];
}

/** The run time's order: the controller sees states before step k, then the batteries execute step k. */
function simulate(plan: Plan, powersW: readonly (readonly number[])[]): Step[] {
	let batteries = plan.models.map(makeBattery);
	return powersW.map((members) => {
		const ranges = batteries.map((battery) => feasibleRange(battery, plan.stepS));
		const deltaW = members.reduce((sum, powerW) => sum + powerW, 0);
		const minW = ranges.map((range) => range.minW);
		const maxW = ranges.map((range) => range.maxW);
		const decided = dispatch(plan.policy, deltaW, { minW, maxW }, emptyDispatch(ranges.length));
		const step = {
			deltaW,
			...decided,
			soc: batteries.map(({ soc }) => soc),
			levelWh: batteries.map(chargeLevelWh),
		};
		batteries = batteries.map(
			(battery, i) => stepBattery(battery, decided.setpointsW[i] as number, plan.stepS)[0],
		);
		return step;
	});
}

/** Skips cleanly where the reference is not mounted. */
function isAbsent(path: string): boolean {
	if (existsSync(path)) return false;
	console.log(`skipped: ${path} is absent`);
	return true;
}

/** Columns of a CSV file by name. */
function readColumns(path: string): Map<string, string[]> {
	const [header = '', ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/);
	const rows = lines.map((line) => line.split(','));
	return new Map(header.split(',').map((name, i) => [name, rows.map((row) => row[i] ?? '')]));
}

function numbers(columns: Map<string, string[]>, name: string): number[] {
	const column = columns.get(name);
	assert.ok(column, `no column ${name}`);
	return (column ?? []).map(Number);
}

function assertClose(actual: readonly number[], expected: readonly number[], what: string): void {
	assert.is(actual.length, expected.length, what);
	actual.forEach((value, i) => {
		const truth = expected[i] as number;
		const error = Math.abs(value - truth);
		assert.ok(
			error <= TOLERANCE * Math.max(1, Math.abs(truth)),
			`${what} in step ${i}: ${value} is not ${truth}`,
		);
	});
}

function simple(
	capacityWh: number,
	initialSoc: number,
	minSoc: number,
	cRate: number | null,
): BatteryModel {
	return { type: 'simple', capacityWh, initialSoc, minSoc, cRate };
}

function clc(compatibility: 'vessim' | null): BatteryModel {
	const cell = LG_M50_CELL;
	return { type: 'clc', cells: 100, initialSoc: 0.5, minSoc: 0.1, compatibility, cell };
}

/** Powers of one member from `{ from second: W }`, at every step. */
function trace(valuesW: Record<number, number>, stepS: number, steps: number): number[] {
	const starts = Object.keys(valuesW).map(Number);
	return Array.from({ length: steps }, (_, k) => {
		const start = Math.max(...starts.filter((second) => second <= k * stepS));
		return valuesW[start] as number;
	});
}

function together(loadW: readonly number[], productionW: readonly number[]): number[][] {
	return loadW.map((powerW, k) => [-powerW, productionW[k] as number]);
}

/** The synthetic runs, as they were given to Vessim. */
const SIMPLE = {
	plan: { policy: GRID, models: [simple(1000, 0.5, 0.2, 0.5)], stepS: 900 },
	powersW: together(
		trace({ 0: 400, 7200: 900, 14400: 200 }, 900, 24),
		trace({ 0: 0, 3600: 600, 5400: 1000, 10800: 300, 18000: 0 }, 900, 24),
	),
};
const TWO_BATTERIES = {
	plan: {
		policy: GRID,
		models: [simple(500, 0.9, 0, 1), simple(800, 0.5, 0.1, null)],
		stepS: 900,
	},
	powersW: together(trace({ 0: 1500, 7200: 100 }, 900, 16), trace({ 0: 500 }, 900, 16)),
};
const CHARGE_POWER = {
	plan: {
		policy: { mode: 'grid-connected', chargePowerW: 250 } as const,
		models: [simple(500, 0.2, 0, null)],
		stepS: 600,
	},
	powersW: trace({ 0: 300 }, 600, 12).map((powerW) => [-powerW]),
};
const CLC_POWERS = together(trace({ 0: 0, 1800: 900 }, 60, 60), trace({ 0: 700, 1800: 0 }, 60, 60));

test("simple battery and default policy repeat Vessim's synthetic run", () => {
	const steps = simulate(SIMPLE.plan, SIMPLE.powersW);
	const truth = [
		[-400, 0, 0.5],
		[-400, 0, 0.4],
		[-400, 0, 0.3],
		[-400, -400, 0.2],
		[200, 0, 0.2],
		[200, 0, 0.25],
		[600, 100, 0.3],
		[600, 100, 0.425],
		[100, 0, 0.55],
		[100, 0, 0.575],
		[100, 0, 0.6],
		[100, 0, 0.625],
		[-600, -100, 0.65],
		[-600, -100, 0.525],
		[-600, -100, 0.4],
		[-600, -300, 0.275],
		[100, 0, 0.2],
		[100, 0, 0.225],
		[100, 0, 0.25],
		[100, 0, 0.275],
		[-200, 0, 0.3],
		[-200, 0, 0.25],
		[-200, -200, 0.2],
		[-200, -200, 0.2],
	] as const;
	const column = (i: 0 | 1 | 2) => truth.map((row) => row[i]);
	assertClose(
		steps.map((step) => step.deltaW),
		column(0),
		'p_delta',
	);
	assertClose(
		steps.map((step) => step.gridW),
		column(1),
		'p_grid',
	);
	assertClose(
		steps.map((step) => step.soc[0] as number),
		column(2),
		'soc',
	);
	const importKwh = steps.reduce((sum, { gridW }) => sum + Math.max(0, -gridW), 0) / 4000;
	assert.ok(Math.abs(importKwh - 0.35) < TOLERANCE);
});

test("two batteries in merit order repeat Vessim's synthetic run", () => {
	const steps = simulate(TWO_BATTERIES.plan, TWO_BATTERIES.powersW);
	const drained = [0, 0, 0, 0];
	const gridW = [0, 0, -220, -700, -1000, -1000, -1000, -1000, 0, 0, 0, 0, 0, 0, 0, 0];
	const a = [0.9, 0.65, 0.4, 0.15, ...drained, 0, 0.2, 0.4, 0.6, 0.8, 1, 1, 1];
	const low = new Array<number>(11).fill(0.1);
	assertClose(
		steps.map((step) => step.gridW),
		gridW,
		'p_grid',
	);
	assertClose(
		steps.map((step) => step.soc[0] as number),
		a,
		'soc a',
	);
	assertClose(
		steps.map((step) => step.soc[1] as number),
		[0.5, 0.34375, 0.1875, ...low, 0.225, 0.35],
		'soc b',
	);
});

test("a forced charge repeats Vessim's synthetic run", () => {
	const steps = simulate(CHARGE_POWER.plan, CHARGE_POWER.powersW);
	const rising = Array.from({ length: 10 }, (_, k) => 0.2 + k / 12);
	const full = [1, 1];
	assertClose(
		steps.map((step) => step.gridW),
		[...new Array<number>(9).fill(-550), -450, -300, -300],
		'p_grid',
	);
	assertClose(
		steps.map((step) => step.soc[0] as number),
		[...rising, ...full],
		'soc',
	);
});

for (const compatibility of ['vessim', null] as const)
	test(`C-L-C cells repeat Vessim's synthetic run away from minSoc (${compatibility})`, () => {
		const plan = { policy: GRID, models: [clc(compatibility)], stepS: 60 };
		const steps = simulate(plan, CLC_POWERS);
		const soc = steps.map((step) => step.soc[0] as number);
		assertClose(
			[...soc.slice(0, 3), soc.at(-1) as number],
			[0.5, 0.5059613375130617, 0.5119226750261233, 0.4483855799373037],
			'soc',
		);
		assertClose(
			steps.map((step) => step.gridW),
			new Array<number>(60).fill(0),
			'p_grid',
		);
	});

/** A battery of 100 Wh at .8 that keeps .1, through one step of the policy, as in Vessim's own tests. */
function once(policy: DispatchPolicy, deltaW: number, durationS: number) {
	const plan = { policy, models: [simple(100, 0.8, 0.1, null)], stepS: durationS };
	const [first, second] = simulate(plan, [[deltaW], [0]]) as [Step, Step];
	return { ...first, socAfter: second.soc[0] as number };
}
const FORCED = { mode: 'grid-connected', chargePowerW: 10 } as const;
const POLICY_CASES = [
	[GRID, 0, 1000, 0, 0.8],
	[GRID, 5, 2, 0, 0.9],
	[GRID, 10, 4, 5, 1],
	[GRID, -5, 2, 0, 0.7],
	[GRID, -10, 14, -5, 0.1],
	[FORCED, 0, 1, -10, 0.9],
	[FORCED, 0, 2, -10, 1],
	[FORCED, 5, 1, -5, 0.9],
	[FORCED, -5, 1, -15, 0.9],
	[ISLAND, 0, 1000, 0, 0.8],
	[ISLAND, 5, 2, 0, 0.9],
	[ISLAND, 100, 4, 0, 1],
	[ISLAND, -5, 2, 0, 0.7],
	[ISLAND, -10, 7, 0, 0.1],
] as const;
for (const [policy, deltaW, hours, gridW, soc] of POLICY_CASES)
	test(`${policy.mode}, charge ${policy.chargePowerW} W: ${deltaW} W for ${hours} h give ${gridW} W and ${soc}`, () => {
		const result = once(policy, deltaW, hours * 3600);
		assertClose([result.gridW, result.socAfter, result.deficitW], [gridW, soc, 0], 'result');
	});

test('an islanded deficit of 1 W shows when the battery runs out or is not there', () => {
	const empty = once(ISLAND, -1, 71 * 3600);
	assertClose([empty.deficitW], [1 - 70 / 71], 'deficit');
	const none = simulate({ policy: ISLAND, models: [], stepS: 1 }, [[-1]]);
	assert.is(none[0]?.deficitW, 1);
});

/** Compares every number of a run folder's timeseries.csv, bit by bit. */
function assertGolden(folder: string, plan: Plan, powersW: number[][], names: string[]): void {
	const path = `${REFERENCE}/${folder}/timeseries.csv`;
	if (isAbsent(path)) return;
	const columns = readColumns(path);
	const steps = simulate(plan, powersW);
	const equal = (pick: (step: Step) => number | undefined, name: string) =>
		assert.equal(steps.map(pick), numbers(columns, name), `${folder} ${name}`);
	equal((step) => step.deltaW, 'p_delta');
	equal((step) => step.gridW, 'p_grid');
	names.forEach((name, i) => {
		equal((step) => step.soc[i], `dispatch_states.${name}.soc`);
		equal((step) => step.levelWh[i], `dispatch_states.${name}.charge_level`);
	});
}

test("Vessim's own run folders are repeated bit by bit", () => {
	assertGolden('synthetic_simple', SIMPLE.plan, SIMPLE.powersW, ['bat']);
	assertGolden('synthetic_two_batteries', TWO_BATTERIES.plan, TWO_BATTERIES.powersW, ['a', 'b']);
	assertGolden('synthetic_charge_power', CHARGE_POWER.plan, CHARGE_POWER.powersW, ['a']);
	const clcPlan = { policy: GRID, models: [clc('vessim')], stepS: 60 };
	assertGolden('synthetic_clc', clcPlan, CLC_POWERS, ['clc']);
});

/** The CSV files made with Vessim's classes on published series. */
const DRIVEN = [
	{
		file: 'basic_24h_300s.csv',
		plan: { policy: GRID, models: [simple(1500, 0.8, 0.3, null)], stepS: 300 },
		solar: { name: 'actor_solar_panel_w', city: 'Berlin', peakW: 5000 },
	},
	{
		file: 'clc_48h_60s_sf.csv',
		plan: { policy: GRID, models: [clc('vessim')], stepS: 60 },
		solar: { name: 'actor_solar_w', city: 'San Francisco', peakW: 1500 },
	},
	{
		file: 'forced_charge_24h_300s.csv',
		plan: {
			policy: { mode: 'grid-connected', chargePowerW: 200 } as const,
			models: [simple(4000, 0.2, 0.1, 0.5)],
			stepS: 300,
		},
		solar: { name: 'actor_solar_w', city: 'Sydney', peakW: 2000 },
	},
];

for (const { file, plan, solar } of DRIVEN)
	test(`Vessim's ${file} is repeated bit by bit`, () => {
		const path = `${REFERENCE}/${file}`;
		if (isAbsent(path)) return;
		const columns = readColumns(path);
		const serverW = numbers(columns, 'actor_server_w');
		const solarW = numbers(columns, solar.name);
		const steps = simulate(
			plan,
			serverW.map((powerW, k) => [powerW, solarW[k] as number]),
		);
		const equal = (pick: (step: Step) => number | undefined, name: string) =>
			assert.equal(steps.map(pick), numbers(columns, name), name);
		equal((step) => step.deltaW, 'p_delta_w');
		equal((step) => step.gridW, 'p_grid_w');
		equal((step) => step.soc[0], 'battery_soc');
		equal((step) => step.levelWh[0], 'battery_charge_level_wh');
		equal((step) => step.setpointsW[0], 'battery_set_power_w');
	});

for (const { file, plan, solar } of DRIVEN)
	test(`Vessim's solar input of ${file} comes from the published series`, () => {
		const [truth, series] = [`${REFERENCE}/${file}`, `${SERIES}/vessim_solar_example.csv`];
		if (isAbsent(truth) || isAbsent(series)) return;
		const shares = numbers(readColumns(series), solar.city);
		const expected = numbers(readColumns(truth), solar.name);
		const perSample = 300 / plan.stepS;
		const actual = expected.map(
			(_, k) => (shares[Math.floor(k / perSample)] as number) * solar.peakW,
		);
		assertClose(actual, expected, solar.name);
	});

test('the fixed C-L-C battery leaves Vessim only where minSoc binds', () => {
	const path = `${REFERENCE}/clc_48h_60s_sf.csv`;
	if (isAbsent(path)) return;
	const columns = readColumns(path);
	const deltaW = numbers(columns, 'p_delta_w');
	const plan = { policy: GRID, models: [clc(null)], stepS: 60 };
	const steps = simulate(
		plan,
		deltaW.map((powerW) => [powerW]),
	);
	const theirs = numbers(columns, 'battery_set_power_w');
	const soc = numbers(columns, 'battery_soc');
	const first = steps.findIndex((step, k) => step.setpointsW[0] !== theirs[k]);
	assert.ok(first > 0);
	assert.ok((soc[first] as number) > 0.1 && (soc[first + 1] as number) === 0.1);
	const ours = steps[first] as Step;
	// What leaves the cells down to minSoc, through the efficiency of discharge, in one minute.
	const availableW = (((ours.soc[0] as number) - 0.1) * 1914 * 60) / 1.014;
	assertClose([ours.setpointsW[0] as number], [-availableW], 'fixed setpoint');
	assert.ok((theirs[first] as number) < (ours.setpointsW[0] as number));
});

test.run();
