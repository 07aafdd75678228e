import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { FaultKind } from './fault-weather.test-support.ts';
import { COMMANDED, FAULTY_SCENARIOS } from './faulty-scenarios.test-support.ts';
import { runWholeSeed, WHOLE_FAULTS } from './faulty-whole-runs.test-support.ts';
import type { KindScenario } from './kind-scenarios.test-support.ts';
import * as fc from './properties.test-support.ts';

/**
 * Whole runs of all kinds, with their folders, under faults at random moments: each leaves the folder of the run without
 * faults, byte for byte, or ends by name and goes on to it. `make faults` runs more of them, and repeats one by its seed.
 */
const test = suite('whole runs under faults');

const RUNS = 8;
const SEEDS_MAX = 6;
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

for (const kinds of [...KINDS.map((kind) => [kind]), ['kill', 'full'], ['vanish', 'readonly']])
	test(`a whole run comes through faults of one kind, or of two: ${kinds.join(' and ')}`, async () => {
		for (let seed = 1; seed <= SEEDS_MAX; seed++) {
			const about = { kinds: kinds as FaultKind[], strikes: 15, most: 2 * kinds.length };
			const { struck, isComplete, isRefused, story } = await runWholeSeed(seed, EVERYTHING, about);
			// None has struck, or the folder could not be written when the run began.
			if (isRefused || new Set(struck).size < kinds.length) continue;
			assert.ok(isComplete || kinds.some((kind) => ENDS.has(kind as FaultKind)), story.join('\n'));
			return;
		}
		assert.unreachable(`no seed up to ${SEEDS_MAX} strikes in a run`);
	});

test('a run under faults that is told things all the time acts on each once, and is repeated by its log', async () => {
	let [acted, struck] = [0, 0];
	await fc.assert(
		fc.asyncProperty(seeds, async (seed) => {
			const end = await runWholeSeed(seed, COMMANDED, { strikes: 10, isCommanded: true });
			acted += end.acted ?? 0;
			struck += end.struck.length;
		}),
		{ numRuns: RUNS },
	);
	assert.ok(struck > RUNS, `struck ${struck} times`);
	assert.ok(acted > RUNS, `${acted} commands acted`);
});

test('a whole run is the same each time, faults and all', async () => {
	const told = async () => {
		const { story, struck } = await runWholeSeed(5, EVERYTHING, { strikes: 20, most: 12 });
		return [story.map((line) => line.replaceAll(/day-\S+|gridbeat-cli-\w+/g, '')), struck];
	};
	assert.equal(await told(), await told());
});

test.run();
