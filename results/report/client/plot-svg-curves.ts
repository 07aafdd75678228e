import type uPlot from 'uplot';
import type { Curve, Figure } from '../figure.ts';
import { color } from './canvas.ts';
import { line, type Places } from './plot-svg-parts.ts';
import { shownSpan } from './spans.ts';
import { spreadsOf } from './value-figures.ts';

/** The curves of a saved drawing, what lies between them and how far they may be off. */

/** The areas between pairs of curves. */
export function areas(figure: Figure, { x, y }: Places): string[] {
	return (figure.between ?? []).map(({ upper, lower, color: name }) => {
		const points = (curve: number) =>
			figure.data[0].flatMap((at, i) => {
				const value = figure.data[curve + 1]?.[i];
				return typeof value === 'number' ? [`${x(at)} ${y(value)}`] : [];
			});
		const around = [...points(upper), ...points(lower).reverse()];
		return `<path d="M${around.join('L')}Z" fill="${color(name)}" fill-opacity="0.2"/>`;
	});
}

/** What lies between the least and the greatest values of means. */
export function bounds(
	{ curves, spans, data: [xs] }: Figure,
	plot: uPlot,
	{ x, y }: Places,
): string[] {
	if (spans === undefined) return [];
	const [low, high] = shownSpan(plot);
	return curves.map(({ color: name }, curve) => {
		if (!plot.series[curve + 1]?.show) return '';
		const boxes = xs.map((at, i) => {
			const [least, most] = [spans.lows[curve]?.[i], spans.highs[curve]?.[i]];
			const until = xs[i + 1];
			if (typeof least !== 'number' || typeof most !== 'number' || until === undefined) return '';
			if (until < low || at > high) return '';
			return `M${x(at)} ${y(most)}H${x(until)}V${y(least)}H${x(at)}z`;
		});
		return `<path d="${boxes.join('')}" fill="${color(name)}" fill-opacity="0.2"/>`;
	});
}

/** The curves that the reader has not switched off. */
export function curves(figure: Figure, plot: uPlot, places: Places): string[] {
	if (figure.heat !== undefined) return [];
	const span = shownSpan(plot);
	return figure.curves.map((curve, i) =>
		plot.series[i + 1]?.show ? curveSvg(figure, curve, { ...places, span }) : '',
	);
}

interface Shown extends Places {
	readonly span: readonly [low: number, high: number];
}

function curveSvg(figure: Figure, curve: Curve, shown: Shown): string {
	const [xs] = figure.data;
	const values = figure.data[figure.curves.indexOf(curve) + 1] ?? [];
	const dash = curve.dash ? 'stroke-dasharray="6 4"' : '';
	const path = curvePath(figure, values, shown);
	// Down from the last point, back below the first.
	const [, first] = /^M(\S+)/.exec(path) ?? [];
	const ground =
		curve.fill && first !== undefined
			? `<path d="${path}V${shown.y(0)}H${first}Z" fill="${color(curve.color)}" fill-opacity="0.2"/>`
			: '';
	const stroke =
		curve.points === 'only' ? '' : line(path, curve.color, `stroke-width="1.5" ${dash}`);
	if (curve.points === undefined) return ground + stroke;
	const dots = xs.map((at, i) => {
		const value = values[i];
		return typeof value !== 'number'
			? ''
			: `<circle cx="${shown.x(at)}" cy="${shown.y(value)}" r="3.5" fill="${color(curve.dash ? 'panel' : curve.color)}" stroke="${color(curve.color)}" stroke-width="1.5"/>`;
	});
	return stroke + dots.join('');
}

function curvePath(
	figure: Figure,
	values: readonly (number | null)[],
	{ x, y, span: [low, high] }: Shown,
): string {
	const [xs] = figure.data;
	let path = '';
	let isDown = false;
	for (const [i, at] of xs.entries()) {
		const value = values[i];
		if (typeof value !== 'number' || (figure.logY && value <= 0)) {
			// On a common axis of two distributions, points of the other are no gaps.
			if (figure.x === 'time') isDown = false;
			continue;
		}
		// One point beyond each side, so that lines run to the edge.
		if ((xs[i + 1] ?? at) < low || (xs[i - 1] ?? at) > high) continue;
		const [left, top] = [x(at), y(value)];
		if (!isDown) path += `M${left} ${top}`;
		else path += figure.stepped ? `H${left}V${top}` : `L${left} ${top}`;
		isDown = true;
	}
	return path;
}

/** How far the true values may lie from the points. */
export function whiskers(figure: Figure, { x, y }: Places): string[] {
	return figure.curves.flatMap(({ color: name }, curve) =>
		spreadsOf(figure, curve).map(({ x: at, low, high }) =>
			line(`M${x(at)} ${y(low)}V${y(high)}`, name, 'stroke-width="1.2"'),
		),
	);
}
