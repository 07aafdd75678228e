import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { chargeLevelWh, feasibleRange, makeBattery, stepBattery } from './battery.ts';
import { clcBatteryRange, makeClcBattery, stepClcBattery } from './clc-battery.ts';
import { type ClcCell, cellsForCapacity, LG_M50_CELL } from './config.ts';

const CELLS = 10;

function pack(
	options: { cell: Partial<ClcCell>; soc: number; minSoc?: number; cells?: number },
	compatibility: 'vessim' | null,
) {
	const cell = { ...LG_M50_CELL, ...options.cell };
	const { soc, minSoc = 0, cells = CELLS } = options;
	return makeClcBattery({ type: 'clc', cells, initialSoc: soc, minSoc, compatibility, cell });
}

/** The three batteries of Vessim 0.15's own tests. */
const A = {
	soc: 0.5,
	minSoc: 0.1,
	cell: {
		u1WhPerA: 0,
		v1Wh: 0,
		u2WhPerA: 0,
		v2Wh: 10,
		alphaDischargeC: -1,
		alphaChargeC: 0.5,
		etaCharge: 0.5,
		etaDischarge: 2,
	},
};
const B = {
	soc: 0.75,
	cell: {
		nominalVoltageV: 4,
		u1WhPerA: 0,
		v1Wh: 0,
		u2WhPerA: -1,
		v2Wh: 10,
		alphaChargeC: 1,
		etaCharge: 1,
	},
};
const C = {
	soc: 0.25,
	cell: {
		nominalVoltageV: 4,
		u1WhPerA: -1,
		v1Wh: 0,
		u2WhPerA: 0,
		v2Wh: 10,
		alphaDischargeC: -1,
		etaDischarge: 1,
	},
};

// [battery, W per cell, minutes, Wh per cell]: the numbers of Vessim 0.15's own tests, exact.
const STEPS = [
	['A', A, 0, 1000, 5],
	['A', A, 2.5, 60, 6.25],
	['A', A, 5, 30, 6.25],
	['A', A, 5, 60, 7.5],
	['A', A, -2.5, 30, 2.5],
	['A', A, -5, 15, 2.5],
	['A', A, -10, 7.5, 2.5],
	['B', B, 1, 5, 7.583333333333333],
	['B', B, 1, 15, 7.75],
	['B', B, 0.5, 45, 7.875],
	['C', C, -1, 5, 2.4166666666666665],
	['C', C, -1, 15, 2.25],
	['C', C, -0.5, 45, 2.125],
] as const;
for (const compatibility of ['vessim', null] as const)
	for (const [name, options, powerW, minutes, levelWh] of STEPS)
		test(`stepClcBattery() takes cell ${name} to ${levelWh} Wh with ${powerW} W in ${minutes} min (${compatibility})`, () => {
			const [after] = stepClcBattery(pack(options, compatibility), powerW * CELLS, minutes * 60);
			assert.is(after.cellLevelWh, levelWh);
			assert.is(after.soc, levelWh / 10);
			assert.is(chargeLevelWh(after), levelWh * CELLS);
		});

for (const compatibility of ['vessim', null] as const)
	test(`a C-L-C battery fills to 1 and empties to minSoc (${compatibility})`, () => {
		const before = pack(A, compatibility);
		const chargeW = Math.min(30, clcBatteryRange(before, 200 * 60).maxW);
		const [full] = stepClcBattery(before, chargeW, 200 * 60);
		assert.is(full.soc, 1);
		const [empty] = stepClcBattery(full, clcBatteryRange(full, 3600).minW, 3600);
		assert.is(empty.soc, 0.1);
		assert.is(clcBatteryRange(empty, 3600).minW, 0);
	});

test('clcBatteryRange() shrinks with the duration; only the fixed one stops at minSoc', () => {
	assert.equal(clcBatteryRange(pack(A, 'vessim'), 60), { minW: -100, maxW: 50 });
	assert.equal(clcBatteryRange(pack(A, 'vessim'), 3600), { minW: -25, maxW: 50 });
	assert.equal(clcBatteryRange(pack(A, null), 60), { minW: -100, maxW: 50 });
	// (5 - 0.1 x 10) Wh in an hour through an efficiency of 2 from 10 cells.
	assert.equal(clcBatteryRange(pack(A, null), 3600), { minW: -20, maxW: 50 });
	assert.is(clcBatteryRange(pack(B, 'vessim'), 3600).maxW, 2 * CELLS);
});

