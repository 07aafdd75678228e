import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { feasibleRange, makeBattery, stepBattery } from './battery.ts';
import { makeSimpleBattery, simpleBatteryRange, stepSimpleBattery } from './simple-battery.ts';

const HOUR_S = 3600;

function battery(
	options: Partial<{ capacityWh: number; soc: number; minSoc: number; cRate: number | null }>,
) {
	const { capacityWh = 100, soc = 0.8, minSoc = 0, cRate = null } = options;
	return makeSimpleBattery({ type: 'simple', capacityWh, initialSoc: soc, minSoc, cRate });
}

// [power W, duration s, charge level Wh, soc]: the numbers of Vessim 0.15's own tests, exact.
const WITHOUT_C_RATE = [
	[0, 1000 * HOUR_S, 80, 0.8],
	[1, HOUR_S, 81, 0.81],
	[10, 2 * HOUR_S, 100, 1],
	[-1, HOUR_S, 79, 0.79],
	[-10, 7 * HOUR_S, 10, 0.1],
] as const;
for (const [powerW, durationS, levelWh, soc] of WITHOUT_C_RATE)
	test(`stepSimpleBattery() goes from 80 to ${levelWh} Wh with ${powerW} W in ${durationS} s`, () => {
		const [after, executedW] = stepSimpleBattery(battery({ minSoc: 0.1 }), powerW, durationS);
		assert.is(after.levelWh, levelWh);
		assert.is(after.soc, soc);
		assert.is(executedW, powerW);
	});

const WITH_C_RATE = [
	[0, 600, 5, 0.5],
	[10, 360, 6, 0.6],
	[-10, 360, 4, 0.4],
	[10, 1800, 10, 1],
	[-10, 1800, 0, 0],
] as const;
for (const [powerW, durationS, levelWh, soc] of WITH_C_RATE)
	test(`stepSimpleBattery() goes from 5 to ${levelWh} Wh with ${powerW} W in ${durationS} s at 1 C`, () => {
		const before = battery({ capacityWh: 10, soc: 0.5, cRate: 1 });
		const [after] = stepSimpleBattery(before, powerW, durationS);
		assert.is(after.levelWh, levelWh);
		assert.is(after.soc, soc);
	});

test('simpleBatteryRange() is bounded by energy in a long step and by the C-rate in a short one', () => {
	const half = battery({ soc: 0.5, cRate: 2 });
	assert.equal(simpleBatteryRange(half, HOUR_S), { minW: -50, maxW: 50 });
	assert.equal(simpleBatteryRange(half, 1), { minW: -200, maxW: 200 });
	const four = simpleBatteryRange(battery({}), 4 * HOUR_S);
	assert.ok(Math.abs(four.maxW - 5) < 1e-12, `${four.maxW}`);
});

test('simpleBatteryRange() does not discharge at minSoc nor charge when full', () => {
	assert.is(simpleBatteryRange(battery({ soc: 0.1, minSoc: 0.1 }), HOUR_S).minW, 0);
	assert.is(simpleBatteryRange(battery({ soc: 1 }), HOUR_S).maxW, 0);
});

test('stepSimpleBattery() refuses a setpoint outside the range and names the range', () => {
	assert.throws(
		() => stepSimpleBattery(battery({ cRate: 1 }), 500, 1),
		/"500 W": outside the feasible range \[-100, 100\] W/,
	);
	assert.throws(() => stepSimpleBattery(battery({}), Number.NaN, 1), /"NaN W"/);
});

test('stepSimpleBattery() takes a setpoint that exceeds the range by rounding only', () => {
	const [, executedW] = stepSimpleBattery(battery({ cRate: 1 }), 100 * (1 + 1e-12), 1);
	assert.is(executedW, 100);
	assert.throws(() => stepSimpleBattery(battery({ cRate: 1 }), 100 * (1 + 1e-8), 1), /outside/);
});

test('stepBattery() refuses a duration that is not above 0', () => {
	const model = { type: 'simple', capacityWh: 1, initialSoc: 0, minSoc: 0, cRate: null } as const;
	assert.throws(() => stepBattery(makeBattery(model), 0, -5), /"-5 s": a duration is above 0/);
	assert.throws(() => stepBattery(makeBattery(model), 0, 0), /"0 s"/);
});

const anyModel = fc
	.record({
		capacityWh: fc.double({ min: 1e-3, max: 1e9, noNaN: true }),
		socs: fc.tuple(
			fc.double({ min: 0, max: 1, noNaN: true }),
			fc.double({ min: 0, max: 1, noNaN: true }),
		),
		cRate: fc.option(fc.double({ min: 1e-3, max: 100, noNaN: true })),
	})
	.map(({ capacityWh, socs: [a, b], cRate }) => ({
		type: 'simple' as const,
		capacityWh,
		initialSoc: Math.max(a, b),
		minSoc: Math.min(a, b),
		cRate,
	}));

test('a simple battery stays within [minSoc, 1] and stores exactly what it takes', () => {
	const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });
	const duration = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
	void fc.assert(
		fc.property(anyModel, duration, shares, (model, durationS, list) => {
			let now = makeBattery(model);
			for (const share of list) {
				const { minW, maxW } = feasibleRange(now, durationS);
				assert.ok(minW <= 0 && maxW >= 0);
				// With one bound far larger than the other, rounding may take the sum past the smaller one.
				const setpointW = Math.min(maxW, Math.max(minW, minW + share * (maxW - minW)));
				const before = now.soc;
				const [after, executedW] = stepBattery(now, setpointW, durationS);
				now = after;
				assert.ok(now.soc >= model.minSoc && now.soc <= 1, `soc ${now.soc}`);
				const storedWh = (now.soc - before) * model.capacityWh;
				const takenWh = (executedW * durationS) / HOUR_S;
				assert.ok(Math.abs(storedWh - takenWh) <= 1e-9 * model.capacityWh);
			}
		}),
	);
});

test.run();
