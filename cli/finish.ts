import { join } from 'node:path';
import { summaryJson } from '../results/report/summary-rows.ts';
import { reportedTable } from '../results/report/text.ts';
import { writeReport } from '../results/report/write-report.ts';
import type { Plan } from '../run/resolve/plan.ts';
import type { RunEnd } from '../services/coordinator/coordinator.ts';

/** Writes the report of a run and shows its key figures. */
export async function finishReport(plan: Plan, end: RunEnd, json: boolean): Promise<void> {
	const summary = await writeReport(plan.folder);
	const report = join(plan.folder, 'report.html');
	if (json) {
		const { run, folder } = plan;
		const { outcome, reason, simulatedUntilUs, refusals } = end;
		const messages = { refused: refusals.count, duplicates: refusals.duplicates };
		const figures = summaryJson(summary);
		const result = {
			run,
			folder,
			report,
			outcome,
			reason,
			simulatedUntilUs,
			messages,
			summary: figures,
		};
		process.stdout.write(`${JSON.stringify(result, null, '\t')}\n`);
		return;
	}
	process.stdout.write(`${reportedTable(summary)}\nReport: ${report}\n`);
}
