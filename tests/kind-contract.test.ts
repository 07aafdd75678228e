import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KIND_NAMES } from '../services/kinds.ts';
import { contractsOf } from './kind-cases.test-support.ts';
import { MICROGRIDS, SERVING } from './kind-scenarios.test-support.ts';
import { LIVE } from './live-scenarios.test-support.ts';
import { OWN_KINDS } from './own-kind.test-support.ts';
import { planOf } from './whole-run.test-support.ts';

for (const contract of await contractsOf({ ...MICROGRIDS, ...OWN_KINDS, ...LIVE })) contract.run();

const test = suite('kind contract');

test('every kind that there is has a case', async () => {
	const kinds = new Set<string>();
	const all = { ...SERVING, ...MICROGRIDS, ...OWN_KINDS, ...LIVE };
	for (const { scenario, files } of Object.values(all))
		for (const { kind } of (await planOf(scenario, files)).roster) kinds.add(kind);
	assert.equal([...kinds].sort(), [...KIND_NAMES].sort());
});

test.run();
