import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CapRule } from '../../protocol/scenario/caps.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { powerCapW } from './power-cap.ts';

/** Caps along a series of carbon intensities. */
function capsFor(rules: readonly CapRule[], carbon: readonly number[], soc = 0.5): number[] {
	const active = rules.map(() => false);
	return carbon.map((value) =>
		powerCapW(rules, active, { carbon: value, marginal: 0, soc, event: 0 }),
	);
}
const NONE = Number.POSITIVE_INFINITY;

test('powerCapW() caps above the threshold only', () => {
	const rule = { signal: 'carbon', above: 300, capWPerGpu: 250 } as const;
	assert.equal(capsFor([rule], [299, 300, 301, 300]), [NONE, NONE, 250, NONE]);
});

test('powerCapW() caps below the threshold only', () => {
	const rule = { signal: 'soc', below: 0.3, capWPerGpu: 200 } as const;
	assert.equal(capsFor([rule], [0], 0.3), [NONE]);
	assert.equal(capsFor([rule], [0], 0.29), [200]);
});

test('powerCapW() tells the marginal intensity from the average', () => {
	const rule = { signal: 'marginal', above: 300, capWPerGpu: 250 } as const;
	const cap = (carbon: number, marginal: number) =>
		powerCapW([rule], [false], { carbon, marginal, soc: 0.5, event: 0 });
	assert.is(cap(400, 200), NONE);
	assert.is(cap(200, 400), 250);
});

test('powerCapW() holds on until the signal has gone back by the hysteresis', () => {
	const above = { signal: 'carbon', above: 300, capWPerGpu: 250, hysteresis: 50 } as const;
	assert.equal(capsFor([above], [260, 301, 260, 251, 250, 260]), [NONE, 250, 250, 250, NONE, NONE]);
	const below = { signal: 'carbon', below: 100, capWPerGpu: 250, hysteresis: 50 } as const;
	assert.equal(capsFor([below], [120, 99, 120, 149, 150, 120]), [NONE, 250, 250, 250, NONE, NONE]);
});

test('powerCapW() takes the strictest of the active rules in any order', () => {
	const rules = [
		{ signal: 'carbon', above: 300, capWPerGpu: 250 },
		{ signal: 'carbon', above: 400, capWPerGpu: 150 },
		{ signal: 'soc', below: 0.2, capWPerGpu: 200 },
	] as const;
	for (const list of [rules, rules.toReversed()]) {
		assert.equal(capsFor(list, [100, 350, 450]), [NONE, 250, 150]);
		assert.equal(capsFor(list, [100, 350, 450], 0.1), [200, 200, 150]);
	}
});

test('powerCapW() gives a cap of one of its rules or none, and none far from every threshold', () => {
	const anyRule = fc.record({
		signal: fc.constant('carbon' as const),
		above: fc.integer({ min: 0, max: 500 }),
		capWPerGpu: fc.integer({ min: 1, max: 700 }),
		hysteresis: fc.integer({ min: 0, max: 100 }),
	});
	const series = fc.array(fc.integer({ min: 0, max: 600 }));
	void fc.assert(
		fc.property(fc.array(anyRule, { minLength: 1 }), series, (rules, carbon) => {
			const caps = capsFor(rules, [...carbon, -101, 601]);
			const strictest = Math.min(...rules.map(({ capWPerGpu }) => capWPerGpu));
			for (const cap of caps)
				assert.ok(cap === NONE || rules.some(({ capWPerGpu }) => capWPerGpu === cap));
			assert.equal(caps.slice(-2), [NONE, strictest]);
		}),
	);
});

test.run();
