import { formatDuration, formatGrams, formatNumber, formatSpan, withUnit } from './format.ts';
import type { EmissionSummary, Quantiles, Summary } from './summary.ts';

/** A figure of the run as people read it. */
export interface Line {
	readonly label: string;
	readonly value: string;
}

/** Figures that belong together. */
export interface Group {
	readonly title: string;
	readonly lines: readonly Line[];
}

/** All figures of a summary in words, grouped; the terminal, the text file and the page show the same. */
export function groupsOf(summary: Summary): Group[] {
	const groups = [servingGroup(summary), energyGroup(summary), emissionGroup(summary)];
	groups.push(batteryGroup(summary));
	return groups.filter(({ lines }) => lines.length > 0);
}

function servingGroup({ serving, durationS }: Summary): Group {
	const lines: Line[] = [{ label: 'simulated time', value: formatSpan(durationS) }];
	if (serving !== null)
		lines.push(
			{ label: 'requests completed', value: formatNumber(serving.completed) },
			{ label: 'TTFT p50 / p90 / p99', value: tails(serving.ttftS) },
			{ label: 'end to end p50 / p90 / p99', value: tails(serving.e2eS) },
			{ label: 'mean time between tokens', value: formatDuration(serving.meanTbtS) },
			{ label: 'throughput', value: withUnit(serving.requestsPerS, 'requests/s') },
			{ label: 'output', value: withUnit(serving.outputTokensPerS, 'tokens/s') },
			{ label: 'restarts of requests', value: formatNumber(serving.restarts) },
		);
	return { title: serving === null ? 'Run' : 'Serving', lines };
}

function energyGroup({ energy, importCostUsd }: Summary): Group {
	const kwh = (value: number): string => withUnit(value, 'kWh');
	const lines: Line[] = [
		{ label: 'demand', value: kwh(energy.loadKwh) },
		{ label: 'solar production', value: kwh(energy.productionKwh) },
		{ label: 'used directly', value: kwh(energy.directKwh) },
		{ label: 'grid import', value: kwh(energy.importKwh) },
		{ label: 'grid export', value: kwh(energy.exportKwh) },
		...(energy.curtailedKwh > 0 ? [{ label: 'curtailed', value: kwh(energy.curtailedKwh) }] : []),
		{ label: 'battery charged', value: kwh(energy.chargedKwh) },
		{ label: 'battery discharged', value: kwh(energy.dischargedKwh) },
		{ label: 'renewable share of demand', value: withUnit(energy.renewableShare, '%') },
		{ label: 'self-sufficiency', value: withUnit(energy.selfSufficiency, '%') },
		{ label: 'self-consumption of solar', value: withUnit(energy.selfConsumption, '%') },
	];
	if (!Number.isNaN(importCostUsd))
		lines.push({ label: 'cost of import', value: withUnit(importCostUsd, 'USD') });
	return { title: 'Energy', lines };
}

function thresholdLines(thresholds: EmissionSummary['thresholds']): Line[] {
	if (thresholds === null) return [];
	const { lowGPerKwh, highGPerKwh, lowHours, highHours } = thresholds;
	return [
		{ label: `hours below ${formatNumber(lowGPerKwh)} g/kWh`, value: withUnit(lowHours, 'h') },
		{ label: `hours above ${formatNumber(highGPerKwh)} g/kWh`, value: withUnit(highHours, 'h') },
	];
}

function emissionGroup({ emissions, capHours }: Summary): Group {
	const cap = { label: 'hours under a power cap', value: withUnit(capHours, 'h') };
	if (emissions === null) return { title: 'Control', lines: [cap] };
	const range = `${formatNumber(emissions.minIntensity)} to ${formatNumber(emissions.maxIntensity)} g/kWh`;
	return {
		title: `Emissions (${emissions.kind} carbon intensity)`,
		lines: [
			{ label: 'of imports', value: formatGrams(emissions.importG) },
			{ label: 'had the grid served all', value: formatGrams(emissions.grossG) },
			{ label: 'avoided by solar', value: formatGrams(emissions.avoidedBySolarG) },
			{ label: 'avoided by the battery', value: formatGrams(emissions.avoidedByBatteryG) },
			{ label: 'reduction', value: withUnit(emissions.reduction, '%') },
			{ label: 'exports, not credited', value: formatGrams(emissions.exportCreditG) },
			{ label: 'per request', value: formatGrams(emissions.perRequestG) },
			{ label: 'per 1,000 tokens', value: formatGrams(emissions.perThousandTokensG) },
			{ label: 'mean intensity', value: withUnit(emissions.meanIntensity, 'g/kWh') },
			{ label: 'range', value: range },
			...thresholdLines(emissions.thresholds),
			cap,
		],
	};
}

function batteryGroup({ batteries }: Summary): Group {
	return {
		title: 'Battery',
		lines: batteries.flatMap(({ name, meanSoc, lastSoc, fullCycles }) => [
			{ label: `${name}: mean state of charge`, value: withUnit(meanSoc, '%') },
			{ label: `${name}: at the end`, value: withUnit(lastSoc, '%') },
			{ label: `${name}: full cycles`, value: formatNumber(fullCycles) },
		]),
	};
}

function tails({ p50, p90, p99 }: Quantiles): string {
	const inMs = p99 < 1;
	const numbers = [p50, p90, p99].map((seconds) => formatNumber(inMs ? 1000 * seconds : seconds));
	return `${numbers.join(' / ')} ${inMs ? 'ms' : 's'}`;
}
