import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../kernel/host/program.ts';
import { ConfigError, LostError, messageOf, SimulationError } from '../protocol/errors.ts';
import type { RunStatus } from '../protocol/run-folder/metadata.ts';
import { formatSimTime, HOUR_US } from '../protocol/time.ts';
import { writeFeedsTable } from '../results/report/feeds-table.ts';
import { summaryOf } from '../results/report/sites.ts';
import { writeReport } from '../results/report/write-report.ts';
import type { RunEnd } from '../services/coordinator/coordinator.ts';
import { closeRecovered, cutToWindow, isUnfinished } from '../services/recorder/recover.ts';
import { noteInMetadata } from '../services/recorder/run-folder.ts';
import { isResumable, removeResumeFiles } from './launch/resume-files.ts';
import type { Plan } from './resolve/plan.ts';
import { foldersOf } from './resolve/site-folders.ts';
import { RunAborted, RunFailed, type RunResult } from './run-result.ts';

export interface Ending {
	/** Whether report.html and what stands beside it are written. */
	readonly report: boolean;
	/** Whether whoever waits wants to be gone: what was recorded is brought in order, and nothing is made of it. */
	readonly isHasty: boolean;
	readonly notice: (text: string) => void;
}

/**
 * Brings the folder of a run that has ended to its end, and says what came of it.
 *
 * @throws RunAborted, RunFailed with what came of it all the same; ConfigError for what could not be run
 */
export async function endRun(plan: Plan, ended: RunEnd, ending: Ending): Promise<RunResult> {
	const status = { complete: 'complete', interrupted: 'incomplete', failed: 'failed' } as const;
	// Of several sites no recorder writes for the whole; and one that was lost at the very end writes nothing.
	const parts = (plan.sites ?? [plan]).map(({ folder }) => folder);
	const isOurs = ended.outcome !== 'complete' || plan.sites !== null || isUnfinished(parts);
	const simulatedUntilUs = isOurs
		? mark(plan, status[ended.outcome], { ...ended, notice: ending.notice })
		: ended.simulatedUntilUs;
	const end = { ...ended, simulatedUntilUs };
	if (end.outcome === 'complete') removeResumeFiles(plan);
	noteInFolders(plan, end);
	if (end.error instanceof ConfigError) throw end.error;
	const recorded = existsSync(join(plan.folder, 'metadata.yaml')) && end.simulatedUntilUs > 0;
	let result: RunResult | null = null;
	try {
		if (recorded && !ending.isHasty) result = await resultOf(plan, end, ending.report);
	} catch (error) {
		// A run that failed already says why it did; the report may have failed for the same reason.
		if (end.outcome === 'complete') throw new SimulationError(messageOf(error));
	}
	if (end.outcome === 'complete') {
		if (result !== null) return result;
		throw new SimulationError(`Cannot read the run "${plan.folder}": nothing was recorded`);
	}
	const text = explainEnd(plan, end, recorded);
	if (end.outcome === 'interrupted') throw new RunAborted(text, plan.folder, result);
	const { actor = null, timeUs = null } =
		end.error instanceof SimulationError ? end.error : { actor: null, timeUs: null };
	throw new RunFailed(text, {
		...{ reason: end.reason, folder: plan.folder, result, cause: end.error },
		where: { ...(actor === null ? {} : { actor }), ...(timeUs === null ? {} : { timeUs }) },
	});
}

async function resultOf(plan: Plan, end: RunEnd, report: boolean): Promise<RunResult> {
	const { run, folder } = plan;
	writeFeedsTable(folder);
	if (plan.scenario.outputs.parquet) await exportTables(foldersOf(plan));
	const { outcome, reason, simulatedUntilUs, refusals } = end;
	return {
		...{ run, folder },
		report: report ? join(folder, 'report.html') : null,
		...{ outcome, reason, simulatedUntilUs },
		messages: { refused: refusals.count, duplicates: refusals.duplicates },
		summary: report ? await writeReport(folder) : await summaryOf(folder),
	};
}

/** The CSV files of run folders as Parquet too. The writer is loaded when asked for: few runs need it. */
async function exportTables(folders: readonly string[]): Promise<void> {
	const { exportParquet } = await import('../results/export/parquet.ts');
	for (const folder of folders) await exportParquet(folder, version());
}

function explainEnd(plan: Plan, end: RunEnd, recorded: boolean): string {
	const hours = (end.simulatedUntilUs / HOUR_US).toFixed(2);
	const kept = recorded
		? `; what was recorded up to ${hours} h of simulated time is kept in ${plan.folder}`
		: '';
	// What an actor cannot do it could not do a second time.
	const isCurable = end.outcome === 'interrupted' || end.error instanceof LostError;
	const more =
		isCurable && isResumable(plan.folder) ? `; to go on: gridbeat resume ${plan.folder}` : '';
	return `${end.outcome === 'interrupted' ? 'Interrupted' : end.reason}${kept}${more}`;
}

/** What was refused and survived stands in the metadata, from where the table and the page have it. */
function noteInFolders(plan: Plan, { refusals, setbacks, checkpoints }: RunEnd): void {
	const { count, duplicates, named } = refusals;
	const counted = { refused_messages: count, duplicate_messages: duplicates };
	const noted = {
		...(count + duplicates > 0 ? { ...counted, refused_named: [...named] } : {}),
		...(setbacks > 0 ? { setbacks } : {}),
		...(checkpoints > 0 ? { checkpoints } : {}),
	};
	if (Object.keys(noted).length === 0) return;
	for (const folder of foldersOf(plan)) {
		if (existsSync(join(folder, 'metadata.yaml'))) noteInMetadata(folder, noted);
	}
}

/**
 * The recorder may be gone: then its tables are ours to cut, and its last word in metadata.yaml is ours to write. Returns
 * the time up to which the run is recorded.
 */
function mark(
	plan: Plan,
	status: Exclude<RunStatus, 'running'>,
	end: Pick<RunEnd, 'reason' | 'simulatedUntilUs'> & Pick<Ending, 'notice'>,
): number {
	const reason = status === 'complete' ? null : end.reason;
	const parts = (plan.sites ?? [plan]).map(({ folder }) => folder);
	const { folder: root } = plan;
	const { simulatedUntilUs } = end;
	try {
		const cut = isUnfinished(parts)
			? cutToWindow({ root, folders: parts, untilUs: simulatedUntilUs })
			: { untilUs: simulatedUntilUs };
		if (status === 'complete' && cut.untilUs < simulatedUntilUs)
			throw new SimulationError(
				`Cannot end the run in "${root}": it is recorded up to ${formatSimTime(cut.untilUs)} only`,
			);
		closeRecovered(foldersOf(plan), status, { ...cut, reason, simulatedUntilUs: cut.untilUs });
		return cut.untilUs;
	} catch (error) {
		if (status === 'complete') throw error;
		end.notice(messageOf(error));
		return simulatedUntilUs;
	}
}
