import type { Summary } from '../../protocol/run-folder/summary.ts';
import type { BatterySummary } from '../../protocol/run-folder/summary-energy.ts';
import type { Group, Line } from './figure-group.ts';
import { formatGrams, formatNumber, withUnit } from './format.ts';

/** What the draw changed on the grid; beside the emissions that it is to answer for, and in no sum with them. */
export function marginalGroup({ marginal }: Summary): Group {
	if (marginal === undefined) return { title: '', lines: [] };
	const range = `${formatNumber(marginal.minGPerKwh)} to ${formatNumber(marginal.maxGPerKwh)} g/kWh`;
	return {
		title: 'Consequences (marginal carbon intensity)',
		lines: [
			{ label: 'of imports', value: formatGrams(marginal.importG) },
			{ label: 'had the grid served all', value: formatGrams(marginal.grossG) },
			{ label: 'avoided', value: formatGrams(marginal.avoidedG) },
			{ label: 'reduction', value: withUnit(marginal.reduction, '%') },
			{ label: 'displaced by exports, not credited', value: formatGrams(marginal.exportG) },
			{ label: 'mean marginal intensity', value: withUnit(marginal.meanGPerKwh, 'g/kWh') },
			{ label: 'range', value: range },
		],
	};
}

/** How each battery was used, and how it aged. */
export function batteryGroup({ batteries }: Summary): Group {
	return {
		title: 'Battery',
		lines: batteries.flatMap(
			({ name, meanSoc, lastSoc, fullCycles, degradation, capacityEndWh }) => [
				{ label: `${name}: mean state of charge`, value: withUnit(meanSoc, '%') },
				{ label: `${name}: at the end`, value: withUnit(lastSoc, '%') },
				{ label: `${name}: full cycles`, value: formatNumber(fullCycles) },
				...ageingLines(name, degradation),
				...(capacityEndWh === undefined
					? []
					: [
							{
								label: `${name}: capacity at the end`,
								value: withUnit(capacityEndWh / 1000, 'kWh'),
							},
						]),
			],
		),
	};
}

function ageingLines(name: string, degradation: BatterySummary['degradation']): Line[] {
	if (degradation === null) return [];
	const { fadePercent, lifeUsedPercent, costUsd } = degradation;
	return [
		{ label: `${name}: capacity fade`, value: withUnit(fadePercent, '%') },
		{ label: `${name}: life used`, value: withUnit(lifeUsedPercent, '%') },
		{ label: `${name}: cost of ageing`, value: withUnit(costUsd, 'USD') },
	];
}

/** The best dispatch that knows the whole run, and how much of it the policy reached. */
export function hindsightGroup({ hindsight, forecasts }: Summary): Group {
	if (hindsight.length === 0) return { title: '', lines: [] };
	const known = Object.entries(forecasts ?? {}).map(([signal, value]) => ({
		label: `the policy’s forecast of ${signal}`,
		value,
	}));
	return {
		title: 'Best dispatch in hindsight',
		lines: hindsight
			.flatMap(({ goal, optimum, baseline, reached, isLoose }) => {
				const name = goal === 'marginal' ? 'marginal emissions' : goal;
				const format = goal === 'cost' ? (usd: number) => withUnit(usd, 'USD') : formatGrams;
				return [
					{
						label: `least ${name} possible${isLoose === true ? ', or more' : ''}`,
						value: format(optimum),
					},
					{ label: `${name} without a battery`, value: format(baseline) },
					{ label: 'reached of what was possible', value: withUnit(reached, '%') },
				];
			})
			.concat(known),
	};
}
