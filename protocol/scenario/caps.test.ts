import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { anyCapRule } from './caps.test-support.ts';
import { CapRule, capText, capThreshold, parseCapRule, printCapRule } from './caps.ts';

test('every rule goes to text and back without loss', () => {
	fc.assert(
		fc.property(anyCapRule(), (rule) => {
			const text = printCapRule(rule);
			assert.equal(parseCapRule(text, '--cap'), rule, text);
			assert.is(printCapRule(parseCapRule(text, '--cap')), text);
		}),
		{ numRuns: 500 },
	);
});

for (const [text, rule] of [
	['carbon>300:250', { signal: 'carbon', above: 300, capWPerGpu: 250 }],
	['marginal>300:250', { signal: 'marginal', above: 300, capWPerGpu: 250 }],
	['soc<0.4:200', { signal: 'soc', below: 0.4, capWPerGpu: 200 }],
	[' soc < .4 : 200 ', { signal: 'soc', below: 0.4, capWPerGpu: 200 }],
	['marginal<1e2:99.5:20', { signal: 'marginal', below: 100, capWPerGpu: 99.5, hysteresis: 20 }],
	['carbon>-5:250:0', { signal: 'carbon', above: -5, capWPerGpu: 250, hysteresis: 0 }],
] as const)
	test(`parseCapRule() reads "${text}"`, () => {
		assert.equal(parseCapRule(text, '--cap'), rule);
	});

for (const text of ['', 'always', 'price>1:250', 'carbon>300', 'carbon=3:2', 'carbon>3:2:1:0'])
	test(`parseCapRule() refuses "${text}" with what would do`, () => {
		assert.throws(
			() => parseCapRule(text, '--cap'),
			(error: Error) =>
				error.name === 'ConfigError' &&
				error.message ===
					`Cannot use --cap "${text}": give none, or a rule such as carbon>300:250 or soc<0.4:200 (watts per GPU), on carbon, marginal, soc, event, with :HYSTERESIS behind it if it is to hold on`,
		);
	});

for (const [text, reason] of [
	['carbon>300:0', 'capWPerGpu must be above 0 W'],
	['carbon>300:250:-1', 'hysteresis must be at least 0'],
] as const)
	test(`parseCapRule() says of "${text}" that ${reason}`, () => {
		assert.throws(
			() => parseCapRule(text, '--cap'),
			(error: Error) => error.message === `Cannot use --cap "${text}": ${reason}`,
		);
	});

test('parseCapRule() refuses a number that is too large to be one', () => {
	assert.throws(() => parseCapRule('carbon>1e999:250', '--cap'), /^Cannot use --cap .*: above /);
});

test('CapRule has exactly one threshold and a cap above 0 W', () => {
	const rule = { signal: 'carbon', capWPerGpu: 100 };
	assert.is(CapRule.safeParse({ ...rule, above: 1 }).success, true);
	for (const bad of [rule, { ...rule, above: 1, below: 2 }, { ...rule, above: 1, capWPerGpu: 0 }])
		assert.is(CapRule.safeParse(bad).success, false);
});

for (const [rule, threshold, text] of [
	[{ signal: 'carbon', above: 300 }, 'above 300 g/kWh', 'carbon intensity is above 300 g/kWh'],
	[
		{ signal: 'marginal', above: 300 },
		'above 300 g/kWh',
		'marginal carbon intensity is above 300 g/kWh',
	],
	[{ signal: 'soc', below: 0.4 }, 'below 0.4', 'state of charge is below 0.4'],
	[
		{ signal: 'carbon', above: 300, hysteresis: 20 },
		'above 300 g/kWh',
		'carbon intensity is above 300 g/kWh, with a hysteresis of 20 g/kWh',
	],
] as const)
	test(`capText() says that "${text}"`, () => {
		assert.is(capThreshold({ ...rule, capWPerGpu: 150 }), threshold);
		assert.is(capText({ ...rule, capWPerGpu: 150 }), `cap of 150 W per GPU while ${text}`);
	});

test.run();
