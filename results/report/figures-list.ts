import { countsText } from '../../protocol/remark.ts';
import type { Quantiles } from '../../protocol/run-folder/figures.ts';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import type { EmissionSummary } from '../../protocol/run-folder/summary-energy.ts';
import { listed } from '../../services/declared-kinds.ts';
import { costGroup } from './cost-group.ts';
import { batteryGroup, hindsightGroup, marginalGroup } from './dispatch-groups.ts';
import type { Group, Line } from './figure-group.ts';
import { formatGrams, formatNumber, formatSpan, withUnit } from './format.ts';
import { rampGroup } from './grid-ramps.ts';
import { headlineRanges, within } from './headline-ranges.ts';
import { initialPart } from './key-figures.ts';
import { madeBy, USUAL } from './producers.ts';
import { servingGroup } from './serving-lines.ts';

/** All figures of a summary in words, grouped; the terminal, the text file and the page show the same. */
export function groupsOf(summary: Summary): Group[] {
	const groups = [endGroup(summary), servingGroup(summary), energyGroup(summary)];
	groups.push(purposeGroup(summary));
	groups.push(emissionGroup(summary), marginalGroup(summary));
	groups.push(rampGroup(summary), batteryGroup(summary), hindsightGroup(summary));
	groups.push(costGroup(summary), vidurEnergyGroup(summary), messagesGroup(summary));
	groups.push(recoveryGroup(summary), inputsGroup(summary));
	return groups.filter(({ lines }) => lines.length > 0);
}

/** That the figures are those of a part of a run. */
function endGroup({ status, ended }: Summary): Group {
	if (ended === undefined) return { title: '', lines: [] };
	return {
		title: 'Run',
		lines: [{ label: `${status}, recorded up to`, value: formatSpan(ended.untilS) }],
	};
}

/** What came over the bus and was not of the run; nothing, as it should be, leaves no line. */
function messagesGroup({ messages }: Summary): Group {
	if (messages === undefined) return { title: '', lines: [] };
	const { refused, duplicates } = messages;
	return {
		title: 'Messages',
		lines: [
			{ label: 'refused, not of this run', value: formatNumber(refused) },
			{ label: 'dropped, came twice', value: formatNumber(duplicates) },
		],
	};
}

/** What the run came through; nothing, as it should be, leaves no line. */
function recoveryGroup({ recovery }: Summary): Group {
	if (recovery === undefined) return { title: '', lines: [] };
	return {
		title: 'Recovery',
		lines: [
			{ label: 'went back to a checkpoint', value: formatNumber(recovery.setbacks) },
			{ label: 'checkpoints kept', value: formatNumber(recovery.checkpoints) },
		],
	};
}

/** What was done to inputs, and what else there is to know of them. */
function inputsGroup({ remarks = [] }: Summary): Group {
	const lines = remarks.map(({ of, text, ...counts }) => ({
		label: `${of}: ${text}`,
		value: countsText(counts),
	}));
	return { title: 'Inputs', lines };
}

function energyGroup(summary: Summary): Group {
	const { energy } = summary;
	const ranges = headlineRanges(summary);
	const kwh = (value: number): string => withUnit(value, 'kWh');
	const percent = (value: number): string => withUnit(value, '%');
	const made = madeBy(energy);
	const restKwh = made.reduce((left, part) => left - part.kwh, energy.productionKwh);
	const lines: Line[] = [
		{ label: 'demand', value: within(energy.loadKwh, ranges.loadKwh, kwh) },
		{ label: `${USUAL.adjective} production`, value: kwh(restKwh) },
		...made.map((part) => ({ label: `${part.noun} production`, value: kwh(part.kwh) })),
		{ label: 'used directly', value: kwh(energy.directKwh) },
		{ label: 'grid import', value: within(energy.importKwh, ranges.importKwh, kwh) },
		{ label: 'grid export', value: kwh(energy.exportKwh) },
		...(energy.curtailedKwh > 0 ? [{ label: 'curtailed', value: kwh(energy.curtailedKwh) }] : []),
		...(energy.generatorKwh > 0 ? [{ label: 'generators', value: kwh(energy.generatorKwh) }] : []),
		...(energy.unservedKwh > 0 ? [{ label: 'not served', value: kwh(energy.unservedKwh) }] : []),
		{ label: 'battery charged', value: kwh(energy.chargedKwh) },
		{ label: 'battery discharged', value: kwh(energy.dischargedKwh) },
		{
			label: 'renewable share of demand',
			value: within(energy.renewableShare, ranges.renewableShare, percent),
		},
		...(energy.servedByInitialKwh > 0
			? [
					{ label: 'served by the initial charge', value: kwh(energy.servedByInitialKwh) },
					{ label: 'its share of demand', value: percent(energy.initialShare) },
				]
			: []),
		{
			label: `self-sufficiency${energy.servedByInitialKwh > 0 ? ', the initial charge included' : ''}`,
			value: withUnit(energy.selfSufficiency, '%'),
		},
		{
			label: `self-consumption of ${made.length > 0 ? 'production' : USUAL.adjective}`,
			value: withUnit(energy.selfConsumption, '%'),
		},
	];
	return { title: 'Energy', lines };
}