test('Vessim books 202.84 W near minSoc while 19.14 Wh flow; the fixed battery offers what flows', () => {
	const near = { cell: {}, soc: 0.11, minSoc: 0.1, cells: 100 };
	const theirs = pack(near, 'vessim');
	const bookedW = clcBatteryRange(theirs, 3600).minW;
	assert.ok(Math.abs(bookedW - -202.84) < 0.005, `${bookedW}`);
	const [theirsAfter, executedW] = stepClcBattery(theirs, bookedW, 3600);
	assert.is(executedW, bookedW);
	const fellWh = chargeLevelWh(theirs) - chargeLevelWh(theirsAfter);
	assert.ok(Math.abs(fellWh - 19.14) < 1e-9, `${fellWh}`);

	const ours = pack(near, null);
	const { minW } = clcBatteryRange(ours, 3600);
	assert.ok(Math.abs(minW - -19.14 / 1.014) < 1e-9, `${minW}`);
	const [oursAfter] = stepClcBattery(ours, minW, 3600);
	assert.ok(Math.abs(oursAfter.soc - 0.1) < 1e-12);
	assert.throws(() => stepClcBattery(ours, bookedW, 3600), /outside the feasible range/);
});

test('clcBatteryRange() rests below the cut-off current', () => {
	const almostFull = pack({ cell: {}, soc: 0.9999999, cells: 1 }, null);
	assert.is(clcBatteryRange(almostFull, 60).maxW, 0);
	const almostEmpty = pack({ cell: {}, soc: 1e-7, cells: 1 }, null);
	assert.is(clcBatteryRange(almostEmpty, 60).minW, 0);
});

test('cellsForCapacity() divides by the energy of a cell, not by its voltage', () => {
	assert.is(cellsForCapacity(100, LG_M50_CELL), 5);
	assert.is(cellsForCapacity(5000, LG_M50_CELL), 261);
	assert.is(cellsForCapacity(1, LG_M50_CELL), 1);
});

test('a C-L-C battery stays within [minSoc, 1] and loses what its efficiencies say', () => {
	const soc = fc.double({ min: 0, max: 1, noNaN: true });
	const model = fc
		.record({
			cells: fc.integer({ min: 1, max: 1_000_000 }),
			socs: fc.tuple(soc, soc),
			u2WhPerA: fc.double({ min: -3, max: 0, noNaN: true }),
			etaCharge: fc.double({ min: 0.5, max: 1, noNaN: true }),
			etaDischarge: fc.double({ min: 1, max: 1.5, noNaN: true }),
		})
		.map(({ cells, socs: [a, b], ...cell }) => ({
			type: 'clc' as const,
			cells,
			initialSoc: Math.max(a, b),
			minSoc: Math.min(a, b),
			compatibility: null,
			cell: { ...LG_M50_CELL, ...cell },
		}));
	const shares = fc.array(soc, { maxLength: 20 });
	const duration = fc.double({ min: 1e-3, max: 1e5, noNaN: true });
	void fc.assert(
		fc.property(model, duration, shares, (config, durationS, list) => {
			let now = makeBattery(config);
			for (const share of list) {
				const { minW, maxW } = feasibleRange(now, durationS);
				assert.ok(minW <= 0 && maxW >= 0);
				const before = chargeLevelWh(now);
				// With one bound far larger than the other, rounding may take the sum past the smaller one.
				const setpointW = Math.min(maxW, Math.max(minW, minW + share * (maxW - minW)));
				const [after, executedW] = stepBattery(now, setpointW, durationS);
				now = after;
				assert.ok(now.soc >= config.minSoc && now.soc <= 1, `soc ${now.soc}`);
				const eta = executedW > 0 ? config.cell.etaCharge : config.cell.etaDischarge;
				const gainedWh = chargeLevelWh(now) - before;
				const expectedWh = (eta * executedW * durationS) / 3600;
				const capacityWh = config.cells * config.cell.v2Wh;
				assert.ok(Math.abs(gainedWh - expectedWh) <= 1e-9 * capacityWh);
			}
		}),
	);
});

test.run();
