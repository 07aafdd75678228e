import uPlot from 'uplot';
import type { Curve, Figure } from '../figure.ts';
import { color } from './canvas.ts';
import { xText } from './value-figures.ts';
import { amount, localTime, spanText } from './words.ts';

/** The horizontal axis and the curves of a figure, as uPlot has them. */
export function seriesOf(figure: Figure): uPlot.Series[] {
	return [across(figure), ...figure.curves.map((curve) => curveOf(figure, curve))];
}

/** uPlot passes null where the pointer is nowhere. */
type Value = (plot: uPlot, value: number | null) => string;

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

function curveOf(figure: Figure, curve: Curve): uPlot.Series {
	const { label, dash, fill, points, atRest } = curve;
	const value: Value = (plot, at) => {
		// Nobody points at anything.
		const isAtRest = plot.cursor.idx === null || plot.cursor.idx === undefined;
		if (!isAtRest || atRest === undefined || atRest.value === null) return amount(at, figure.unit);
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
