import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Raw } from './file-problems.ts';
import { scenarioOf } from './scenario-file.ts';

function scenario(raw: Raw, over: Readonly<Record<string, unknown>>) {
	const source = { raw: structuredClone(raw), folder: '/', file: null, lineOf: () => null };
	return scenarioOf(source, new Map(Object.entries(over)));
}

test('another type laid over a section takes off what only the one before had', () => {
	const gamma = { requests: { intervals: { type: 'gamma', cv: 2 } } };
	assert.equal(scenario(gamma, { 'requests.intervals.type': 'poisson' }).requests.intervals, {
		type: 'poisson',
	});
	const plugin = { type: 'plugin', path: './mine.js', parameters: { below: 1 } };
	const { policy } = scenario({ policy: plugin }, { 'policy.type': 'default' });
	assert.is(policy.type, 'default');
	const linear = { type: 'linear', capacityWh: 1000, maxSoc: 0.9, minSoc: 0.2 };
	const [battery] = scenario({ batteries: [linear] }, { 'batteries.0.type': 'simple' }).batteries;
	assert.equal([battery?.type, battery?.minSoc], ['simple', 0.2]);
});

test('the same type takes off nothing, and what no type knows is refused still', () => {
	const gamma = { requests: { intervals: { type: 'gamma', cv: 2 } } };
	const same = scenario(gamma, { 'requests.intervals.type': 'gamma' }).requests.intervals;
	assert.equal(same, { type: 'gamma', cv: 2 });
	const wrong = { requests: { intervals: { type: 'gamma', cv: 2, cw: 3 } } };
	assert.throws(() => scenario(wrong, { 'requests.intervals.type': 'poisson' }), /intervals\.cw/);
	assert.throws(
		() => scenario(gamma, { 'requests.intervals.type': 'poisson', 'requests.intervals.cv': 3 }),
		/intervals\.cv/,
	);
});

test.run();
