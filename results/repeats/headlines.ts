import { formatNumber } from '../report/format.ts';
import type { RepeatedFigure } from './repeated-figures.ts';

/** What a figure must say of itself to be found among those that people ask for first. */
type Found = Pick<RepeatedFigure, 'metric' | 'least' | 'most'>;

/** A figure that people ask for first. */
export interface Headline<F extends Found = RepeatedFigure> {
	readonly group: string;
	readonly label: string;
	readonly figure: F;
	/** Whether the page draws it. */
	readonly isDrawn: boolean;
}

type Rule = readonly [metric: string | RegExp, label: string, show?: 'drawn' | 'unless 0'];

/** The words of the closing table of a run. */
const GROUPS: readonly (readonly [group: string, rules: readonly Rule[]])[] = [
	[
		'Serving',
		[
			['serving.arrived', 'requests arrived'],
			['serving.completed', 'requests completed'],
			['serving.waiting', 'waiting at the end', 'unless 0'],
			['serving.running', 'running at the end', 'unless 0'],
			['serving.underway', 'on their way at the end', 'unless 0'],
			['serving.rejected', 'rejected, as they can never fit', 'unless 0'],
			['serving.shortened', 'shortened to the longest request allowed', 'unless 0'],
			['serving.lengthened', 'without tokens, taken as 1', 'unless 0'],
			['serving.leftOut', 'left out, never sent', 'unless 0'],
			['serving.ttftS.p50', 'TTFT p50', 'drawn'],
			['serving.ttftS.p90', 'TTFT p90'],
			['serving.ttftS.p99', 'TTFT p99', 'drawn'],
			['serving.e2eS.p50', 'end to end p50', 'drawn'],
			['serving.e2eS.p90', 'end to end p90'],
			['serving.e2eS.p99', 'end to end p99', 'drawn'],
			['serving.meanTbtS', 'mean time between tokens'],
			['serving.requestsPerS', 'throughput'],
			['serving.outputTokensPerS', 'output'],
			['serving.restarts', 'restarts of requests', 'unless 0'],
			['serving.cachedShare', 'prompt tokens found in cache'],
			['serving.transferS.p99', 'KV transfer p99'],
		],
	],
	[
		'Energy',
		[
			['energy.loadKwh', 'demand', 'drawn'],
			['energy.productionKwh', 'production', 'drawn'],
			['energy.importKwh', 'grid import', 'drawn'],
			['energy.exportKwh', 'grid export'],
			['energy.curtailedKwh', 'curtailed', 'unless 0'],
			['energy.generatorKwh', 'generators', 'unless 0'],
			['energy.unservedKwh', 'not served', 'unless 0'],
			['energy.chargedKwh', 'battery charged', 'unless 0'],
			['energy.dischargedKwh', 'battery discharged', 'unless 0'],
			['energy.renewableShare', 'renewable share of demand', 'drawn'],
			['energy.initialShare', 'share of demand served by the initial charge', 'unless 0'],
			['energy.selfConsumption', 'self-consumption'],
		],
	],
	[
		'What the demand was for',
		[
			['servingEnergy.kwh.prefill', 'prompts'],
			['servingEnergy.kwh.decode', 'answers'],
			['servingEnergy.kwh.idle', 'idle GPUs'],
			['servingEnergy.sleepKwh', 'of these asleep', 'unless 0'],
			['servingEnergy.kwh.hosts', 'servers and network', 'unless 0'],
			['servingEnergy.kwh.overhead', 'the facility’s overhead'],
			['servingEnergy.requestWh.mean', 'a request'],
			['servingEnergy.perOutputTokenJ', 'an output token'],
		],
	],
	[
		'Emissions',
		[
			['emissions.importG', 'of imports (scope 2)', 'drawn'],
			['emissions.generatorG', 'of generators (scope 1)', 'unless 0'],
			['emissions.loadG', 'of the demand, through the battery'],
			['emissions.embodiedG', 'making the GPUs, their share (scope 3)'],
			['emissions.grossG', 'had the grid served all'],
			['emissions.avoidedByInitialG', 'avoided by the initial charge', 'unless 0'],
			['emissions.reduction', 'reduction'],
			['emissions.perRequestG', 'per request', 'drawn'],
			['emissions.perThousandTokensG', 'per 1,000 tokens'],
			['emissions.meanIntensity', 'mean intensity'],
			['capHours', 'hours under a power cap', 'unless 0'],
		],
	],
	[
		'Battery',
		[
			[/^batteries\.([^.]+)\.lastSoc$/, ': at the end'],
			[/^batteries\.([^.]+)\.fullCycles$/, ': full cycles'],
			[/^batteries\.([^.]+)\.degradation\.costUsd$/, ': cost of ageing'],
		],
	],
	[
		'Cost',
		[
			['bill.energyUsd', 'imports', 'drawn'],
			['bill.exportUsd', 'exports, paid back', 'unless 0'],
			['bill.demandUsd', 'demand charge', 'unless 0'],
			['bill.tierUsd', 'tiers', 'unless 0'],
			['bill.fixedUsd', 'fixed charge', 'unless 0'],
			['bill.gpuUsd', 'GPU-hours', 'unless 0'],
			['fuelCostUsd', 'fuel', 'unless 0'],
			['bill.peakImportW', 'highest import'],
		],
	],
	[
		'Best dispatch in hindsight',
		[
			[/^hindsight\.([^.]+)\.optimum$/, ': least possible'],
			[/^hindsight\.([^.]+)\.reached$/, ': reached of what was possible'],
		],
	],
];

