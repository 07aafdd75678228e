import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { FaultKind } from './fault-weather.test-support.ts';
import { FAULTY_SCENARIOS } from './faulty-scenarios.test-support.ts';
import { runWholeSeed, WHOLE_FAULTS } from './faulty-whole-runs.test-support.ts';
import type { KindScenario } from './kind-scenarios.test-support.ts';
import * as fc from './properties.test-support.ts';

/**
 * Whole runs of all kinds, with their folders, under faults at random moments: each leaves the folder of the run without
 * faults, byte for byte, or ends by name and goes on to it. `make faults` runs more of them, and repeats one by its seed.
 */
const test = suite('whole runs under faults');

const RUNS = 8;
const [EVERYTHING] = Object.values(FAULTY_SCENARIOS) as [KindScenario];
const seeds = fc.noShrink(fc.integer({ min: 1, max: 2 ** 31 - 1 }));

test('a whole run under faults leaves the folder of the run without, or ends by name and goes on to it', async () => {
	let struck = 0;
	await fc.assert(
		fc.asyncProperty(seeds, async (seed) => {
			const end = await runWholeSeed(seed, EVERYTHING, { strikes: 10 });
			struck += end.struck.length;
		}),
		{ numRuns: RUNS },
	);
	assert.ok(struck > RUNS, `struck ${struck} times`);
});

/** Once somebody else has written the head of the store, the run ends. */
const ENDS: ReadonlySet<FaultKind> = new Set(['stale']);
/** Of stores only: what strikes there is drawn by their own chance, and something must be lost before anything is fetched. */
const KINDS = WHOLE_FAULTS.filter((kind) => kind !== 'get' && kind !== 'put' && kind !== 'slow');

for (const kind of KINDS)
	test(`a whole run comes through faults of one kind: ${kind}`, async () => {
		// Of a seed whose faults strike once the run has begun: one whose folder cannot be written then is refused.
		const end = await runWholeSeed(3, EVERYTHING, { kinds: [kind], strikes: 15, most: 2 });
		assert.ok(end.isComplete || ENDS.has(kind), end.story.join('\n'));
		assert.ok(ENDS.has(kind) || end.struck.length > 0, 'nothing has struck');
	});

/** What once went wrong, by scenario and seed. */
const FOUND: readonly (readonly [string, number])[] = [
	// A host went back to its beginning twice, and what it had been was not there any more the second time.
	['two pools that ask, and sarathi', 1005],
	// A recorder that was started in the place of another found the disk full, and ended the run.
	['two pools, prefixes of sessions and a shared cache', 1009],
];

for (const [title, seed] of FOUND)
	test(`a whole run that once went wrong goes well: ${title}, seed ${seed}`, async () => {
		const { story, struck } = await runWholeSeed(seed, FAULTY_SCENARIOS[title] as KindScenario);
		assert.ok(struck.length > 0, story.join('\n'));
	});

test('a whole run is the same each time, faults and all', async () => {
	const told = async () => {
		const { story, struck } = await runWholeSeed(5, EVERYTHING, { strikes: 20, most: 12 });
		return [story.map((line) => line.replaceAll(/day-\S+|gridbeat-cli-\w+/g, '')), struck];
	};
	assert.equal(await told(), await told());
});

test.run();
