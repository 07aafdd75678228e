import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../../kernel/files/write-whole.ts';
import { parquetBytes } from '../compare/table.ts';
import { readMetadata } from '../report/metadata.ts';
import { readSteps } from '../report/run.ts';
import { siteNamesOf } from '../report/sites.ts';
import { summaryRows } from '../report/summary-rows.ts';
import { writeReport } from '../report/write-report.ts';
import { repeatsPage } from './page.ts';
import { figureRows, type RepeatRun, repeatedFigures } from './repeated-figures.ts';
import { type RepeatsFile, readRepeatsFile } from './repeats-file.ts';
import { type Repeats, repeatsCsv, repeatsObject, repeatsTable, repeatsText } from './show.ts';
import { TimeBands } from './time-bands.ts';

/**
 * Writes what repeated runs come to together into their folder: summary.csv, .parquet, .json and .txt and report.html.
 * The same runs give the same bytes.
 *
 * @throws ConfigError if one cannot be written
 */
export async function writeRepeats(
	folder: string,
	file: RepeatsFile,
	runs: readonly RepeatRun[],
): Promise<Repeats> {
	const repeats: Repeats = { title: file.title, runs, figures: repeatedFigures(runs) };
	const bands = new TimeBands();
	for (const { folder: own, rows } of runs) {
		const metadata = rows === null ? null : readMetadata(join(folder, own));
		// Sites have a file each; what they take together is no file.
		if (metadata === null || siteNamesOf(metadata).length > 0) continue;
		bands.add((await readSteps(join(folder, own), metadata)).steps);
	}
	writeWhole(join(folder, 'summary.csv'), repeatsCsv(repeats));
	writeWhole(join(folder, 'summary.parquet'), parquetBytes(repeatsTable(repeats), file.program));
	writeWhole(
		join(folder, 'summary.json'),
		`${JSON.stringify(repeatsObject(repeats, '.'), null, '\t')}\n`,
	);
	writeWhole(join(folder, 'summary.txt'), `${repeatsText(repeats)}\n`);
	writeWhole(join(folder, 'report.html'), repeatsPage(repeats, file, bands.figures()));
	return repeats;
}

/** Reads every run folder again, and writes its report and what they come to together. */
export async function reportRepeats(folder: string): Promise<Repeats> {
	const file = readRepeatsFile(folder);
	const runs: RepeatRun[] = [];
	for (const { seed, folder: own, failure } of file.runs) {
		const path = join(folder, own);
		if (failure !== null || !existsSync(join(path, 'metadata.yaml'))) {
			runs.push({ seed, folder: own, rows: null, failure: failure ?? 'not done yet' });
			continue;
		}
		const reported = await writeReport(path);
		if (reported.status !== 'complete') {
			// A part of a run is no repeat of whole ones.
			const hours = (reported.durationS / 3600).toFixed(2);
			const why = `${reported.status} after ${hours} h of simulated time`;
			runs.push({ seed, folder: own, rows: null, failure: why });
			continue;
		}
		runs.push({ seed, folder: own, rows: figureRows(summaryRows(reported)), failure: null });
	}
	return writeRepeats(folder, file, runs);
}
