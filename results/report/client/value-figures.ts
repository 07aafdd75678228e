import type uPlot from 'uplot';
import { tickLabels } from '../../../protocol/value-ticks.ts';
import type { Figure, ValueAxis } from '../figure.ts';
import { clipped, color } from './canvas.ts';
import { showTip } from './tip.ts';
import { amount } from './words.ts';

/** What figures with an axis of values need. */

/** An axis of values has its name below it; categories stand at 0, 1, 2 … */
export function valueAxis({ label, unit, categories }: ValueAxis): uPlot.Axis {
	const common = {
		label: unit === '' || unit === '1' ? label : `${label}, ${unit}`,
		labelSize: 20,
		labelFont: '12px system-ui, sans-serif',
		size: 30,
	};
	if (categories !== undefined) {
		const splits = categories.map((_name, i) => i);
		return { ...common, splits: () => splits, values: () => [...categories] };
	}
	return { ...common, space: 54, values: (_plot, ticks) => tickLabels(ticks) };
}

/** How far the true value of a point may lie. */
interface Spread {
	readonly x: number;
	readonly low: number;
	readonly high: number;
}

/** Of each point of a curve that has one. */
export function spreadsOf({ data, spreads }: Figure, curve: number): Spread[] {
	const [xs, values] = [data[0], data[curve + 1]];
	return (spreads?.[curve] ?? []).flatMap((spread, i) => {
		const [x, value] = [xs[i], values?.[i]];
		if (spread === null || x === undefined || value === null || value === undefined) return [];
		return [{ x, low: value - spread, high: value + spread }];
	});
}

/** Draws them as whiskers. */
export function drawSpreads(figure: Figure): (plot: uPlot) => void {
	return (plot) =>
		clipped(plot, (ctx) => {
			const pixel = devicePixelRatio;
			ctx.lineWidth = 1.2 * pixel;
			for (const [i, curve] of figure.curves.entries()) {
				ctx.strokeStyle = color(curve.color);
				ctx.beginPath();
				for (const { x: value, low, high } of spreadsOf(figure, i)) {
					const x = plot.valToPos(value, 'x', true);
					for (const end of [low, high]) {
						const y = plot.valToPos(end, 'y', true);
						ctx.moveTo(x - 4 * pixel, y);
						ctx.lineTo(x + 4 * pixel, y);
					}
					ctx.moveTo(x, plot.valToPos(low, 'y', true));
					ctx.lineTo(x, plot.valToPos(high, 'y', true));
				}
				ctx.stroke();
			}
		});
}

/** A point that has a name. */
interface Named {
	readonly name: string;
	readonly x: number;
	readonly y: number;
}

/** Points that have names show theirs when the pointer is as near. */
const NEAR_PX = 24;

function nearest(plot: uPlot, { data, names = [] }: Figure): Named | null {
	const { left = -1, top = -1 } = plot.cursor;
	if (left < 0) return null;
	const [xs, ...curves] = data;
	let best: Named | null = null;
	let bestPx = NEAR_PX;
	for (const [curve, values] of curves.entries())
		for (const [i, name] of (names[curve] ?? []).entries()) {
			const [x, y] = [xs[i], values[i]];
			if (name === null || x === undefined || y === null || y === undefined) continue;
			const distancePx = Math.hypot(plot.valToPos(x, 'x') - left, plot.valToPos(y, 'y') - top);
			if (distancePx >= bestPx) continue;
			best = { name, x, y };
			bestPx = distancePx;
		}
	return best;
}

/** What the point under the pointer is. */
export function showName(figure: Figure, xAxis: ValueAxis): (plot: uPlot) => void {
	return (plot) => {
		const found = nearest(plot, figure);
		if (found === null) return showTip(plot, null);
		const { name, x, y } = found;
		const value = amount(y, figure.unit === '1' ? '' : figure.unit);
		showTip(plot, {
			left: plot.valToPos(x, 'x'),
			top: plot.valToPos(y, 'y'),
			text: `${name}\n${xAxis.label} ${xText(xAxis, x)}\n${value}`,
		});
	};
}

/** A value of the axis in words. */
export function xText({ categories, unit }: ValueAxis, x: number): string {
	if (categories !== undefined) return categories[x] ?? '–';
	return amount(x, unit === '1' ? '' : unit);
}
