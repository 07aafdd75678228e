import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { batteryDeviation } from './battery-deviation.ts';
import type { Steps } from './steps.ts';

const CAPACITY_WH = 1000;

/** A lossless battery that covers deficits and takes surplus as it can: what is left of each hour, and its charge before it. */
function greedy(balancesWh: readonly number[], initialWh: number) {
	let stored = initialWh;
	const storedWh: number[] = [];
	const left = balancesWh.map((balance) => {
		storedWh.push(stored);
		const flow = Math.min(Math.max(balance, -stored), CAPACITY_WH - stored);
		stored += flow;
		return balance - flow;
	});
	const flows = balancesWh.map((balance, k) => balance - (left[k] as number));
	return { left, storedWh, flows };
}

function stepsOf({ storedWh, flows }: ReturnType<typeof greedy>): Steps {
	const level = Float64Array.from(storedWh);
	const soc = level.map((wh) => wh / CAPACITY_WH);
	const batteryW = Float64Array.from(flows);
	const battery = { name: 'battery', soc, storedWh: level, powerW: batteryW };
	return { count: flows.length, stepS: 3600, batteries: [battery], batteryW } as unknown as Steps;
}

const wh = fc.integer({ min: -600, max: 600 });
const hours = fc.array(fc.record({ balance: wh, more: wh }), { minLength: 1, maxLength: 40 });

test('batteryDeviation() imports what a battery without losses would with the other demand', () => {
	fc.assert(
		fc.property(hours, (steps) => {
			// It was empty once, so that the least that it held is its least.
			const balances = [-CAPACITY_WH, ...steps.map(({ balance }) => balance)];
			const more = [0, ...steps.map((step) => step.more)];
			const recorded = greedy(balances, 1);
			const wanted = greedy(
				balances.map((balance, k) => balance - (more[k] as number)),
				1,
			);
			const deviation = batteryDeviation(stepsOf(recorded));
			for (const [k, surplus] of recorded.left.entries()) {
				const found = deviation.balanceWh(k, surplus, more[k] as number);
				const expected = wanted.left[k] as number;
				assert.ok(Math.abs(found - expected) < 1e-9, `hour ${k}: ${found}, not ${expected}`);
			}
		}),
		{ numRuns: 500 },
	);
});

test('without batteries the grid gives and takes all', () => {
	const none = { batteries: [], batteryW: new Float64Array(1), stepS: 3600, count: 1 };
	assert.is(batteryDeviation(none as unknown as Steps).balanceWh(0, 100, 300), -200);
});

test.run();
