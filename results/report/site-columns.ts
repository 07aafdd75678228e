import type { Summary } from '../../protocol/run-folder/summary.ts';
import { formatDuration, formatGrams, formatNumber, withUnit } from './format.ts';

/** A site and its figures. */
export interface SiteFigures {
	readonly name: string;
	readonly summary: Summary;
}

/** What the sites of a run are compared by, in words. */
export const SITE_COLUMNS: readonly (readonly [string, (summary: Summary) => string])[] = [
	['requests arrived', ({ serving }) => formatNumber(serving?.arrived ?? 0)],
	['requests completed', ({ serving }) => formatNumber(serving?.completed ?? 0)],
	['TTFT p50', ({ serving }) => formatDuration(serving?.ttftS.p50 ?? Number.NaN)],
	['TTFT p99', ({ serving }) => formatDuration(serving?.ttftS.p99 ?? Number.NaN)],
	['demand', ({ energy }) => withUnit(energy.loadKwh, 'kWh')],
	['production', ({ energy }) => withUnit(energy.productionKwh, 'kWh')],
	['import', ({ energy }) => withUnit(energy.importKwh, 'kWh')],
	['export', ({ energy }) => withUnit(energy.exportKwh, 'kWh')],
	['CO2eq of imports', ({ emissions }) => formatGrams(emissions?.importG ?? Number.NaN)],
	['energy cost', ({ bill }) => withUnit(bill.energyUsd, 'USD')],
];
