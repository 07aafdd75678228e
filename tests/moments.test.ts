import { pack, unpack } from 'msgpackr';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ActorGroup } from '../kernel/actor/actor-group.ts';
import { buildGraph, nodeOf } from '../kernel/actor/graph.ts';
import { pump } from '../kernel/actor/loop.ts';
import { SILENT } from '../kernel/actor/silent-outlet.test-support.ts';
import { runSeed } from './fault-seeds.test-support.ts';
import type { Climate } from './fault-weather.test-support.ts';
import * as fc from './properties.test-support.ts';
import { type Case, caseOf, oracle, topologyOf, weary } from './random-graphs.test-support.ts';
import type { StepLog } from './topology.ts';

/** What actors and hosts are at a moment is a value: taken, carried elsewhere and put into new ones, they go on as before. */
const test = suite('moments');

const RUNS = 150;
const UNTIL_US = 12;

const CARRIERS = {
	structuredClone: <T>(moment: T): T => structuredClone(moment),
	MessagePack: <T>(moment: T): T => unpack(pack(moment)) as T,
} as const;
const carrier = fc.constantFrom(...Object.values(CARRIERS));

/** A run in one group of actors; wherever work is put down and at the ends of windows all go on in a new group. */
async function runInPieces(one: Case, every: number, carry: <T>(moment: T) => T) {
	const log: StepLog = [];
	const { breather } = weary(every);
	const { actors, wires } = topologyOf(one);
	const makeGroup = () => {
		const made = new Map(Object.entries(actors).map(([name, make]) => [name, make(log)]));
		const nodes = [...made].map(([name, actor]) => nodeOf(name, actor));
		return new ActorGroup(made, wires, buildGraph(nodes, wires), { outlet: SILENT, breather });
	};
	let group = makeGroup();
	let taken = 0;
	for (let endUs = 0; endUs < UNTIL_US; ) {
		endUs += one.windowUs;
		for (let how = 'tired'; how !== 'done'; ) {
			how = pump(group, endUs);
			assert.is.not(how, 'waits');
			const moment = carry(group.takeMoment());
			group = makeGroup();
			group.putMoment(moment);
			taken++;
		}
	}
	return { log, taken };
}

const sorted = (log: readonly string[]) => [...log].sort();

test('actors go on in new ones from any moment between two steps', async () => {
	let most = 0;
	await fc.assert(
		fc.asyncProperty(
			caseOf(['timed', 'eventful']),
			fc.constantFrom(1, 2, 3),
			carrier,
			async (one, every, carry) => {
				const { log, taken } = await runInPieces(one, every, carry);
				assert.equal(sorted(log), sorted(oracle(one)));
				most = Math.max(most, taken);
			},
		),
		{ numRuns: RUNS },
	);
	assert.ok(most > 20, `${most} moments`);
});

/** The run goes back to a checkpoint of each window, now and then in other places: `headless` draws them anew. */
const CLIMATES: Readonly<Record<string, Climate>> = {
	'in new hosts': { kinds: ['kill', 'vanish'], chance: 0.04, most: 2 },
	'in another placement': { kinds: ['headless', 'busless'], chance: 0.04, most: 6 },
};

for (const [how, climate] of Object.entries(CLIMATES))
	test(`actors go on ${how} from where a window began, under any window and message order`, async () => {
		let setbacks = 0;
		const seeds = fc.noShrink(fc.integer({ min: 1, max: 2 ** 31 - 1 }));
		await fc.assert(
			fc.asyncProperty(seeds, fc.boolean(), fc.boolean(), async (seed, averages, lives) => {
				const end = await runSeed(seed, { climate, averages, lives, keeping: { everyMs: 0 } });
				assert.ok(end.isComplete, end.story.join('\n'));
				setbacks += end.setbacks;
			}),
			{ numRuns: RUNS / 3 },
		);
		assert.ok(setbacks > RUNS / 6, `${setbacks} setbacks`);
	});

test.run();
