import { runningSum } from './columns.ts';
import type { Figure } from './figure.ts';
import type { Steps } from './steps.ts';
import { timeFigure } from './time-figure.ts';

/** The price of imports and what they have cost so far; none without a price. */
export function costFigures(steps: Steps): Figure[] {
	const { price } = steps;
	if (price === null) return [];
	const cost = runningSum(
		steps.gridW.map(
			(gridW, i) => (Math.max(0, -gridW) * (price[i] as number) * steps.stepS) / 3_600_000,
		),
	);
	return [
		timeFigure(steps, [price], {
			id: 'price',
			title: 'Price of imports',
			yLabel: 'USD per kWh',
			unit: 'USD/kWh',
			curves: [{ label: 'price', color: 'solar' }],
			note: 'Shaded: a power cap is in force.',
		}),
		timeFigure(steps, [cost], {
			id: 'cost',
			title: 'Cost of imports since the start',
			yLabel: 'USD, running sum',
			unit: 'USD',
			curves: [{ label: 'imports', color: 'grid' }],
			note: 'Each step’s import times the price of that step; without demand charge and pay for exports.',
			atRest: 'last',
		}),
	];
}
