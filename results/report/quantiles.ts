import { join } from 'node:path';
import { ConfigError } from '../../protocol/errors.ts';
import { REQUEST_DISTRIBUTIONS, REQUEST_QUANTILES } from '../../protocol/run-folder/requests.ts';
import { Column, cellNumber } from './columns.ts';
import { readCsv } from './read-csv.ts';

/** What request_quantiles.csv has of one metric. */
export interface MetricQuantiles {
	readonly count: number;
	readonly mean: number;
	readonly p50: number;
	readonly p90: number;
	readonly p99: number;
}

/** request_quantiles.csv: all metrics of the completed requests that the report needs. */
export interface RequestQuantiles {
	readonly e2eS: MetricQuantiles;
	/** Time to first token: Vidur's prefill_e2e_time. */
	readonly ttftS: MetricQuantiles;
	readonly prefillTokens: MetricQuantiles;
	readonly decodeTokens: MetricQuantiles;
	readonly restarts: MetricQuantiles;
	/** Of durations, where the run has them. */
	readonly distributions: Readonly<Partial<Record<DistributionName, Distribution>>>;
}

/** What share of the requests does not exceed a value; both rise. */
export interface Distribution {
	readonly shares: Float64Array;
	readonly values: Float64Array;
}

const DISTRIBUTIONS = {
	ttftS: 'prefill_e2e_time',
	e2eS: 'request_e2e_time',
	perOutputTokenS: 'decode_time_execution_plus_preemption_normalized',
} as const;
export type DistributionName = keyof typeof DISTRIBUTIONS;

const METRICS = {
	e2eS: 'request_e2e_time',
	ttftS: 'prefill_e2e_time',
	prefillTokens: 'request_num_prefill_tokens',
	decodeTokens: 'request_num_decode_tokens',
	restarts: 'request_num_restarts',
} as const;
const COLUMNS = ['count', 'mean', 'p50', 'p90', 'p99'] as const;

/** Null where the run kept a row of each request. */
export async function readQuantiles(
	folder: string,
): Promise<{ quantiles: RequestQuantiles | null; torn: number | null }> {
	const path = join(folder, REQUEST_QUANTILES.file);
	const byName = new Map<string, MetricQuantiles>();
	const torn = await readCsv(path, REQUEST_QUANTILES, (header) => {
		const metric = REQUEST_QUANTILES.placeIn(header, 'metric');
		const at = COLUMNS.map((name) => REQUEST_QUANTILES.placeIn(header, name));
		return (row) => {
			const cells = COLUMNS.map((name, i) => [name, cellNumber(row[at[i] as number])] as const);
			byName.set(row[metric] ?? '', Object.fromEntries(cells) as unknown as MetricQuantiles);
		};
	});
	if (torn === null) return { quantiles: null, torn };
	const entries = Object.entries(METRICS).map(([key, name]) => {
		const found = byName.get(name);
		if (found === undefined) throw new ConfigError(`Cannot read "${path}": it has no "${name}"`);
		return [key, found] as const;
	});
	const found = Object.fromEntries(entries) as unknown as RequestQuantiles;
	return { quantiles: { ...found, distributions: await readDistributions(folder) }, torn };
}

/** Runs of older versions have none. */
async function readDistributions(folder: string): Promise<RequestQuantiles['distributions']> {
	const byMetric = new Map<string, { shares: Column; values: Column }>();
	for (const name of Object.values(DISTRIBUTIONS))
		byMetric.set(name, { shares: new Column(), values: new Column() });
	await readCsv(join(folder, REQUEST_DISTRIBUTIONS.file), REQUEST_DISTRIBUTIONS, (header) => {
		const metric = REQUEST_DISTRIBUTIONS.placeIn(header, 'metric');
		const share = REQUEST_DISTRIBUTIONS.placeIn(header, 'share');
		const value = REQUEST_DISTRIBUTIONS.placeIn(header, 'value');
		return (row) => {
			const columns = byMetric.get(row[metric] ?? '');
			columns?.shares.push(cellNumber(row[share]));
			columns?.values.push(cellNumber(row[value]));
		};
	});
	return Object.fromEntries(
		Object.entries(DISTRIBUTIONS).flatMap(([key, name]) => {
			const columns = byMetric.get(name);
			const shares = columns?.shares.values() ?? new Float64Array(0);
			const values = columns?.values.values() ?? new Float64Array(0);
			return shares.length === 0 ? [] : [[key, { shares, values }]];
		}),
	);
}
