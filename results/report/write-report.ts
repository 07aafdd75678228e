import { join } from 'node:path';
import { checkWay } from '../../kernel/files/open-below.ts';
import { writeWhole } from '../../kernel/files/write-whole.ts';
import type { Reported, Summary } from '../../protocol/run-folder/summary.ts';
import type { Reached } from '../../protocol/run-folder/summary-energy.ts';
import { vidurEnergyOf } from './accounts.ts';
import { reachedOf, reachedTogether } from './dispatch.ts';
import { writeExperiment, writeSitesExperiment } from './experiment-file.ts';
import { writeFeedsTable } from './feeds-table.ts';
import { figuresOf } from './figures.ts';
import { readMetadata } from './metadata.ts';
import { reportPage } from './report-page.ts';
import { type Run, readRun } from './run.ts';
import { readSites, siteNamesOf, totalOf } from './sites.ts';
import { sitesPage } from './sites-page.ts';
import { writeSitesTable } from './sites-table.ts';
import { summarize } from './summary.ts';
import { figureSvg } from './svg.ts';
import { metricsText, sitesTable } from './text.ts';

/**
 * Reads a run folder and writes its report.html, simulation_metrics.txt and plots/*.svg, each as a whole or
 * not at all.
 *
 * @returns the figures, for a closing table or for JSON
 * @throws ConfigError if the folder is no run folder or cannot be written
 */
export async function writeReport(folder: string): Promise<Reported> {
	writeFeedsTable(folder);
	if (siteNamesOf(readMetadata(folder)).length > 0) return writeSites(folder);
	const run = await readRun(folder);
	const summary: Summary = { ...summarize(run), hindsight: await reachedOf(run) };
	writeRun(folder, run, summary);
	return summary;
}

/** The report of each site into its folder, and one over all. */
async function writeSites(folder: string): Promise<Reported> {
	const whole = await readSites(folder);
	const bySite: Record<string, Summary> = {};
	const reachedBySite: { run: Run; reached: readonly Reached[] }[] = [];
	for (const { name, run, summary } of whole.sites) {
		const reached = await reachedOf(run);
		const reported = { ...summary, hindsight: reached };
		writeRun(folder, run, reported);
		bySite[name] = reported;
		reachedBySite.push({ run, reached });
	}
	const total = { ...totalOf(whole), hindsight: reachedTogether(reachedBySite) };
	writeSitesTable(join(folder, 'sites.csv'), whole.sites);
	writeWhole(
		join(folder, 'simulation_metrics.txt'),
		`${sitesTable(whole.sites)}\n\n${metricsText(total)}`,
	);
	writeSitesExperiment(folder, whole.metadata, whole.sites, total);
	writeWhole(join(folder, 'report.html'), sitesPage(whole, total));
	return { ...total, sites: bySite };
}

/** Into the folder of the run, which is `root` or lies below it, with no link on the way. */
function writeRun(root: string, run: Run, summary: Summary): void {
	const { folder } = run;
	checkWay(root, join(folder, 'report.html'));
	// The file has Vidur-Energy's lines whether the scenario counts that way or not.
	const metrics = metricsText({ ...summary, vidurEnergy: vidurEnergyOf(run) });
	writeWhole(join(folder, 'simulation_metrics.txt'), metrics);
	writeExperiment(folder, run, summary);
	const figures = figuresOf(run);
	writeWhole(join(folder, 'report.html'), reportPage(run, summary, figures));
	const timezone = run.metadata.gridbeat.timezone ?? 'UTC';
	for (const figure of figures)
		writeWhole(join(folder, 'plots', `${figure.id}.svg`), figureSvg(figure, timezone), {
			below: root,
		});
}
