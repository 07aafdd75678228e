import type { Summary } from '../../protocol/run-folder/summary.ts';
import type { EmissionSummary } from '../../protocol/run-folder/summary-energy.ts';
import { formatDuration, formatGrams, formatNumber, withUnit } from './format.ts';
import { headlineRanges, within } from './headline-ranges.ts';
import { completedLabel } from './serving-lines.ts';

/** Key figures, each with what it is. */
export function keyFigures(summary: Summary): [value: string, label: string][] {
	const { serving, energy, emissions, batteries, capHours } = summary;
	const ranges = headlineRanges(summary);
	const kwh = (value: number): string => withUnit(value, 'kWh');
	const percent = (value: number): string => withUnit(value, '%');
	const list: [value: string, label: string][] = [];
	if (serving !== null)
		list.push(
			[formatNumber(serving.completed), completedLabel(serving)],
			[formatDuration(serving.ttftS.p50), 'TTFT, median'],
			[formatDuration(serving.ttftS.p99), 'TTFT, p99'],
			[formatDuration(serving.e2eS.p99), 'end to end, p99'],
		);
	list.push(
		[within(energy.loadKwh, ranges.loadKwh, kwh), 'demand'],
		[within(energy.importKwh, ranges.importKwh, kwh), 'grid import'],
		[within(energy.renewableShare, ranges.renewableShare, percent), 'renewable share of demand'],
	);
	if (energy.initialShare >= 0.05)
		list.push([percent(energy.initialShare), 'of demand from the initial charge']);
	if (emissions !== null)
		list.push(
			[
				within(emissions.importG, ranges.importG, formatGrams),
				`CO₂eq of imports (${emissions.kind})`,
			],
			[
				within(emissions.reduction, ranges.reduction, percent),
				`less than grid alone${initialPart(emissions)}`,
			],
			[within(emissions.perRequestG, ranges.perRequestG, formatGrams), 'CO₂eq per request'],
		);
	if (batteries[0] !== undefined)
		list.push([formatNumber(batteries[0].fullCycles), `full cycles of ${batteries[0].name}`]);
	list.push([withUnit(capHours, 'h'), 'under a power cap']);
	return list;
}

/** What of a reduction is by energy of unknown origin, and so no merit of the run's own. */
export function initialPart({ avoidedByInitialG, grossG }: EmissionSummary): string {
	const percent = (100 * avoidedByInitialG) / grossG;
	return percent >= 0.05 ? `, ${withUnit(percent, '%')} by the initial charge` : '';
}
