import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { capText } from './describe.ts';

for (const [rule, text] of [
	[{ signal: 'carbon', above: 300 }, 'carbon intensity is above 300 g/kWh'],
	[{ signal: 'marginal', above: 300 }, 'marginal carbon intensity is above 300 g/kWh'],
	[{ signal: 'soc', below: 0.4 }, 'state of charge is below 0.4'],
] as const)
	test(`capText() names the signal of a rule on ${rule.signal}`, () => {
		assert.is(
			capText({ ...rule, capWPerGpu: 150, hysteresis: 0 }),
			`cap of 150 W per GPU while ${text}`,
		);
	});

test.run();
