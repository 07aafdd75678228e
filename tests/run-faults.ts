import { messageOf } from '../protocol/errors.ts';
import { runSeed } from './fault-seeds.test-support.ts';

/** `make faults SEEDS=200 [SEED=7]`: runs under faults of so many seeds, from this one on or from one of today. */
function wholeNumber(name: string, otherwise: number): number {
	const text = process.env[name] ?? '';
	if (text === '') return otherwise;
	const value = Number(text);
	if (Number.isInteger(value) && value >= 1 && value < 2 ** 31) return value;
	throw new RangeError(`Cannot use ${name} "${text}": give a whole number from 1 on`);
}

async function main(): Promise<number> {
	const count = wholeNumber('SEEDS', 200);
	const first = wholeNumber('SEED', 1 + Math.floor(Math.random() * 1e9));
	process.stdout.write(`${count} seeds from ${first} on; repeat one: make faults SEED=N SEEDS=1\n`);
	const struck = new Map<string, number>();
	let [complete, ended, wrong, setbacks] = [0, 0, 0, 0];
	for (let seed = first; seed < first + count; seed++) {
		try {
			const end = await runSeed(seed);
			if (end.isComplete) complete++;
			else ended++;
			setbacks += end.setbacks;
			for (const kind of end.struck) struck.set(kind, (struck.get(kind) ?? 0) + 1);
			if (count === 1) process.stdout.write(`${end.story.join('\n')}\n`);
		} catch (error) {
			wrong++;
			process.stdout.write(`${messageOf(error)}\n`);
		}
	}
	const faults = [...struck].map(([kind, times]) => `${times} ${kind}`).join(', ');
	process.stdout.write(`faults: ${faults}\n`);
	process.stdout.write(
		`${complete} complete with the steps of a run without faults, after ${setbacks} setbacks; ${ended} ended by name; ${wrong} wrong\n`,
	);
	return wrong === 0 ? 0 : 1;
}

process.exitCode = await main();
