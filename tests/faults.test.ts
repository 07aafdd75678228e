import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runSeed } from './fault-seeds.test-support.ts';
import { type Climate, FAULTS, type FaultKind } from './fault-weather.test-support.ts';
import * as fc from './properties.test-support.ts';

/**
 * Runs under faults at random moments, in a time of their own: each takes the steps of the run without faults, or ends by
 * the name of what went wrong, and none hangs. `make faults` runs more of them, and repeats one by its seed.
 */
const test = suite('faults');

const RUNS = 100;
const RUNS_OF_A_KIND = 12;
const seeds = fc.noShrink(fc.integer({ min: 1, max: 2 ** 31 - 1 }));

test('a run under faults takes the steps of the run without, or ends by name', async () => {
	let complete = 0;
	let setbacks = 0;
	await fc.assert(
		fc.asyncProperty(seeds, async (seed) => {
			const end = await runSeed(seed);
			if (end.isComplete) complete++;
			setbacks += end.setbacks;
		}),
		{ numRuns: RUNS },
	);
	assert.ok(complete > 0.9 * RUNS, `${complete} of ${RUNS} runs complete`);
	assert.ok(setbacks > RUNS / 5, `${setbacks} setbacks`);
});

/** Once somebody else has written the head of the store, the run ends. */
const ENDS: ReadonlySet<FaultKind> = new Set(['stale']);

for (const kind of FAULTS)
	test(`a run comes through faults of one kind: ${kind}`, async () => {
		// So few that none of them comes a third time at the same place.
		const climate: Climate = { kinds: [kind], chance: 0.05, most: 2 };
		let struck = 0;
		await fc.assert(
			fc.asyncProperty(seeds, async (seed) => {
				const end = await runSeed(seed, { climate });
				struck += end.struck.length;
				assert.ok(end.isComplete || ENDS.has(kind), end.story.join('\n'));
			}),
			{ numRuns: RUNS_OF_A_KIND },
		);
		assert.ok(struck > RUNS_OF_A_KIND / 4, `struck ${struck} times`);
	});

/** What others say of a window may come before its grant; faults at every place; the end of a run that was lost. */
const FOUND = [43, 76, 84, 115, 303, 329, 392];

for (const seed of FOUND)
	test(`a run under faults that once went wrong goes well: seed ${seed}`, async () => {
		const { story, struck } = await runSeed(seed);
		assert.ok(struck.length > 0, story.join('\n'));
	});

test('a run is the same each time, faults and all', async () => {
	for (const seed of [1, 2, 3])
		assert.equal((await runSeed(seed)).story, (await runSeed(seed)).story);
});

test.run();
