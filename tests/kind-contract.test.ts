import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KIND_NAMES } from '../services/kinds.ts';
import { contractsOf } from './kind-cases.test-support.ts';
import { MICROGRIDS, SERVING } from './kind-scenarios.test-support.ts';
import { OWN_KINDS } from './own-kind.test-support.ts';
import { planOf } from './whole-run.test-support.ts';

for (const contract of await contractsOf({ ...MICROGRIDS, ...OWN_KINDS })) contract.run();

/** They meet a server, and have whole runs of their own: live-requests.test.ts. */
const LIVE = ['arrivals', 'answers'];

const test = suite('kind contract');

test('every kind that there is has a case', async () => {
	const kinds = new Set<string>();
	for (const { scenario, files } of Object.values({ ...SERVING, ...MICROGRIDS, ...OWN_KINDS }))
		for (const { kind } of (await planOf(scenario, files)).roster) kinds.add(kind);
	const others = KIND_NAMES.filter((kind) => !LIVE.includes(kind));
	assert.equal([...kinds].sort(), others.sort());
});

test.run();
