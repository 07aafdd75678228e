import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Flags } from '../flags.ts';
import type { RunRecord } from '../run.ts';
import type { Setup } from '../setup.ts';
import { configTree } from './config-json.ts';
import { outputPlan, outputTasks } from './tasks.ts';
import { countTasks, doTasks, startHelper } from './write-threads.ts';

/** Fewer points than this are written faster than a thread begins. */
const POINTS_FOR_HELPER = 100_000;

/** Makes the folder and writes `config.json`. */
export function writeConfig(folder: string, flags: Flags, setup: Setup): void {
	mkdirSync(join(folder, 'plots'), { recursive: true });
	const tree = configTree(flags, setup, folder);
	writeFileSync(join(folder, 'config.json'), `${JSON.stringify(tree, null, 4)}\n`);
}

/**
 * Writes the files that the flags ask for, under Vidur's names. Those of a long run are shared with another thread; they
 * are the same.
 */
export async function writeOutputs(
	folder: string,
	{ flags, setup, run }: { readonly flags: Flags; readonly setup: Setup; readonly run: RunRecord },
	isShared = availableParallelism() > 1 && pointsOf(run) > POINTS_FOR_HELPER,
): Promise<void> {
	const plan = outputPlan(flags, setup, run);
	const tasks = outputTasks(folder, plan, run);
	const begun = countTasks();
	// Functions that price operations stay on this thread.
	const helper = isShared && !plan.operations ? startHelper({ folder, plan, run, begun }) : null;
	doTasks(tasks, begun, 'first');
	await helper;
}

function pointsOf({ replicas, completions }: RunRecord): number {
	return replicas.reduce((sum, { memory }) => sum + memory.value.length, completions.id.length);
}
