import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { connectMicrogrid, simpleBattery } from './microgrid.test-support.ts';
import { anyMicrogrid } from './random-microgrid.test-support.ts';

const HOUR_US = 3_600_000_000;
const SELLING = {
	type: 'threshold' as const,
	signal: 'price' as const,
	...{ chargePowerW: null, targetSoc: 1, otherwise: 'hold' as const },
	...{ chargeBelow: 0.1, dischargeAbove: 0.2, hysteresis: 0 },
};
const FREE = { batteriesExport: true, curtailBelowUsdPerKwh: 0 };

function microgrid(sell: object | null, exports = FREE, soc = 1) {
	return connectMicrogrid({
		stepUs: HOUR_US,
		models: [simpleBattery(3000, soc)],
		strategy: { ...SELLING, ...(sell === null ? {} : { sell }) } as never,
		exports,
	});
}

const WHOLE = { powerW: null, downToSoc: 0, aboveUsdPerKwh: null };

test('a battery that sells gives into the grid what the site does not need', () => {
	const dear = { load: 500, price: 0.3, pay: 0.25 };
	assert.is(microgrid(null).step(dear)['p_grid'], 0);
	assert.is(microgrid(WHOLE).step(dear)['p_grid'], 2500);
	assert.is(microgrid({ ...WHOLE, powerW: 800 }).step(dear)['p_grid'], 800);
	assert.is(microgrid({ ...WHOLE, downToSoc: 0.5 }).step(dear)['p_grid'], 1000);
	// Sun goes with it, and is not stored meanwhile.
	assert.is(microgrid(WHOLE, FREE, 0.5).step({ ...dear, solar: 1000 })['p_grid'], 2000);
	// Only while exports earn enough, whatever imports cost.
	assert.is(microgrid({ ...WHOLE, aboveUsdPerKwh: 0.3 }).step(dear)['p_grid'], 0);
	// In a cheap hour it charges.
	assert.is(microgrid(WHOLE, FREE, 0.5).step({ ...dear, price: 0.05 })['p_grid'], -2000);
});

test('nothing is fed in while exports cost: batteries store it, the rest is curtailed', () => {
	const sunny = { load: 500, solar: 3000, price: 0.15 };
	const at = (pay: number, exports = FREE) => {
		const books = microgrid(null, exports, 0.5).step({ ...sunny, pay });
		return [books['p_grid'], books['policy_state.curtailed']];
	};
	assert.equal(at(0.1), [1000, 0]);
	assert.equal(at(0), [1000, 0]);
	assert.equal(at(-0.1), [0, 1000]);
	assert.equal(at(-0.1, { ...FREE, curtailBelowUsdPerKwh: -0.2 }), [1000, 0]);
	assert.equal(at(-0.1, { ...FREE, curtailBelowUsdPerKwh: null as never }), [1000, 0]);
});

test('batteries that may not export never give more than the site needs, whatever the policy', async () => {
	const exports = { batteriesExport: false, curtailBelowUsdPerKwh: 0 };
	const forced = { stepUs: HOUR_US, models: [simpleBattery(3000, 1)], chargePowerW: -2000 };
	assert.is(connectMicrogrid({ ...forced, exports: FREE }).step({ load: 500 })['p_grid'], 1500);
	assert.is(connectMicrogrid({ ...forced, exports }).step({ load: 500 })['p_grid'], 0);
	let sold = 0;
	fc.assert(
		fc.property(
			anyMicrogrid,
			fc.array(fc.double({ min: -1, max: 1, noNaN: true })),
			(any, pays) => {
				for (const [isAllowed, grid] of [
					[true, connectMicrogrid({ ...any.microgrid, exports: FREE })],
					[false, connectMicrogrid({ ...any.microgrid, exports })],
				] as const)
					any.steps.forEach((given, k) => {
						const pay = pays[k] ?? 0.1;
						const books = grid.step({ ...given, pay });
						const value = (name: string) => books[name] as number;
						const madeW = Object.keys(books)
							.filter((name) => name.startsWith('generator_states.'))
							.reduce((sum, name) => sum + value(name), given.solar ?? 0);
						const exportW = Math.max(0, value('p_grid'));
						if (pay < 0) assert.is(exportW, 0);
						const isSun = exportW <= madeW + 1e-6 * (madeW + given.load);
						if (isAllowed && !isSun) sold++;
						if (!isAllowed) assert.ok(isSun, `${exportW} of ${madeW} W`);
					});
			},
		),
	);
	assert.ok(sold > 0);
});

test.run();
