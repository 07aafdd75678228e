import { SimulationError } from '../../protocol/errors.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { removeRun } from '../../services/recorder/run-files.ts';
import { markEnded } from '../../services/recorder/run-folder.ts';
import { makePlan } from '../make-plan.ts';
import { lockName, type Plan } from '../resolve/plan.ts';
import { beginSites, foldersOf } from '../resolve/site-folders.ts';
import { exportTables } from '../run-ending.ts';
import { holdFolder } from './hold-folder.ts';
import { launchInProcess } from './launch.ts';
import { IN_PROCESS } from './placement.ts';

export interface InProcessOptions {
	readonly folder: string;
	readonly command: string;
	/** What the lock of the folder says, where whoever calls has taken it for this run and for more. */
	readonly lockedAs?: string;
}

/**
 * Runs a scenario in this process, without a word, for commands that show its results themselves.
 *
 * @param progress told the part of the run that is done
 * @throws SimulationError when it does not come to its end
 */
export async function runInProcess(
	scenario: Scenario,
	{ folder, command, lockedAs }: InProcessOptions,
	progress: (part: number) => void = () => {},
): Promise<void> {
	const placement = IN_PROCESS;
	const options = { out: folder, json: true, dryRun: false, overwrite: true, command };
	const about = lockedAs === undefined ? options : { ...options, lockedAs };
	const plan = await makePlan({ ...scenario, placement }, about);
	const held =
		lockedAs !== undefined ? null : holdFolder(plan.folder, lockName(plan.run), () => {});
	try {
		removeRun(plan.folder);
		await runPlan(plan, progress);
	} finally {
		held?.release();
	}
}

async function runPlan(plan: Plan, progress: (part: number) => void): Promise<void> {
	const { run, frame, roster, wires, external, scenario } = plan;
	const { seed, untilUs, windowUs } = frame;
	beginSites(plan);
	const launched = await launchInProcess(
		{ run, seed, untilUs, windowUs, roster, wires, external, pace: null },
		{ notice() {}, progress() {}, windowDone: (simulatedUs) => progress(simulatedUs / untilUs) },
	);
	const end = await launched.end;
	if (end.outcome !== 'complete') throw end.error ?? new SimulationError(end.reason);
	// Of several sites no recorder writes for the whole.
	if (plan.sites !== null)
		markEnded(plan.folder, 'complete', { reason: null, simulatedUntilUs: end.simulatedUntilUs });
	if (scenario.outputs.parquet) await exportTables(foldersOf(plan));
}
