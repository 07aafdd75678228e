import { ConfigError } from '../../protocol/errors.ts';
import { knownText } from '../../protocol/nearest-name.ts';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import { figureRows } from '../repeats/repeated-figures.ts';
import { summaryRows } from '../report/summary-rows.ts';

type Quantiles = NonNullable<Summary['serving']>['ttftS'];

/** A figure of a run that a sweep can have as a column. NaN where it does not exist. */
export interface Metric {
	readonly name: string;
	readonly unit: string;
	readonly of: (summary: Summary) => number;
}

const NONE = Number.NaN;

function quantileMetrics(name: string, of: (summary: Summary) => Quantiles | undefined): Metric[] {
	const levels = ['p50', 'p90', 'p99', 'mean'] as const;
	return levels.map((level) => ({
		name: `serving.${name}.${level}`,
		unit: 's',
		of: (summary) => of(summary)?.[level] ?? NONE,
	}));
}

function serving(name: keyof NonNullable<Summary['serving']>, unit: string): Metric {
	const of = ({ serving: figures }: Summary) => (figures?.[name] ?? NONE) as number;
	return { name: `serving.${name}`, unit, of };
}

function energy(name: keyof Summary['energy'], unit: string): Metric {
	return { name: `energy.${name}`, unit, of: ({ energy: figures }) => figures[name] };
}

function emissions(
	name: Exclude<keyof NonNullable<Summary['emissions']>, 'thresholds' | 'kind'>,
	unit: string,
): Metric {
	return {
		name: `emissions.${name}`,
		unit,
		of: ({ emissions: figures }) => figures?.[name] ?? NONE,
	};
}

function bill(name: keyof Summary['bill'], unit: string): Metric {
	return { name: `bill.${name}`, unit, of: ({ bill: figures }) => figures[name] };
}

/** All figures, as the summary of a run computes them (docs/results.md). */
export const METRICS: readonly Metric[] = [
	serving('arrived', '1'),
	serving('completed', '1'),
	serving('waiting', '1'),
	serving('running', '1'),
	serving('rejected', '1'),
	serving('underway', '1'),
	serving('shortened', '1'),
	serving('tokensCut', 'tokens'),
	serving('lengthened', '1'),
	serving('leftOut', '1'),
	...quantileMetrics('ttftS', ({ serving: figures }) => figures?.ttftS),
	...quantileMetrics('e2eS', ({ serving: figures }) => figures?.e2eS),
	serving('meanTbtS', 's'),
	serving('requestsPerS', 'requests/s'),
	serving('outputTokensPerS', 'tokens/s'),
	serving('totalTokens', 'tokens'),
	serving('restarts', '1'),
	energy('loadKwh', 'kWh'),
	energy('productionKwh', 'kWh'),
	energy('importKwh', 'kWh'),
	energy('exportKwh', 'kWh'),
	energy('chargedKwh', 'kWh'),
	energy('dischargedKwh', 'kWh'),
	energy('curtailedKwh', 'kWh'),
	energy('directKwh', 'kWh'),
	energy('servedByRenewablesKwh', 'kWh'),
	energy('servedByGeneratorsKwh', 'kWh'),
	energy('servedByGridKwh', 'kWh'),
	energy('servedByInitialKwh', 'kWh'),
	energy('initialLeftKwh', 'kWh'),
	energy('renewableShare', '%'),
	energy('initialShare', '%'),
	energy('selfSufficiency', '%'),
	energy('selfConsumption', '%'),
	emissions('grossG', 'gCO2eq'),
	emissions('importG', 'gCO2eq'),
	emissions('loadG', 'gCO2eq'),
	emissions('storedG', 'gCO2eq'),
	emissions('embodiedG', 'gCO2eq'),
	emissions('avoidedBySolarG', 'gCO2eq'),
	emissions('avoidedByInitialG', 'gCO2eq'),
	emissions('avoidedByBatteryG', 'gCO2eq'),
	emissions('reduction', '%'),
	emissions('exportCreditG', 'gCO2eq'),
	emissions('perRequestG', 'gCO2eq'),
	emissions('perThousandTokensG', 'gCO2eq'),
	emissions('meanIntensity', 'gCO2eq/kWh'),
	{
		name: 'batteries.fullCycles',
		unit: '1',
		of: ({ batteries }) => batteries.reduce((sum, { fullCycles }) => sum + fullCycles, 0),
	},
	{ name: 'capHours', unit: 'h', of: ({ capHours }) => capHours },
	bill('energyUsd', 'USD'),
	bill('exportUsd', 'USD'),
	bill('demandUsd', 'USD'),
	bill('gpuUsd', 'USD'),
	bill('peakImportW', 'W'),
];

/** Those of a sweep, then every other figure that one of the runs has, such as of a battery by its name. */
export function everyMetric(summaries: readonly Summary[]): Metric[] {
	const rowsOf = new Map(
		summaries.map((summary) => {
			const rows = figureRows(summaryRows(summary));
			return [summary, new Map(rows.map((row) => [row.metric, row] as const))] as const;
		}),
	);
	const known = new Set(METRICS.map(({ name }) => name));
	const others = new Map<string, Metric>();
	for (const rows of rowsOf.values())
		for (const { metric: name, unit } of rows.values())
			if (!known.has(name) && !others.has(name))
				others.set(name, {
					...{ name, unit },
					of: (summary) => rowsOf.get(summary)?.get(name)?.value ?? NONE,
				});
	return [...METRICS, ...others.values()];
}

/** What a table has when its file names nothing. */
const USUAL = [
	'serving.arrived',
	'serving.completed',
	'serving.waiting',
	'serving.running',
	'serving.rejected',
	'serving.shortened',
	'serving.ttftS.p50',
	'serving.ttftS.p99',
	'serving.e2eS.p99',
	'serving.meanTbtS',
	'energy.loadKwh',
	'energy.importKwh',
	'energy.renewableShare',
	'emissions.importG',
	'emissions.perRequestG',
	'bill.energyUsd',
];

/**
 * The metrics of these names, of those that `known` has; the beginning of a name stands for all below it, such as
 * `serving.ttftS`. null: the usual ones.
 *
 * @throws ConfigError for a name that is none, listing the known ones
 */
export function chooseMetrics(
	names: readonly string[] | null,
	known: readonly Metric[] = METRICS,
): Metric[] {
	return [
		...new Set(
			(names ?? USUAL).flatMap((name) => {
				const found = known.filter((one) => one.name === name || one.name.startsWith(`${name}.`));
				if (found.length > 0) return found;
				throw new ConfigError(
					`Cannot use metric "${name}": ${knownText(
						name,
						known.map((one) => one.name),
					)}`,
				);
			}),
		),
	];
}
