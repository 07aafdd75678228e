import { join } from 'node:path';
import { projectFile } from '../kernel/files/project-file.ts';
import { readScenario } from '../run/resolve/scenario-file.ts';
import { runScenario } from '../run/run-scenario.ts';
import { allFamilies } from '../services/gateway/metrics/all-families.ts';
import type { Family } from '../services/gateway/metrics/family.ts';
import { MONITOR } from '../services/gateway/monitor/outside-key.ts';
import { MonitorView } from '../services/gateway/monitor/view.ts';
import { tempFolder } from './cli.ts';

/**
 * Runs an example in this process, for so long. @param view of a run that is served; null: of one that is not
 * @returns its run folder
 */
export async function runExample(
	example: string,
	until: string,
	view: MonitorView | null,
): Promise<string> {
	const out = join(tempFolder(), 'run');
	const path = projectFile(`examples/${example}.yaml`);
	const scenario = readScenario(path, new Map<string, unknown>([['until', until]]));
	await runScenario(
		{ ...scenario, placement: { ...scenario.placement, mode: 'in-process', processes: null } },
		{ out, id: 'run', report: false, ...(view === null ? {} : { outside: { [MONITOR]: view } }) },
	);
	return out;
}

/** The metrics of an example at the end of its first half hour. */
export async function servedFamilies(example: string): Promise<readonly Family[]> {
	const view = new MonitorView();
	await runExample(example, '30min', view);
	return familiesOf(view);
}

/** The metrics of a run that has ended. */
export function familiesOf(view: MonitorView): Family[] {
	const monitored = view.furthest();
	if (monitored === null) throw new Error('the run has shown nothing');
	return allFamilies([{ run: 'run', monitored }]);
}
