import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Case } from './cases.ts';
import { changesOf } from './changes.ts';

function cases(...scenarios: unknown[]): Case[] {
	return scenarios.map((scenario, i) => ({
		label: `${i}`,
		runs: [{ scenario } as unknown as Case['runs'][number]],
	}));
}

test('changesOf() names a part that is one thing once, and keys within parts that are there in all', () => {
	const cap = [{ signal: 'carbon', above: 400, capWPerGpu: 150 }];
	const battery = { type: 'simple', name: 'battery', capacityWh: 3000, degradation: null };
	const carbon = { source: 'location', path: null };
	const base = { name: 'a', seed: '1', cap, batteries: [battery], carbon, price: null };
	const other = {
		...{ name: 'b', seed: '2', cap: [], batteries: [{ ...battery, capacityWh: 6000 }] },
		...{ carbon: { source: 'constant', gPerKwh: 300 }, price: { source: 'constant', usd: 0.2 } },
	};
	assert.equal(changesOf(cases(base, other)), [
		{ key: 'cap', values: ['carbon>400:150', 'none'] },
		{ key: 'batteries.0.capacityWh', values: ['3000', '6000'] },
		{ key: 'carbon', values: ['{ source: location }', '{ source: constant, gPerKwh: 300 }'] },
		{ key: 'price', values: ['none', '{ source: constant, usd: 0.2 }'] },
	]);
	assert.equal(
		changesOf(cases(base, { ...base, batteries: [] })).map(({ key }) => key),
		['batteries'],
	);
	const two = { ...base, batteries: [battery, { ...battery, name: 'second' }] };
	assert.match(changesOf(cases(base, two))[0]?.values[1] ?? '', /name: second/);
});

test('changesOf() has nothing of what has no scenario, and of rules that differ in one number both rules', () => {
	assert.equal(changesOf(cases({ cap: [] }, undefined)), []);
	const rule = (capWPerGpu: number) => ({
		cap: [{ signal: 'soc', below: 0.4, capWPerGpu, hysteresis: 0.1 }],
	});
	assert.equal(changesOf(cases(rule(150), rule(200))), [
		{ key: 'cap', values: ['soc<0.4:150:0.1', 'soc<0.4:200:0.1'] },
	]);
});

test.run();
