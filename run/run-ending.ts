import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { finishReport } from '../cli/finish.ts';
import { EXIT, version } from '../kernel/host/program.ts';
import { ConfigError, messageOf, SimulationError } from '../protocol/errors.ts';
import { HOUR_US } from '../protocol/time.ts';
import type { RunEnd } from '../services/coordinator/coordinator.ts';
import { closeRecovered, cutToWindow, isUnfinished } from '../services/recorder/recover.ts';
import { noteRefusals, type RunStatus } from '../services/recorder/run-folder.ts';
import type { Plan } from './resolve/plan.ts';
import { foldersOf } from './resolve/site-folders.ts';

/** Brings the folder of a run that has ended to its end, reports, and says how it ended. Returns the exit code. */
export async function finishRun(
	plan: Plan,
	ended: RunEnd,
	options: { readonly json: boolean },
): Promise<number> {
	const status = { complete: 'complete', interrupted: 'incomplete', failed: 'failed' } as const;
	// Of several sites no recorder writes for the whole.
	const isOurs = ended.outcome !== 'complete' || plan.sites !== null;
	const simulatedUntilUs = isOurs
		? mark(plan, status[ended.outcome], ended)
		: ended.simulatedUntilUs;
	const end = { ...ended, simulatedUntilUs };
	if (end.refusals.count + end.refusals.duplicates > 0) noteInFolders(plan, end);
	if (end.error instanceof ConfigError) throw end.error;
	const recorded = existsSync(join(plan.folder, 'metadata.yaml')) && end.simulatedUntilUs > 0;
	try {
		if (recorded && plan.scenario.outputs.parquet) await exportTables(foldersOf(plan));
		if (recorded) await finishReport(plan, end, options.json);
	} catch (error) {
		// A run that failed already says why it did; the report may have failed for the same reason.
		if (end.outcome === 'complete') throw new SimulationError(messageOf(error));
	}
	if (end.outcome === 'complete') return EXIT.done;
	process.stderr.write(`${explainEnd(plan, end, recorded)}\n`);
	return end.outcome === 'interrupted' ? EXIT.interrupted : EXIT.failed;
}

/** The CSV files of run folders as Parquet too. The writer is loaded when asked for: few runs need it. */
export async function exportTables(folders: readonly string[]): Promise<void> {
	const { exportParquet } = await import('../results/export/parquet.ts');
	for (const folder of folders) await exportParquet(folder, version());
}

function explainEnd(plan: Plan, end: RunEnd, recorded: boolean): string {
	const hours = (end.simulatedUntilUs / HOUR_US).toFixed(2);
	const kept = recorded
		? `; what was recorded up to ${hours} h of simulated time is kept in ${plan.folder}`
		: '';
	return end.outcome === 'interrupted' ? `Interrupted${kept}` : `${end.reason}${kept}`;
}

/** Messages that were refused stand in the metadata, from where the table and the page have them. */
function noteInFolders(plan: Plan, { refusals }: RunEnd): void {
	for (const folder of foldersOf(plan)) {
		if (existsSync(join(folder, 'metadata.yaml'))) noteRefusals(folder, refusals);
	}
}

/**
 * The recorder may be gone: then its tables are ours to cut, and its last word in metadata.yaml is ours to write. Returns
 * the time up to which the run is recorded.
 */
export function mark(
	plan: Plan,
	status: Exclude<RunStatus, 'running'>,
	end: Pick<RunEnd, 'reason' | 'simulatedUntilUs'>,
): number {
	const reason = status === 'complete' ? null : end.reason;
	const parts = (plan.sites ?? [plan]).map(({ folder }) => folder);
	const { folder: root } = plan;
	const { simulatedUntilUs } = end;
	try {
		const cut = isUnfinished(parts)
			? cutToWindow({ root, folders: parts, untilUs: simulatedUntilUs })
			: { untilUs: simulatedUntilUs };
		closeRecovered(foldersOf(plan), status, { ...cut, reason, simulatedUntilUs: cut.untilUs });
		return cut.untilUs;
	} catch (error) {
		process.stderr.write(`${messageOf(error)}\n`);
		return simulatedUntilUs;
	}
}
