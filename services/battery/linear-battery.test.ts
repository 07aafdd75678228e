import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { feasibleRange, makeBattery, stepBattery } from './battery.ts';
import { BatteryConfig, type LinearBatteryModel } from './config.ts';
import { batteryLimits } from './limits.ts';
import { linearBatteryRange, makeLinearBattery, stepLinearBattery } from './linear-battery.ts';

const HOUR_S = 3600;
const LOSSLESS: LinearBatteryModel = {
	...{ type: 'linear', capacityWh: 100, initialSoc: 0.5, minSoc: 0.1, maxSoc: 0.9 },
	...{ etaCharge: 1, etaDischarge: 1, selfDischargePerHour: 0, standbyW: 0 },
	...{ chargeCRate: null, dischargeCRate: null },
};

function battery(change: Partial<LinearBatteryModel>) {
	return makeLinearBattery({ ...LOSSLESS, ...change });
}

test('a linear battery without losses is the simple one', () => {
	const simple = makeBattery({
		...{ type: 'simple', capacityWh: 100, initialSoc: 0.5, minSoc: 0.1, cRate: 2 },
	});
	const linear = battery({ maxSoc: 1, chargeCRate: 2, dischargeCRate: 2 });
	for (const seconds of [1, 900, HOUR_S, 4 * HOUR_S])
		assert.equal(linearBatteryRange(linear, seconds), feasibleRange(simple, seconds));
	const [after] = stepLinearBattery(linear, -20, HOUR_S);
	assert.is(after.levelWh, 30);
	assert.is(after.soc, stepBattery(simple, -20, HOUR_S)[0].soc);
});

test('efficiencies act at the terminals: 10 Wh in and out of 0.8 and 0.5, by hand', () => {
	const lossy = battery({ etaCharge: 0.8, etaDischarge: 0.5 });
	assert.is(stepLinearBattery(lossy, 10, HOUR_S)[0].levelWh, 58);
	assert.is(stepLinearBattery(lossy, -10, HOUR_S)[0].levelWh, 30);
	// 40 Wh of room through 0.8; 40 Wh above the minimum through 0.5.
	assert.equal(linearBatteryRange(lossy, HOUR_S), { minW: -20, maxW: 50 });
});

test('C-rates bound each way on their own', () => {
	const bounded = battery({ chargeCRate: 0.1, dischargeCRate: 0.2 });
	assert.equal(linearBatteryRange(bounded, HOUR_S), { minW: -20, maxW: 10 });
});

test('self-discharge takes its share of a month and does not stop at minSoc; discharge does', () => {
	const month = battery({ initialSoc: 0.1, selfDischargePerHour: -Math.log1p(-0.03) / 730.5 });
	assert.is(linearBatteryRange(month, 60).minW, 0);
	const [after] = stepLinearBattery(month, 0, 730.5 * HOUR_S);
	assert.ok(Math.abs(after.levelWh - 9.7) < 1e-9, `${after.levelWh}`);
	assert.is(linearBatteryRange(after, 60).minW, 0);
	assert.ok(linearBatteryRange(after, 60).maxW > 0);
});

test('standby is fed from what is stored, and an empty store feeds none', () => {
	const idle = battery({ standbyW: 5 });
	assert.is(stepLinearBattery(idle, 0, HOUR_S)[0].levelWh, 45);
	const [empty] = stepLinearBattery(idle, 0, 100 * HOUR_S);
	assert.is(empty.levelWh, 0);
	assert.is(empty.soc, 0);
});

test('BatteryConfig refuses a linear battery that starts above its maximum or gains energy', () => {
	const messages = (change: object) => {
		const model = { ...LOSSLESS, ...change };
		return BatteryConfig.safeParse({ stepUs: 1, model, wear: null }).error?.issues.map(
			(one) => one.message,
		);
	};
	assert.equal(messages({ initialSoc: 0.95 }), [
		'initialSoc lies above maxSoc; lower it or raise maxSoc',
	]);
	assert.equal(messages({ etaCharge: 1.01 }), ['an efficiency lies above 0 and at most at 1']);
	assert.equal(messages({ etaDischarge: 0 }), ['an efficiency lies above 0 and at most at 1']);
});

