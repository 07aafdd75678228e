import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../../kernel/files/write-whole.ts';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import type { VidurEnergyMetrics } from '../../protocol/run-folder/summary-energy.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { vidurEnergyWithoutCarbon } from '../../results/report/accounts.ts';
import { type Run, readRun } from '../../results/report/run.ts';
import { summarize } from '../../results/report/summary.ts';
import { metricsText } from '../../results/report/text.ts';
import { writeReport } from '../../results/report/write-report.ts';
import { readVidurResults } from '../energy/results.ts';
import { cosimScenario } from './make-scenario.ts';
import { originalLines } from './metrics-text.ts';
import { carbonCsv, monitorCsv } from './monitor-files.ts';
import type { CosimOptions } from './options.ts';
import { cosimPlots } from './plots.ts';

export interface CosimResult {
	/** FOLDER/vessim_analysis, which is a run folder too. */
	readonly folder: string;
	readonly summary: Summary;
	/** By the definitions of Vidur-Energy. */
	readonly original: VidurEnergyMetrics;
	/** What simulation_metrics.txt begins with. */
	readonly lines: readonly string[];
}

/** Runs a scenario and records it in a folder. */
export type Runner = (scenario: Scenario, folder: string) => Promise<void>;

/** Files that some runs have and others have not. */
const MADE = [
	'solar_series.csv',
	'carbon_series.csv',
	'vessim_output_carbon.csv',
	'battery_combined_plots.svg',
	'carbon_emissions_plot.svg',
];

/** Where the files of a co-simulation go, within a results folder of Vidur. */
export const COSIM_FOLDER = 'vessim_analysis';

/**
 * Reads a results folder of Vidur, runs the microgrid with its power as the load, and writes what
 * Vidur-Energy's co-simulation writes, beside our run folder and report.
 *
 * @throws ConfigError for folders, files and flags that cannot be used
 */
export async function writeCosim(
	options: CosimOptions,
	{ isCarbonAnalysed, run }: { readonly isCarbonAnalysed: boolean; readonly run: Runner },
): Promise<CosimResult> {
	const results = readVidurResults(options.folder);
	const folder = join(options.folder, COSIM_FOLDER);
	const { scenario, files } = cosimScenario(results, options, folder);
	// Those of an earlier run would look like this one's.
	for (const name of MADE) rmSync(join(folder, name), { force: true });
	for (const [path, text] of files) writeWhole(path, text);
	await run(scenario, folder);
	await writeReport(folder);
	const recorded = await readRun(folder);
	const summary = summarize(recorded);
	const original = originalFigures(recorded, summary, options);
	const { carbon, batteries } = recorded.steps;
	const lines = originalLines(original, options, {
		hasBattery: batteries.length > 0,
		hasCarbon: isCarbonAnalysed && carbon !== null,
	});
	const ours = [
		'',
		'Gridbeat',
		'',
		`Above: as Vidur-Energy counts. Power: ${powerWords(options)}`,
		'',
		metricsText(summary),
	];
	writeWhole(join(folder, 'simulation_metrics.txt'), [...lines, ...ours].join('\n'));
	writeWhole(join(folder, 'vessim_output.csv'), monitorCsv(recorded, options.accounting));
	const carbonText = carbonCsv(recorded);
	if (carbonText !== null) writeWhole(join(folder, 'vessim_output_carbon.csv'), carbonText);
	const plots = cosimPlots(recorded, isCarbonAnalysed ? options : null);
	for (const [name, svg] of plots) writeWhole(join(folder, name), svg);
	return { folder, summary, original, lines };
}

function originalFigures(
	run: Run,
	summary: Summary,
	{ accounting, analysis, stepS }: CosimOptions,
): VidurEnergyMetrics {
	const figures = summary.vidurEnergy ?? vidurEnergyWithoutCarbon(run);
	if (accounting === 'gridbeat' || analysis === 'trend analysis') return figures;
	// In its total power analysis the length of the step is missing from the energies.
	return {
		...figures,
		demandKwh: figures.demandKwh / stepS,
		solarKwh: figures.solarKwh / stepS,
		gridKwh: figures.gridKwh / stepS,
	};
}

function powerWords({ accounting, analysis, pue }: CosimOptions): string {
	if (accounting === 'gridbeat')
		return `mean over time of all GPUs, idle time included, times PUE ${pue}`;
	return `${analysis === 'trend analysis' ? 'mean' : 'sum'} of one GPU over the batches of each bin, without PUE`;
}