/** The figures of the closing table, in its order, of those that there are. */
export function headlinesOf<F extends Found>(figures: readonly F[]): Headline<F>[] {
	return GROUPS.flatMap(([group, rules]) =>
		rules.flatMap(([metric, label, show]) =>
			figures.flatMap((figure): Headline<F>[] => {
				const found =
					typeof metric === 'string' ? figure.metric === metric : metric.exec(figure.metric);
				if (!found || (show === 'unless 0' && figure.least === 0 && figure.most === 0)) return [];
				const name = typeof found === 'object' ? (found[1] ?? '') : '';
				return [{ group, label: `${name}${label}`, figure, isDrawn: show === 'drawn' }];
			}),
		),
	);
}

/** A figure as people read it: in a unit that suits its mean, the same for all its parts. */
export interface Readable {
	readonly unit: string;
	readonly mean: string;
	/** Empty of a single run. */
	readonly halfWidth: string;
	readonly least: string;
	readonly most: string;
}

/** Less of a mean is what is left of sums of equal numbers. */
const NOISE = 1e-9;

/** A figure with as many digits as its interval bears, in a unit in which its mean is handy to read. */
export function readable({ unit, mean, halfWidth, least, most }: RepeatedFigure): Readable {
	const { factor, name } = scaleOf(unit, mean);
	const digits = halfWidth <= NOISE * Math.abs(mean) ? null : digitsOf(halfWidth * factor);
	const text = (value: number) =>
		digits === null ? formatNumber(value * factor) : grouped((value * factor).toFixed(digits));
	return {
		unit: name,
		mean: text(mean),
		halfWidth: Number.isNaN(halfWidth) ? '' : digits === null ? '0' : text(halfWidth),
		least: text(least),
		most: text(most),
	};
}

/** Two significant digits of an uncertainty are worth reading, and no more of the value; null where there is none. */
export function digitsOf(halfWidth: number): number | null {
	if (!Number.isFinite(halfWidth) || halfWidth <= 0) return null;
	return Math.min(9, Math.max(0, 1 - Math.floor(Math.log10(halfWidth))));
}

/** A decimal number with its thousands apart. */
export function grouped(text: string): string {
	const [whole = '', part] = text.split('.');
	const thousands = whole.replace(/\B(?=(\d{3})+$)/g, ',');
	return part === undefined ? thousands : `${thousands}.${part}`;
}

/** `1,234 ± 56 kWh`. */
export function readableText(figure: RepeatedFigure): string {
	const { unit, mean, halfWidth } = readable(figure);
	return [mean, halfWidth === '' ? '' : `± ${halfWidth}`, unit].filter(Boolean).join(' ');
}

/** The unit that suits a value, and what to multiply with to get there. */
export function scaleOf(unit: string, mean: number): { factor: number; name: string } {
	const size = Math.abs(mean);
	if (unit === 's' && size < 1) return { factor: 1000, name: 'ms' };
	if (unit === 'gCO2eq') {
		if (size >= 1000) return { factor: 1e-3, name: 'kg' };
		return size < 1 && size > 0 ? { factor: 1000, name: 'mg' } : { factor: 1, name: 'g' };
	}
	if (unit === 'W' && size >= 1000) return { factor: 1e-3, name: 'kW' };
	if (unit === 'Wh' && size < 1) return { factor: 1000, name: 'mWh' };
	return { factor: 1, name: unit === '1' ? '' : unit };
}
