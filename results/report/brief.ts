import type { Summary } from '../../protocol/run-folder/summary.ts';
import { costGroup } from './cost-group.ts';
import type { Group, Line } from './figure-group.ts';
import { groupsOf } from './figures-list.ts';
import { formatGrams, withUnit } from './format.ts';
import { headlineRanges, within } from './headline-ranges.ts';
import { changeLines, fateText, latencyLines } from './serving-lines.ts';

/** Groups that a run has only if something was unusual, or if they were asked for: they are never left out. */
const ALWAYS: readonly RegExp[] = [
	/^Run$/,
	/^Inputs$/,
	/^Messages$/,
	/^Recovery$/,
	/^Ramps of the grid$/,
	/^As Vidur-Energy/,
];

/** What a run comes to, in some twelve lines; all figures stand in simulation_metrics.txt and the report. */
export function briefGroups(summary: Summary): Group[] {
	const lines = [...servingLines(summary), ...energyLines(summary), ...emissionLines(summary)];
	const cost = costGroup(summary).lines.at(-1);
	if (cost !== undefined) lines.push({ ...cost, label: `cost: ${cost.label}` });
	if (summary.capHours > 0)
		lines.push({ label: 'under a power cap', value: withUnit(summary.capHours, 'h') });
	const others = groupsOf(summary).filter(({ title }) => ALWAYS.some((one) => one.test(title)));
	return [
		{ title: 'In brief', lines },
		...others.filter(({ title }) => title !== 'Run' || summary.ended !== undefined),
	];
}

function servingLines({ serving }: Summary): Line[] {
	if (serving === null) return [];
	const { requestsPerS, outputTokensPerS } = serving;
	return [
		{ label: 'requests', value: fateText(serving) },
		...changeLines(serving),
		...latencyLines(serving),
		{
			label: 'throughput',
			value: `${withUnit(requestsPerS, 'requests/s')}, ${withUnit(outputTokensPerS, 'tokens/s')}`,
		},
	];
}

function energyLines(summary: Summary): Line[] {
	const { energy } = summary;
	const ranges = headlineRanges(summary);
	const kwh = (value: number): string => withUnit(value, 'kWh');
	const percent = (value: number): string => withUnit(value, '%');
	const lines = [
		{ label: 'demand', value: within(energy.loadKwh, ranges.loadKwh, kwh) },
		{ label: 'grid import', value: within(energy.importKwh, ranges.importKwh, kwh) },
		{
			label: 'renewable share of demand',
			value: within(energy.renewableShare, ranges.renewableShare, percent),
		},
	];
	if (energy.servedByInitialKwh > 0)
		lines.push({
			label: 'share of what batteries held at the start',
			value: percent(energy.initialShare),
		});
	if (energy.unservedKwh > 0) lines.push({ label: 'not served', value: kwh(energy.unservedKwh) });
	return lines;
}

function emissionLines(summary: Summary): Line[] {
	const { emissions } = summary;
	if (emissions === null) return [];
	const ranges = headlineRanges(summary);
	return [
		{
			label: `emissions of imports (${emissions.kind} intensity)`,
			value: within(emissions.importG, ranges.importG, formatGrams),
		},
		{
			label: 'had the grid served all',
			value: within(emissions.grossG, ranges.grossG, formatGrams),
		},
	];
}
