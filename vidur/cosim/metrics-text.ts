import type { VidurEnergyMetrics } from '../../protocol/run-folder/summary-energy.ts';
import type { CosimOptions } from './options.ts';

/** What of the original's figures is written. */
export interface Blocks {
	readonly hasBattery: boolean;
	/** --carbon-analysis, and a signal to analyse. */
	readonly hasCarbon: boolean;
}

const RULE = '-'.repeat(50);
const DOUBLE_RULE = '='.repeat(50);

/**
 * The lines of the original's simulation_metrics.txt, in its order and words, so that what reads them there
 * reads them here.
 */
export function originalLines(
	metrics: VidurEnergyMetrics,
	{ lowGPerKwh, highGPerKwh }: Pick<CosimOptions, 'lowGPerKwh' | 'highGPerKwh'>,
	{ hasBattery, hasCarbon }: Blocks,
): string[] {
	const one = (value: number) => value.toFixed(1);
	const battery = [
		'',
		'🔋 BATTERY USAGE DISTRIBUTION',
		RULE,
		`⚡ Charging: ${one(metrics.chargingPercent)}%`,
		`📉 Discharging: ${one(metrics.dischargingPercent)}%`,
		`💤 Idle: ${one(metrics.idlePercent)}%`,
		RULE,
	];
	const carbon = [
		'',
		'🌍 CARBON EMISSIONS ANALYSIS',
		DOUBLE_RULE,
		'',
		'📊 Emissions Summary:',
		`• Total Emissions from Power Usage: ${emissions(metrics.grossG)}`,
		`• Emissions Offset by Solar: ${emissions(metrics.offsetG)}`,
		`• Final Carbon Footprint: ${emissions(metrics.netG)}`,
		`• Percentage Offset by Renewables: ${one(metrics.offsetPercent)}%`,
		'',
		'📈 Carbon Intensity Metrics:',
		`• Average: ${one(metrics.meanGPerKwh)} gCO2/kWh`,
		`• Peak: ${one(metrics.maxGPerKwh)} gCO2/kWh`,
		`• Minimum: ${one(metrics.minGPerKwh)} gCO2/kWh`,
		'',
		'⏱️ Time Analysis:',
		`• Low Carbon Hours (<${lowGPerKwh} gCO2/kWh): ${one(metrics.lowCarbonHours)} hours`,
		`• High Carbon Hours (>${highGPerKwh} gCO2/kWh): ${one(metrics.highCarbonHours)} hours`,
		DOUBLE_RULE,
	];
	return [
		...(hasBattery ? battery : []),
		...(hasCarbon ? carbon : []),
		'',
		'⚡ SYSTEM BALANCE ANALYSIS',
		RULE,
		`🔴 Total Energy Demand: ${metrics.demandKwh.toFixed(2)} kWh`,
		`🟡 Total Solar Generation: ${metrics.solarKwh.toFixed(2)} kWh`,
		`🌍 Total Renewable Energy: ${metrics.solarKwh.toFixed(2)} kWh`,
		`🔌 Total Grid Energy: ${metrics.gridKwh.toFixed(2)} kWh`,
		`✅ Renewable Penetration: ${one(metrics.renewablePenetrationPercent)}%`,
		`🚧 Grid Dependency: ${one(metrics.gridDependencyPercent)}%`,
		...(hasBattery ? performanceLines(metrics) : []),
		RULE,
	];
}

function performanceLines(metrics: VidurEnergyMetrics): string[] {
	return [
		'',
		'🔋 Battery Performance:',
		`⚡ Average SoC: ${metrics.meanSocPercent.toFixed(1)}%`,
		`⏳ Time Below 50% SoC: ${metrics.hoursBelowHalf.toFixed(1)} hours`,
		`⏫ Time Above 80% SoC: ${metrics.hoursAbove80.toFixed(1)} hours`,
		`🔄 Estimated Full Cycles: ${metrics.fullCycles.toFixed(1)}`,
	];
}

function emissions(grams: number): string {
	return Math.abs(grams) >= 1000
		? `${(grams / 1000).toFixed(2)} kgCO2`
		: `${grams.toFixed(1)} gCO2`;
}