const share = fc.double({ min: 0, max: 1, noNaN: true });
const efficiency = fc.double({ min: 0.3, max: 1, noNaN: true });
const rate = fc.option(fc.double({ min: 1e-2, max: 10, noNaN: true }), { nil: null });
const anyModel = fc
	.record({
		capacityWh: fc.double({ min: 1, max: 1e6, noNaN: true }),
		socs: fc.tuple(share, share, share),
		...{ etaCharge: efficiency, etaDischarge: efficiency },
		...{ chargeCRate: rate, dischargeCRate: rate },
		selfDischargePerHour: fc.double({ min: 0, max: 0.1, noNaN: true }),
		standbyShare: fc.double({ min: 0, max: 0.1, noNaN: true }),
	})
	.map(({ socs, standbyShare, ...rest }): LinearBatteryModel => {
		const [minSoc, initialSoc, maxSoc] = socs.toSorted((a, b) => a - b) as [number, number, number];
		const standbyW = standbyShare * rest.capacityWh;
		return { type: 'linear', minSoc, initialSoc, maxSoc, standbyW, ...rest };
	});

/** The differential equation in many small steps (midpoint rule): an integrator that knows no formula. */
function integrate(model: LinearBatteryModel, startWh: number, powerW: number, hours: number) {
	const parts = 2000;
	const dt = hours / parts;
	const intoW = powerW > 0 ? powerW * model.etaCharge : powerW / model.etaDischarge;
	const slope = (level: number) =>
		intoW - model.selfDischargePerHour * level - (level > 0 ? model.standbyW : 0);
	let level = startWh;
	for (let i = 0; i < parts; i++) {
		const middle = level + (slope(level) * dt) / 2;
		level = Math.max(0, level + slope(middle) * dt);
	}
	return level;
}

test('stored change = charge x eta - discharge / eta - self-discharge - standby, whatever the battery', () => {
	const cases = fc.tuple(anyModel, fc.array(share, { maxLength: 5 }), fc.constantFrom(60, HOUR_S));
	void fc.assert(
		fc.property(cases, ([model, shares, seconds]) => {
			let now = makeLinearBattery(model);
			for (const each of shares) {
				const { minW, maxW } = linearBatteryRange(now, seconds);
				assert.ok(minW <= 0 && maxW >= 0);
				const setpointW = Math.min(maxW, Math.max(minW, minW + each * (maxW - minW)));
				const before = now;
				const [after, executedW] = stepLinearBattery(now, setpointW, seconds);
				assert.is(executedW, setpointW);
				const expectedWh = integrate(model, before.levelWh, executedW, seconds / HOUR_S);
				// The store runs dry somewhere within a small step of the integrator.
				const slackWh = 1e-6 * model.capacityWh + (model.standbyW * seconds) / HOUR_S / 2000;
				assert.ok(Math.abs(after.levelWh - expectedWh) <= slackWh, `${after.levelWh}`);
				const floorWh = Math.min(before.levelWh, model.minSoc * model.capacityWh);
				if (executedW < 0) assert.ok(after.levelWh >= floorWh - slackWh);
				assert.ok(after.soc >= 0 && after.soc <= model.maxSoc);
				now = after;
			}
		}),
	);
});

test('batteryLimits() of each model: Wh are Wh, efficiencies at most 1', () => {
	const linear = batteryLimits({ ...LOSSLESS, chargeCRate: 0.5 });
	assert.is(linear.capacityWh, 100);
	assert.is(linear.maxChargeW, 50);
	assert.is(linear.maxDischargeW, null);
});

test.run();
