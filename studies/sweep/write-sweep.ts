import { join } from 'node:path';
import { stringify } from 'yaml';
import { writeWhole } from '../../kernel/files/write-whole.ts';
import { csvText, parquetBytes } from '../../results/compare/table.ts';
import { type SweepPage, sweepPage } from './sweep-page.ts';
import { failuresTable, meansTable, runsTable } from './sweep-results.ts';
import { writeVessimStudy } from './vessim-study.ts';

/**
 * Writes sweep.yaml, results.csv and .parquet, means.csv, failures.csv, index.html and the study of Vessim into a folder. The
 * same runs give the same bytes.
 *
 * @throws ConfigError if one cannot be written
 */
export function writeSweep(folder: string, parts: SweepPage): void {
	const { file, runs, points, keys, metrics, program } = parts;
	const results = runsTable(runs, keys, metrics);
	const at = (name: string) => join(folder, name);
	writeWhole(at('sweep.yaml'), stringify(file));
	writeWhole(at('results.csv'), csvText(results));
	writeWhole(at('results.parquet'), parquetBytes(results, program));
	writeWhole(at('means.csv'), csvText(meansTable(points, keys, metrics)));
	writeWhole(at('failures.csv'), csvText(failuresTable(runs)));
	writeWhole(at('index.html'), sweepPage(parts));
	writeVessimStudy(folder, parts);
}
