import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Actor } from '../kernel/actor/contract.ts';
import { restoredActor } from '../kernel/actor/restored-actor.test-support.ts';
import { runMoving } from './faulty-whole-runs.test-support.ts';
import { type KindScenario, MICROGRIDS, SERVING } from './kind-scenarios.test-support.ts';
import { OWN_KINDS } from './own-kind.test-support.ts';
import { type Cast, runWhole, type WholeRun } from './whole-run.test-support.ts';

/** Whole runs in which every actor again and again gives way to a new one with a copy of its state: in its place, and as the product does it. */
const test = suite('restored runs');

/** New actors cost time, and recorders hold files open: an actor gives way about as often. */
const RESTORES = 15;

interface Counts {
	steps: number;
	restores: () => number;
}

/** Files of a run as it is, by the title of its scenario. */
const references = new Map<string, WholeRun['files']>();

/** Runs it once as it is, and once with actors that give way. */
async function runTwice({ scenario, files }: KindScenario) {
	const counts = new Map<string, Counts>();
	const counted = ({ name, make }: Cast): Actor => {
		const count: Counts = { steps: 0, restores: () => 0 };
		counts.set(name, count);
		return restoredActor(make(), {
			every: Number.POSITIVE_INFINITY,
			spare: make,
			look: () => void count.steps++,
		}).actor;
	};
	const restored = ({ name, make }: Cast): Actor => {
		const count = counts.get(name) as Counts;
		const every = Math.max(1, Math.ceil(count.steps / RESTORES));
		const { actor, restores } = restoredActor(make(), { every, spare: make });
		count.restores = restores;
		return actor;
	};
	const reference = await runWhole(scenario, counted, files);
	const run = await runWhole(scenario, restored, files);
	return { reference, run, counts };
}

function assertSame(files: WholeRun['files'], expected: WholeRun['files']): void {
	assert.equal([...files.keys()], [...expected.keys()]);
	for (const [path, text] of expected) {
		const written = files.get(path) ?? '';
		if (written === text) continue;
		const [lines, others] = [text.split('\n'), written.split('\n')];
		const first = lines.findIndex((line, i) => line !== others[i]);
		assert.is(others[first], lines[first], `${path}:${first + 1}`);
	}
}

const SCENARIOS = Object.entries({ ...SERVING, ...MICROGRIDS, ...OWN_KINDS });

for (const [title, kindScenario] of SCENARIOS) {
	test(`a run whose actors are restored every few steps writes the same folder: ${title}`, async () => {
		const { reference, run, counts } = await runTwice(kindScenario);
		assert.ok(reference.files.size > 0);
		for (const [name, { restores }] of counts)
			assert.ok(restores() > 1, `${name} was restored ${restores()} times`);
		assertSame(run.files, reference.files);
		references.set(title, reference.files);
	});

	test(`a run that goes on elsewhere from each of its checkpoints writes the same folder: ${title}`, async () => {
		const { files, moves } = await runMoving(kindScenario);
		assert.ok(moves > 1, `it went on elsewhere ${moves} times`);
		assertSame(files, references.get(title) ?? new Map());
	});
}

test.run();
