import { messageOf } from '../protocol/errors.ts';
import { runSeed, type SeedEnd } from './fault-seeds.test-support.ts';
import { COMMANDED, FAULTY_SCENARIOS } from './faulty-scenarios.test-support.ts';
import { runWholeSeed } from './faulty-whole-runs.test-support.ts';
import type { KindScenario } from './kind-scenarios.test-support.ts';

/**
 * `make faults SEEDS=200 [SEED=7]`: runs of small graphs, whole runs of all kinds, and runs that are told something all the
 * time, under faults of so many seeds each, from this one on or from one of today.
 */
function wholeNumber(name: string, otherwise: number): number {
	const text = process.env[name] ?? '';
	if (text === '') return otherwise;
	const value = Number(text);
	if (Number.isInteger(value) && value >= 1 && value < 2 ** 31) return value;
	throw new RangeError(`Cannot use ${name} "${text}": give a whole number from 1 on`);
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** @returns how many went wrong */
async function runSeeds(
	what: string,
	seeds: readonly number[],
	run: (seed: number) => Promise<SeedEnd>,
): Promise<number> {
	const struck = new Map<string, number>();
	let [complete, ended, wrong, setbacks] = [0, 0, 0, 0];
	for (const seed of seeds) {
		try {
			const end = await run(seed);
			if (end.isComplete) complete++;
			else say(`${what}: seed ${seed} ended by name: ${end.reason}`);
			ended += end.isComplete ? 0 : 1;
			setbacks += end.setbacks;
			for (const kind of end.struck) struck.set(kind, (struck.get(kind) ?? 0) + 1);
			if (seeds.length === 1) say(end.story.join('\n'));
		} catch (error) {
			wrong++;
			say(messageOf(error));
		}
	}
	const faults = [...struck].map(([kind, times]) => `${times} ${kind}`).join(', ');
	say(`${what}: faults: ${faults}`);
	say(
		`${what}: ${complete} complete with what a run without faults leaves, after ${setbacks} setbacks; ${ended} ended by name; ${wrong} wrong`,
	);
	return wrong;
}

async function main(): Promise<number> {
	const count = wholeNumber('SEEDS', 200);
	const first = wholeNumber('SEED', 1 + Math.floor(Math.random() * 1e9));
	say(`${count} seeds from ${first} on; repeat one: make faults SEED=N SEEDS=1`);
	const seeds = Array.from({ length: count }, (_, i) => first + i);
	const wrongGraphs = await runSeeds('graphs', seeds, (seed) => runSeed(seed));
	const scenarios = Object.values(FAULTY_SCENARIOS);
	const wrongRuns = await runSeeds('whole runs', seeds, (seed) =>
		runWholeSeed(seed, scenarios[seed % scenarios.length] as KindScenario),
	);
	// Every other one has all that can be told a run.
	const commanded = scenarios.flatMap((one) => [COMMANDED, one]);
	const wrongTold = await runSeeds('commanded runs', seeds, (seed) =>
		runWholeSeed(seed, commanded[seed % commanded.length] as KindScenario, { isCommanded: true }),
	);
	return wrongGraphs + wrongRuns + wrongTold === 0 ? 0 : 1;
}

process.exitCode = await main();
