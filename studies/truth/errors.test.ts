import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { errorsOf } from './errors.ts';
import { judge } from './limits.ts';
import { quantile } from './quantile.ts';
import { withSettings } from './server.ts';
import type { Figures, TruthCase, TruthResult } from './truth-case.ts';

const one = (id: string, measured: Figures, simulated: Figures): TruthResult => ({
	of: {
		...{ family: 'blis', id, groups: ['dense', `dense ${id}`], model: 'm', server: 's' },
		...{ workload: 'w', protocol: 'requests', gpus: 1, scenario: {}, files: {} },
		...{ measured, isQuick: false },
	} satisfies TruthCase,
	simulated,
	refusal: null,
});

const results = [
	one('a', { e2eMeanMs: 100, itlMeanMs: 10 }, { e2eMeanMs: 110, itlMeanMs: 10 }),
	one('b', { e2eMeanMs: 100 }, { e2eMeanMs: 70, itlMeanMs: 5 }),
	one('c', { e2eMeanMs: 100 }, {}),
];

test('errors are those of runs that have both figures, by group and quantity', () => {
	const errors = errorsOf(results);
	const found = errors.find((each) => each.group === 'dense' && each.quantity === 'e2eMeanMs');
	assert.ok(found !== undefined);
	assert.equal(found.count, 2);
	for (const [value, wanted] of [
		[found.mean, 0.2],
		[found.median, 0.2],
		[found.max, 0.3],
		[found.bias, -0.1],
	] as const)
		assert.ok(Math.abs(value - wanted) < 1e-12, `${value} is ${wanted}`);
	const itl = errors.filter(({ quantity }) => quantity === 'itlMeanMs');
	assert.equal(
		itl.map(({ group, count, max }) => [group, count, max]),
		[
			['dense', 1, 0],
			['dense a', 1, 0],
		],
	);
});

test('a limit is held up to its value, and says nothing of what was not run', () => {
	const errors = errorsOf(results);
	const limit = {
		family: 'blis',
		group: 'dense',
		quantity: 'e2eMeanMs',
		statistic: 'mean',
	} as const;
	const held = (value: number) =>
		judge('blis', errors, 'all', [{ ...limit, limit: value, goal: 0.1 }]).map(
			({ isHeld, isReached }) => [isHeld, isReached],
		);
	assert.equal(held(0.21), [[true, false]]);
	assert.equal(held(0.19), [[false, false]]);
	assert.equal(judge('mlenergy', errors, 'all', [{ ...limit, limit: 0, goal: null }]), []);
	assert.equal(judge('blis', errors, 'some'), []);
});

test('a quantile with weights is that of the values as often as they weigh', () => {
	const values = Float64Array.of(3, 1, 2);
	assert.equal(quantile(values, 0.5), 2);
	assert.equal(quantile(values, 0.25), 1.5);
	assert.equal(quantile(values, 0.5, Float64Array.of(1, 9, 1)), 1);
	assert.equal(quantile(values, 0.95, Float64Array.of(9, 1, 1)), 3);
	assert.ok(Number.isNaN(quantile(new Float64Array(0), 0.5)));
});

test('settings go to their path in a copy', () => {
	const scenario = { serving: { model: 'm' } };
	const changed = withSettings(
		scenario,
		new Map<string, string | number>([
			['serving.model', 'n'],
			['requests.lengths.prefillTokens', 3],
		]),
	);
	assert.equal(changed, {
		serving: { model: 'n' },
		requests: { lengths: { prefillTokens: 3 } },
	});
	assert.equal(scenario, { serving: { model: 'm' } });
});

test.run();
