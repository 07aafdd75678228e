import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fuelLPerH } from './fuel.ts';

test('fuelLPerH() is the line of Skarstein and Uhlen: a quarter of a litre a kWh, and a third at full load', () => {
	const curve = { ratedPowerW: 10_000, fuelInterceptLPerKwh: 0.08415, fuelSlopeLPerKwh: 0.246 };
	assert.is(fuelLPerH(curve, 0), 0);
	assert.ok(Math.abs(fuelLPerH(curve, 10_000) - 3.3015) < 1e-12);
	assert.ok(Math.abs(fuelLPerH(curve, 3000) - (0.8415 + 0.738)) < 1e-12);
});

test.run();
