import uPlot from 'uplot';
import type { Figure, ValueAxis } from '../figure.ts';
import { page } from './data.ts';
import { wholeSpan } from './spans.ts';
import { spreadsOf } from './value-figures.ts';

/** What each axis of a figure spans. */
export function scalesOf(figure: Figure): uPlot.Scales {
	return { x: across(figure), y: figure.logY ? LOGARITHMIC : { range: up(figure) } };
}

const LOGARITHMIC: uPlot.Scale = {
	distr: 3,
	range: (_plot, low, high) => [low * 0.8, high * 1.25],
};

function across({ x, xAxis, data: [xs] }: Figure): uPlot.Scale {
	if (x === 'time') return { time: true, range: wholeOrGiven(xs) };
	const scale = xAxis === undefined || xAxis.log ? LOGARITHMIC : { range: around(xAxis) };
	return { ...scale, time: false };
}

/** All figures over time begin with the same span. */
function wholeOrGiven(xs: readonly number[]): uPlot.Range.Function {
	const [first, last] = wholeSpan([xs]);
	return (_plot, min, max) => {
		if (min > first || max < last) return [min, max];
		const times = page.figures.filter(({ x }) => x === 'time').map(({ data }) => data[0]);
		const [low, high] = wholeSpan(times);
		return [low, high > low ? high : low + 1];
	};
}

/** A little room beside the outermost points. */
function around({ categories }: ValueAxis): uPlot.Range.Function {
	return (_plot, low, high) => {
		const room = categories === undefined ? 0.05 * (high - low || Math.abs(high) || 1) : 0.4;
		return [low - room, high + room];
	};
}

/** Whiskers and marks are in sight too. */
function up(figure: Figure): uPlot.Range.Function {
	const { yRange, marks, curves } = figure;
	if (yRange !== null) return () => [...yRange];
	const values = [
		...marks.map(({ value }) => value),
		...curves.flatMap((_curve, i) => spreadsOf(figure, i).flatMap(({ low, high }) => [low, high])),
	];
	return (_plot, low, high) =>
		uPlot.rangeNum(Math.min(low, ...values), Math.max(high, ...values), 0.08, true);
}
