import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { reportPage } from './html.ts';
import { readRun } from './run.ts';
import { type Summary, summarize } from './summary.ts';
import { metricsText } from './text.ts';

/**
 * Reads a run folder and writes its report.html and simulation_metrics.txt, each as a whole or not at all.
 *
 * @returns the figures, for a closing table or for JSON
 * @throws ConfigError if the folder is no run folder or cannot be written
 */
export async function writeReport(folder: string): Promise<Summary> {
	const run = await readRun(folder);
	const summary = summarize(run);
	writeWhole(join(folder, 'simulation_metrics.txt'), metricsText(summary));
	writeWhole(join(folder, 'report.html'), reportPage(run, summary));
	return summary;
}

function writeWhole(path: string, text: string): void {
	try {
		writeFileSync(`${path}.part`, text);
		renameSync(`${path}.part`, path);
	} catch (error) {
		throw new ConfigError(`Cannot write "${path}": ${messageOf(error)}`);
	}
}
