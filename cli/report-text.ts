import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { withRuns } from '../run/launch/open-run.ts';
import { jsonText } from './json-output.ts';
import { say } from './say.ts';

interface Shape {
	readonly json?: boolean;
	readonly csv?: boolean;
}

/** Writes the report of a run folder, or of one of repeats, and says what it comes to. */
export function reportText(folder: string, options: Shape): Promise<string> {
	const opening = { what: 'gridbeat report', writes: true, say };
	return withRuns([folder], opening, () => textOf(folder, options));
}

async function textOf(folder: string, options: Shape): Promise<string> {
	if (!existsSync(join(folder, 'repeats.yaml'))) return runReport(folder, options);
	const [{ reportRepeats }, show] = await Promise.all([
		import('../results/repeats/write-repeats.ts'),
		import('../results/repeats/show.ts'),
	]);
	const repeats = await reportRepeats(folder);
	if (options.csv === true) return show.repeatsCsv(repeats);
	return options.json === true
		? jsonText('repeats', show.repeatsObject(repeats, resolve(folder)))
		: `${show.repeatsText(repeats)}\n`;
}

async function runReport(folder: string, { json, csv }: Shape): Promise<string> {
	const [{ writeReport }, { summaryCsv, summaryJson }, { reportedTable }] = await Promise.all([
		import('../results/report/write-report.ts'),
		import('../results/report/summary-rows.ts'),
		import('../results/report/text.ts'),
	]);
	const summary = await writeReport(folder);
	if (csv === true) return summaryCsv(summary);
	return json ? jsonText('report', summaryJson(summary)) : `${reportedTable(summary, true)}\n`;
}
