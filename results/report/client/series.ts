import uPlot from 'uplot';
import type { Curve, Figure } from '../figure.ts';
import { color } from './canvas.ts';
import { xText } from './value-figures.ts';
import { amount, localTime, spanText } from './words.ts';

/** The horizontal axis and the curves of a figure, as uPlot has them. */
export function seriesOf(figure: Figure): uPlot.Series[] {
	const curves = figure.curves.map((curve, i) => curveOf(figure, curve, i));
	return [across(figure), ...curves, ...boundSeries(figure)];
}

/** Where the least value of a curve of means stands among the columns of a plot; the greatest is the next one. */
const lowOf = ({ curves }: Figure, curve: number): number => 1 + curves.length + 2 * curve;

/** Ends of what lies behind means: nothing by themselves, and no part of the legend. */
function boundSeries({ curves, spans }: Figure): uPlot.Series[] {
	if (spans === undefined) return [];
	const stepped = uPlot.paths.stepped?.({ align: 1 });
	return curves.flatMap(() =>
		['low', 'high'].map(
			(label): uPlot.Series => ({
				...{ label, class: 'bound', width: 0, points: { show: false, size: 0 } },
				...(stepped === undefined ? {} : { paths: stepped }),
			}),
		),
	);
}

/** What lies between the least and the greatest values of means. */
export function boundsOf(figure: Figure): uPlot.Band[] {
	if (figure.spans === undefined) return [];
	return figure.curves.map(({ color: name }, i) => ({
		series: [lowOf(figure, i) + 1, lowOf(figure, i)],
		fill: () => `${color(name)}33`,
	}));
}

/** A hook of uPlot: what is switched off goes with its bounds. */
export function showBounds(figure: Figure): (plot: uPlot, index: number | null) => void {
	return (plot, index) => {
		if (figure.spans === undefined || index === null || index > figure.curves.length) return;
		const show = plot.series[index]?.show ?? true;
		const low = lowOf(figure, index - 1);
		for (const bound of [low, low + 1])
			if (plot.series[bound]?.show !== show) plot.setSeries(bound, { show }, false);
	};
}

/** uPlot passes null where the pointer is nowhere. */
type Value = (plot: uPlot, value: number | null) => string;

/** From the least to the greatest value of the mean under the pointer; empty where it is a value. */
function boundsText({ data, cursor: { idx } }: uPlot, at: number): string {
	const [low, high] = [at, at + 1].map((column) => data[column]?.[idx ?? -1]);
	if (typeof low !== 'number' || typeof high !== 'number') return '';
	return ` (${Number(low.toPrecision(4))} to ${Number(high.toPrecision(4))})`;
}

function across({ x, xAxis }: Figure): uPlot.Series {
	if (x === 'time') {
		const value: Value = (plot, at) => (at === null ? spanText(plot) : localTime(at));
		return { label: 'Time', value };
	}
	if (xAxis !== undefined) {
		const value: Value = (_plot, at) => (at === null ? 'all' : xText(xAxis, at));
		return { label: xAxis.label, value };
	}
	const value: Value = (_plot, at) => (at === null ? 'any time' : amount(at, 's'));
	return { label: 'Within', value };
}

function curveOf(figure: Figure, curve: Curve, index: number): uPlot.Series {
	const { label, dash, fill, points, atRest } = curve;
	const value: Value = (plot, at) => {
		// Nobody points at anything.
		const isAtRest = plot.cursor.idx === null || plot.cursor.idx === undefined;
		if (!isAtRest || atRest === undefined || atRest.value === null)
			return amount(at, figure.unit) + boundsText(plot, lowOf(figure, index));
		return `${atRest.what} ${amount(atRest.value, atRest.unit ?? figure.unit)}`.trim();
	};
	const stepped = figure.stepped ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
	return {
		label,
		value,
		width: points === 'only' ? 0 : 1.5,
		points:
			points === undefined
				? { show: false }
				: { show: true, size: 7, width: 1.5, fill: color(dash ? 'panel' : curve.color) },
		spanGaps: figure.x !== 'time',
		...(figure.heat === undefined ? { stroke: () => color(curve.color) } : {}),
		...(fill ? { fill: () => `${color(curve.color)}33` } : {}),
		...(dash ? { dash: [6, 4] } : {}),
		...(stepped === undefined ? {} : { paths: stepped }),
	};
}
