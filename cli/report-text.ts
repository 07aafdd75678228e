import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { caseFoldersOf, holdsComparison } from '../results/compare/comparison-file.ts';
import { withRuns } from '../run/launch/open-run.ts';
import { jsonText } from './json-output.ts';
import { say } from './say.ts';

interface Shape {
	readonly json?: boolean;
	readonly csv?: boolean;
}

/** Writes the report of a run folder, of one of repeats or of one of runs to be compared, and says what it comes to. */
export function reportText(folder: string, options: Shape): Promise<string> {
	const opening = { what: 'gridbeat report', writes: true, say };
	return withRuns(caseFoldersOf(folder), opening, () =>
		holdsComparison(folder) ? comparisonReport(folder, options) : textOf(folder, options),
	);
}

async function comparisonReport(folder: string, options: Shape): Promise<string> {
	const [{ writeComparison }, show, { comparisonText }] = await Promise.all([
		import('../results/compare/write-comparison.ts'),
		import('../results/compare/show.ts'),
		import('../results/compare/comparison-text.ts'),
	]);
	const comparison = await writeComparison(folder);
	if (options.csv === true) return show.comparisonCsv(comparison);
	return options.json === true
		? jsonText('compare', show.comparisonObject(comparison))
		: `${comparisonText(comparison, { isWhole: false })}\n`;
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
