import { join } from 'node:path';
import { writeWhole } from '../../kernel/files/write-whole.ts';
import { readCases } from './cases.ts';
import { readComparisonFile } from './comparison-file.ts';
import { comparisonPage } from './comparison-page.ts';
import { comparisonText } from './comparison-text.ts';
import { reportLink } from './report-link.ts';
import { type Comparison, comparisonCsv, comparisonObject, comparisonOf } from './show.ts';

/**
 * Reads the runs of a folder of `gridbeat run --vary` or `--without`, and writes what they come to beside each other into
 * it: comparison.json, .csv and .txt and report.html. The same runs give the same bytes.
 *
 * @throws ConfigError where fewer than two cases are there, or one cannot be written
 */
export async function writeComparison(folder: string): Promise<Comparison> {
	const { command } = readComparisonFile(folder);
	const comparison = comparisonOf(await readCases([folder]));
	const page = await comparisonPage(comparison, { command, linkTo: reportLink(folder) });
	const json = JSON.stringify(comparisonObject(comparison), null, '\t');
	writeWhole(join(folder, 'comparison.json'), `${json}\n`);
	writeWhole(join(folder, 'comparison.csv'), comparisonCsv(comparison));
	writeWhole(join(folder, 'comparison.txt'), `${comparisonText(comparison, { isWhole: false })}\n`);
	writeWhole(join(folder, 'report.html'), page);
	return comparison;
}
