import type uPlot from 'uplot';
import type { Figure } from '../figure.ts';
import { color } from './canvas.ts';
import { heatAxis } from './layers.ts';
import { valueAxis } from './value-figures.ts';
import { labelDecades, localTime } from './words.ts';

/** The axes of a figure: across, then up. */
export function axesOf(figure: Figure): uPlot.Axis[] {
	const ink: uPlot.Axis = {
		stroke: color('soft'),
		grid: { stroke: color('edge'), width: 1 },
		ticks: { stroke: color('edge'), width: 1 },
	};
	const y: uPlot.Axis = figure.heat === undefined ? { size: 58 } : heatAxis(figure);
	if (figure.logY) y.values = decades;
	return [
		{ ...ink, ...across(figure) },
		{ ...ink, ...y },
	];
}

function across({ x, xAxis }: Figure): uPlot.Axis {
	if (x === 'time') return { values: clock, space: 64, size: 46 };
	return xAxis === undefined ? { values: decades, space: 40, size: 34 } : valueAxis(xAxis);
}

/** Hours as 06:00; the date below the first label and below each midnight. */
const clock: uPlot.Axis.DynamicValues = (_plot, ticks, ...[, , stepS]) => {
	let day = '';
	return ticks.map((tick) => {
		const [date = '', time = ''] = localTime(tick).split(' ');
		const label = stepS < 60 ? time : stepS < 86_400 ? time.slice(0, 5) : date.slice(5);
		if (date === day || stepS >= 86_400) return label;
		day = date;
		return `${label}\n${date.slice(5)}`;
	});
};

const decades: uPlot.Axis.DynamicValues = (_plot, ticks) => labelDecades(ticks, 20);