/** What the demand was for, with its carbon where that is known. */
function purposeGroup({ servingEnergy, energy }: Summary): Group {
	if (servingEnergy === null) return { title: '', lines: [] };
	const { kwh, carbonG, requestWh, requestG, perPromptTokenJ, perOutputTokenJ } = servingEnergy;
	const { sleepKwh, inFlightPrefillWh, inFlightDecodeWh } = servingEnergy;
	const part = (label: string, key: keyof typeof kwh): Line => ({
		label,
		value: withUnit(kwh[key], 'kWh') + (carbonG === null ? '' : ` / ${formatGrams(carbonG[key])}`),
	});
	const lines = [
		part('prompts', 'prefill'),
		part('answers', 'decode'),
		part('idle GPUs', 'idle'),
		...(sleepKwh > 0 ? [{ label: 'of these asleep', value: withUnit(sleepKwh, 'kWh') }] : []),
		...(kwh.hosts > 0 ? [part('servers and network', 'hosts')] : []),
		part('the facility’s overhead', 'overhead'),
		...(Math.abs(kwh.other) > 1e-9 * energy.loadKwh ? [part('other loads', 'other')] : []),
	];
	const inFlightKwh = (inFlightPrefillWh + inFlightDecodeWh) / 1000;
	if (inFlightKwh > 1e-9 * (kwh.prefill + kwh.decode))
		lines.push({
			label: 'of prompts and answers, not completed',
			value: withUnit(inFlightKwh, 'kWh'),
		});
	lines.push(...curveLines(servingEnergy));
	const spread = ({ mean, p50, p99 }: Quantiles, scale: number, unit: string): string =>
		`${[mean, p50, p99].map((value) => formatNumber(scale * value)).join(' / ')} ${unit}`;
	if (requestWh !== null)
		lines.push(
			{ label: 'a request, mean / p50 / p99', value: spread(requestWh, 1000, 'mWh') },
			...(requestG === null
				? []
				: [{ label: 'its carbon, mean / p50 / p99', value: spread(requestG, 1000, 'mg') }]),
			{ label: 'a prompt token', value: withUnit(perPromptTokenJ, 'J') },
			{ label: 'an output token', value: withUnit(perOutputTokenJ, 'J') },
		);
	return { title: 'What the demand was for', lines };
}

/** How far off the demand may be by its power curve. */
function curveLines({ curve }: NonNullable<Summary['servingEnergy']>): Line[] {
	if (curve === null) return [];
	const { lowKwh, lowPercent, highPercent } = curve;
	if (Number.isNaN(lowKwh)) return [{ label: 'error of the power curve', value: 'not known' }];
	const signed = (percent: number) =>
		`${percent < 0 ? '−' : '+'}${formatNumber(Math.abs(percent))}`;
	return [
		{
			label: 'error of the power curve',
			value: `${signed(lowPercent)} to ${signed(highPercent)} %`,
		},
	];
}

