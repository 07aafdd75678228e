import { join } from 'node:path';
import { stringify } from 'yaml';
import { writeWhole } from '../../kernel/files/write-whole.ts';
import { csvText, parquetBytes } from '../../results/compare/table.ts';
import { STATISTICS } from './find-capacity.ts';
import { type CapacityPage, capacityPage } from './page.ts';
import {
	type Answer,
	bestBy,
	frontsOf,
	GAINS,
	paretoTable,
	resultsTable,
	trialsTable,
} from './results.ts';
import { objectivesOf } from './slo.ts';

/**
 * Writes capacity.yaml, results.csv and .parquet, trials.csv and .parquet, pareto.csv, best.json and index.html
 * into a folder. The same answers give the same bytes.
 *
 * @throws ConfigError if one cannot be written
 */
export function writeCapacity(folder: string, parts: CapacityPage): void {
	const { file, answers, keys, program } = parts;
	const objectives = objectivesOf(file.slo);
	const statistics = [...new Set([...STATISTICS, ...objectives.map(({ statistic }) => statistic)])];
	const results = resultsTable(answers, keys, statistics);
	const trials = trialsTable(answers, statistics);
	const at = (name: string) => join(folder, name);
	writeWhole(at('capacity.yaml'), stringify(file));
	writeWhole(at('results.csv'), csvText(results));
	writeWhole(at('results.parquet'), parquetBytes(results, program));
	writeWhole(at('trials.csv'), csvText(trials));
	writeWhole(at('trials.parquet'), parquetBytes(trials, program));
	writeWhole(at('pareto.csv'), csvText(paretoTable(frontsOf(answers, objectives))));
	writeWhole(at('best.json'), `${JSON.stringify(bestOf(answers), null, '\t')}\n`);
	writeWhole(at('index.html'), capacityPage(parts));
}

/** The best configuration by each gain, at its capacity; null where none is feasible. */
export function bestOf(answers: readonly Answer[]) {
	const entries = GAINS.map(({ name }) => {
		const answer = bestBy(answers, name);
		if (answer === null || answer.best === null) return [name, null] as const;
		const { label, point, best, configuration } = answer;
		return [
			name,
			{
				configuration: label,
				point,
				capacityQps: best.qps,
				gpus: configuration?.gpus ?? null,
				replicas: configuration?.replicas ?? null,
				...best.economics,
			},
		] as const;
	});
	return Object.fromEntries(entries);
}
