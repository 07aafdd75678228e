import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SimulationError } from '../../protocol/errors.ts';
import { AGREEMENT, ROUNDING } from '../../protocol/rounding.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { connectMicrogrid, type Given, type Microgrid } from './microgrid.test-support.ts';
import { anySizedMicrogrid } from './sized-microgrid.test-support.ts';

const STEPS = 200;

type Books = Record<string, number>;
const columnOf = (books: Books, name: string) => books[name] ?? 0;

/** Names of columns are made once: a million steps are checked. */
const EACH = [0, 1, 2, 3];
const POWER_OF_BATTERY = EACH.map((i) => `dispatch_states.b${i}.current_power`);
const LEVEL_OF_BATTERY = EACH.map((i) => `dispatch_states.b${i}.charge_level`);
const POWER_OF_GENERATOR = EACH.map((i) => `generator_states.g${i}.power`);

/** Energy in = energy out of a step's books, and every limit is kept. */
function checkBooks(books: Books, grid: Microgrid, given: Given): void {
	const value = (name: string) => columnOf(books, name);
	const { load, office = 0, solar = 0 } = given;
	const batteriesW = grid.models.map((_, i) => value(POWER_OF_BATTERY[i] as string));
	const generatorsW = (grid.generators ?? []).map((_, i) => value(POWER_OF_GENERATOR[i] as string));
	const [unservedW, gridW] = [value('policy_state.unserved'), value('p_grid')];
	const terms = [
		...[solar, -load, -office, unservedW, -gridW, -value('policy_state.curtailed')],
		...[...batteriesW.map((powerW) => -powerW), ...generatorsW],
	];
	const grossW = terms.reduce((sum, term) => sum + Math.abs(term), 0);
	const restW = terms.reduce((sum, term) => sum + term, 0);
	// What the controller takes for rounding, and that of adding up here.
	const slackW = 2 * ROUNDING * grossW;
	assert.ok(Math.abs(restW) <= slackW, `${restW} W of ${grossW} W are lost`);
	assert.ok(unservedW >= 0 && unservedW <= load + office + slackW, `${unservedW} W unserved`);
	const isFree = grid.hasGrid !== true && grid.mode !== 'islanded';
	const [, importW, exportW] = isFree
		? [1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
		: grid.mode === 'islanded'
			? [0, 0, 0]
			: (given.grid as [number, number, number]);
	assert.ok(-gridW <= importW + slackW && gridW <= exportW + slackW, `${gridW} W`);
}

/** What a lossless battery has more after a step is what it was charged with. */
function checkStored(before: Books, after: Books, { models, stepUs, wear }: Microgrid): void {
	models.forEach((model, i) => {
		if (model.type !== 'simple' || wear) return;
		const level = (books: Books) => columnOf(books, LEVEL_OF_BATTERY[i] as string);
		const chargedWh = (columnOf(before, POWER_OF_BATTERY[i] as string) * stepUs) / 3.6e9;
		const gainedWh = level(after) - level(before);
		const largestWh = model.capacityWh + Math.abs(chargedWh);
		assert.ok(Math.abs(gainedWh - chargedWh) <= ROUNDING * largestWh, `${gainedWh} ${chargedWh}`);
	});
}

/** Steps through the days given again and again. Returns why it ended early; null: it did not. */
function play(grid: Microgrid, days: readonly Given[]): string | null {
	const { step } = connectMicrogrid(grid);
	let before: Books | null = null;
	for (let k = 0; k < STEPS; k++) {
		const given = days[k % days.length] as Given;
		try {
			const books = step(given);
			checkBooks(books, grid, given);
			if (before !== null) checkStored(before, books, grid);
			before = books;
		} catch (error) {
			const missing =
				error instanceof SimulationError && / ([\d.e+-]+) W are missing/.exec(error.message);
			if (missing === false || missing === null || grid.shedding !== null) throw error;
			// Without shedding, a load that nothing can serve ends the run, and only a real one.
			const { load, office = 0, solar = 0 } = given;
			assert.ok(Number(missing[1]) > AGREEMENT * (load + office + solar), error.message);
			return error.message;
		}
	}
	return null;
}

for (const [cRate, otherCRate] of [
	[0.46, 0.9],
	[1.21, null],
	[1.51, null],
	[3.31, null],
] as const)
	test(`two batteries at their minimum charge each other with nothing, at ${cRate} and ${otherCRate} C`, () => {
		const battery = (capacityWh: number, rate: number | null) => ({
			...({ type: 'simple', capacityWh, initialSoc: 0.3, minSoc: 0.3, cRate: rate } as const),
		});
		const grid: Microgrid = {
			...{ stepUs: 60_000_000, hasGrid: true },
			models: [battery(7777, cRate), battery(640, otherCRate)],
			strategy: {
				...({ type: 'threshold', signal: 'carbon', chargePowerW: null, targetSoc: 1 } as const),
				...({ otherwise: 'self-consumption', chargeBelow: 500, dischargeAbove: 900 } as const),
				hysteresis: 0,
			},
		};
		const { step } = connectMicrogrid(grid);
		for (let k = 0; k < 50; k++) {
			const books = step({ load: 0, carbon: 100, grid: [1, 0, Number.POSITIVE_INFINITY] });
			for (const name of [
				'p_grid',
				'dispatch_states.b0.current_power',
				'dispatch_states.b1.current_power',
			])
				assert.is(Math.abs(columnOf(books, name)), 0, name);
		}
	});

test('5,000 microgrids of 1 W to 100 MW end, with their books balanced to the rounding of what flowed', () => {
	let [ended, short] = [0, 0];
	void fc.assert(
		fc.property(anySizedMicrogrid, ({ microgrid, steps }) => {
			if (play(microgrid, steps) === null) ended++;
			else short++;
		}),
		{ numRuns: 5000 },
	);
	assert.ok(ended > 2000 && short > 200, `${ended} to the end, ${short} for want of power`);
});

test.run();
