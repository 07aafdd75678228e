import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { DispatchPolicy, dispatch, emptyDispatch } from './dispatch-policy.ts';

const GRID = { mode: 'grid-connected', chargePowerW: 0 } as const;
const ISLAND = { mode: 'islanded', chargePowerW: 0 } as const;

function decide(
	policy: DispatchPolicy,
	deltaW: number,
	ranges: readonly (readonly [number, number])[],
) {
	const minW = ranges.map(([min]) => min);
	const maxW = ranges.map(([, max]) => max);
	return dispatch(policy, deltaW, { minW, maxW }, emptyDispatch(ranges.length));
}

test('dispatch() leaves everything to the grid without batteries', () => {
	for (const deltaW of [-5, 0, 7.5])
		assert.equal(decide(GRID, deltaW, []), {
			setpointsW: [],
			gridW: deltaW,
			curtailedW: 0,
			deficitW: 0,
		});
});

test('dispatch() serves batteries in merit order, charging and discharging', () => {
	const ranges = [
		[-300, 200],
		[-500, 400],
	] as const;
	assert.equal(decide(GRID, 500, ranges).setpointsW, [200, 300]);
	assert.is(decide(GRID, 700, ranges).gridW, 100);
	assert.equal(decide(GRID, -500, ranges).setpointsW, [-300, -200]);
	assert.is(decide(GRID, -900, ranges).gridW, -100);
	assert.equal(decide(GRID, 150, ranges).setpointsW, [150, 0]);
});

test('dispatch() forces a charge or a discharge into every battery, clipped to its range', () => {
	const ranges = [
		[-300, 200],
		[-50, 400],
	] as const;
	const charge = decide({ mode: 'grid-connected', chargePowerW: 250 }, 100, ranges);
	assert.equal(charge.setpointsW, [200, 250]);
	assert.is(charge.gridW, -350);
	const discharge = decide({ mode: 'grid-connected', chargePowerW: -100 }, 0, ranges);
	assert.equal(discharge.setpointsW, [-100, -50]);
	assert.is(discharge.gridW, 150);
});

test('dispatch() curtails an islanded surplus and reports an islanded deficit', () => {
	const surplus = decide(ISLAND, 100, [[-10, 30]]);
	assert.equal(surplus, { setpointsW: [30], gridW: 0, curtailedW: 70, deficitW: 0 });
	const deficit = decide(ISLAND, -100, [[-10, 30]]);
	assert.equal(deficit, { setpointsW: [-10], gridW: 0, curtailedW: 0, deficitW: 90 });
});

test('dispatch() takes an islanded rest of rounding size for none', () => {
	assert.is(decide(ISLAND, -100, [[-100 * (1 - 1e-15), 0]]).deficitW, 0);
	assert.ok(decide(ISLAND, -100, [[-100 * (1 - 1e-11), 0]]).deficitW > 0);
});

test('DispatchPolicy refuses a forced charge without a grid', () => {
	const parsed = DispatchPolicy.safeParse({ mode: 'islanded', chargePowerW: 5 });
	assert.is(parsed.success, false);
	assert.match(parsed.error?.issues[0]?.message ?? '', /a forced charge needs the grid/);
});

const power = fc.double({ min: 0, max: 1e9, noNaN: true });
const anyRanges = fc.array(
	fc.tuple(power, power).map(([out, into]) => [-out, into] as const),
	{ maxLength: 5 },
);
const anyPolicy = fc.oneof(
	fc.constant(ISLAND),
	fc
		.double({ min: -1e9, max: 1e9, noNaN: true })
		.map((chargePowerW) => ({ mode: 'grid-connected', chargePowerW }) as const),
);
const anyDelta = fc.double({ min: -1e9, max: 1e9, noNaN: true });

test('dispatch() stays within the ranges and adds up, whatever comes', () => {
	void fc.assert(
		fc.property(anyPolicy, anyDelta, anyRanges, (policy, deltaW, ranges) => {
			const decided = decide(policy, deltaW, ranges);
			let sum = decided.gridW + decided.curtailedW - decided.deficitW;
			let scale = Math.abs(deltaW);
			decided.setpointsW.forEach((setpointW, i) => {
				const [minW, maxW] = ranges[i] as readonly [number, number];
				assert.ok(setpointW >= minW && setpointW <= maxW);
				sum += setpointW;
				scale += Math.abs(setpointW);
			});
			assert.ok(Math.abs(sum - deltaW) <= 1e-9 * scale, `${sum} is not ${deltaW}`);
		}),
	);
});

test('dispatch() without a forced charge never moves grid or batteries against the surplus', () => {
	void fc.assert(
		fc.property(anyDelta, anyRanges, (deltaW, ranges) => {
			const { gridW, setpointsW } = decide(GRID, deltaW, ranges);
			for (const flowW of [gridW, ...setpointsW])
				assert.ok(deltaW > 0 ? flowW >= 0 : flowW <= 0, `${flowW} W at ${deltaW} W`);
			assert.ok(Math.abs(gridW) <= Math.abs(deltaW));
		}),
	);
});

test.run();