/** Vidur-Energy's lines, in its order and words. */
function vidurEnergyGroup({ vidurEnergy }: Summary): Group {
	if (vidurEnergy === null) return { title: '', lines: [] };
	const v = vidurEnergy;
	const percent = (value: number) => withUnit(value, '%');
	const lines: readonly (readonly [string, string])[] = [
		[
			'battery charging / discharging / idle',
			[v.chargingPercent, v.dischargingPercent, v.idlePercent].map(percent).join(' / '),
		],
		['gross carbon emissions', formatGrams(v.grossG)],
		['carbon offset by solar', formatGrams(v.offsetG)],
		['net footprint', formatGrams(v.netG)],
		['percentage offset by renewables', percent(v.offsetPercent)],
		[
			'carbon intensity mean / max / min',
			[v.meanGPerKwh, v.maxGPerKwh, v.minGPerKwh].map(formatNumber).join(' / '),
		],
		[
			'low / high carbon hours',
			[v.lowCarbonHours, v.highCarbonHours].map(formatNumber).join(' / '),
		],
		['total energy demand', withUnit(v.demandKwh, 'kWh')],
		['total renewable energy', withUnit(v.solarKwh, 'kWh')],
		['total grid energy, imports and exports netted', withUnit(v.gridKwh, 'kWh')],
		['renewable penetration', percent(v.renewablePenetrationPercent)],
		['grid dependency', percent(v.gridDependencyPercent)],
		['average SoC', percent(v.meanSocPercent)],
		[
			'time below 50 % / above 80 % SoC',
			`${formatNumber(v.hoursBelowHalf)} / ${formatNumber(v.hoursAbove80)} h`,
		],
		['estimated full cycles', formatNumber(v.fullCycles)],
	];
	return {
		title: 'As Vidur-Energy counts (docs/vidur-energy-differences.md)',
		lines: lines.map(([label, value]) => ({ label, value })),
	};
}

function thresholdLines(thresholds: EmissionSummary['thresholds']): Line[] {
	if (thresholds === null) return [];
	const { lowGPerKwh, highGPerKwh, lowHours, highHours } = thresholds;
	return [
		{ label: `hours below ${formatNumber(lowGPerKwh)} g/kWh`, value: withUnit(lowHours, 'h') },
		{ label: `hours above ${formatNumber(highGPerKwh)} g/kWh`, value: withUnit(highHours, 'h') },
	];
}

function emissionGroup(summary: Summary): Group {
	const { emissions, capHours, energy } = summary;
	const generators = listed([USUAL.adjective, ...madeBy(energy).map(({ noun }) => noun)]);
	const cap = { label: 'hours under a power cap', value: withUnit(capHours, 'h') };
	if (emissions === null) return { title: 'Control', lines: [cap] };
	const ranges = headlineRanges(summary);
	const percent = (value: number): string => withUnit(value, '%');
	const range = `${formatNumber(emissions.minIntensity)} to ${formatNumber(emissions.maxIntensity)} g/kWh`;
	return {
		title: `Emissions (${emissions.kind} carbon intensity)`,
		lines: [
			{
				label: 'of imports (scope 2)',
				value: within(emissions.importG, ranges.importG, formatGrams),
			},
			...(emissions.generatorG > 0
				? [{ label: 'of generators (scope 1)', value: formatGrams(emissions.generatorG) }]
				: []),
			{
				label: 'of the demand, through the battery',
				value: within(emissions.loadG, ranges.loadG, formatGrams),
			},
			{ label: 'held by the battery at the end', value: formatGrams(emissions.storedG) },
			...(Number.isNaN(emissions.embodiedG)
				? []
				: [
						{
							label: 'making the GPUs, their share (scope 3)',
							value: formatGrams(emissions.embodiedG),
						},
					]),
			{
				label: 'had the grid served all',
				value: within(emissions.grossG, ranges.grossG, formatGrams),
			},
			{ label: `avoided by ${generators}`, value: formatGrams(emissions.avoidedBySolarG) },
			...(emissions.avoidedByInitialG === 0
				? []
				: [
						{
							label: 'avoided by the initial charge',
							value: formatGrams(emissions.avoidedByInitialG),
						},
					]),
			{ label: 'avoided by the battery', value: formatGrams(emissions.avoidedByBatteryG) },
			{
				label: `reduction${initialPart(emissions)}`,
				value: within(emissions.reduction, ranges.reduction, percent),
			},
			{ label: 'exports, not credited', value: formatGrams(emissions.exportCreditG) },
			{
				label: 'per request',
				value: within(emissions.perRequestG, ranges.perRequestG, formatGrams),
			},
			{
				label: 'per 1,000 tokens',
				value: within(emissions.perThousandTokensG, ranges.perThousandTokensG, formatGrams),
			},
			{ label: 'mean intensity', value: withUnit(emissions.meanIntensity, 'g/kWh') },
			{ label: 'range', value: range },
			...thresholdLines(emissions.thresholds),
			cap,
		],
	};
}
