import type uPlot from 'uplot';
import { logTicks, tickLabel, tickLabels } from '../../../protocol/value-ticks.ts';
import type { Figure } from '../figure.ts';
import { color } from './canvas.ts';
import { heatAxis } from './layers.ts';
import { valueAxis } from './value-figures.ts';
import { localTime } from './words.ts';

/** The axes of a figure: across, then up. */
export function axesOf(figure: Figure): uPlot.Axis[] {
	const ink: uPlot.Axis = {
		stroke: color('soft'),
		grid: { stroke: color('edge'), width: 1 },
		ticks: { stroke: color('edge'), width: 1 },
	};
	const y = figure.heat === undefined ? upright(figure) : heatAxis(figure);
	return [
		{ ...ink, ...across(figure) },
		{ ...ink, ...y },
	];
}

function across({ x, xAxis }: Figure): uPlot.Axis {
	if (x === 'time') return { values: clock, space: 64, size: 46 };
	if (xAxis === undefined) return { ...LOGARITHMIC, size: 34 };
	return { ...valueAxis(xAxis), ...(xAxis.log ? LOGARITHMIC : {}) };
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

/** Ticks that uPlot's own choice would leave without a label are told apart here. */
const LOGARITHMIC: uPlot.Axis = {
	splits: ({ width }, axis, low, high) =>
		logTicks(low, high, axis === 0 ? Math.floor(width / LABEL_PX) : undefined),
	filter: (_plot, ticks) => ticks,
	values: (_plot, ticks) => ticks.map(tickLabel),
};
const LABEL_PX = 54;

/** As wide as its longest label, and all of a page at least so wide that their plots stand below each other. */
function upright({ logY }: Figure): uPlot.Axis {
	return {
		size: (_plot, labels) =>
			Math.max(58, 22 + 7 * Math.max(0, ...(labels ?? []).map(({ length }) => length))),
		...(logY ? LOGARITHMIC : { values: (_plot, ticks) => tickLabels(ticks) }),
	};
}
