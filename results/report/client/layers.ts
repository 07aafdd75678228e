import type uPlot from 'uplot';
import type { Figure } from '../figure.ts';
import { clipped, color } from './canvas.ts';
import { showTip } from './tip.ts';
import { amount } from './words.ts';

/** What lies below curves: tinted bands, strips and areas between curves. */

/** Tints spans of the vertical axis, below the grid. */
export function drawBands(figure: Figure): (plot: uPlot) => void {
	return (plot) =>
		clipped(plot, (ctx, bbox) => {
			const bottom = bbox.top + bbox.height;
			for (const { from, until, color: name, label } of figure.bands ?? []) {
				const top = until === null ? bbox.top : plot.valToPos(until, 'y', true);
				const low = from === null ? bottom : plot.valToPos(from, 'y', true);
				ctx.globalAlpha = 0.14;
				ctx.fillStyle = color(name);
				ctx.fillRect(bbox.left, top, bbox.width, low - top);
				const pixel = devicePixelRatio;
				const [above, below] = [Math.max(top, bbox.top), Math.min(low, bottom)];
				if (below - above < 16 * pixel) continue;
				ctx.globalAlpha = 1;
				ctx.fillStyle = color('soft');
				ctx.font = `${11 * pixel}px system-ui, sans-serif`;
				ctx.textAlign = 'right';
				ctx.textBaseline = 'middle';
				const right = bbox.left + bbox.width - 6 * pixel;
				ctx.fillText(label, right, (above + below) / 2);
			}
		});
}

/** A part of a strip over a span of the horizontal axis. */
interface Cell {
	/** The number of its curve. */
	readonly strip: number;
	readonly from: number;
	readonly until: number;
	/** Of the full colour, 0 to 1. */
	readonly share: number;
}

/** The cells of all strips of a figure that has some. */
export function cellsOf({ data: [xs, ...strips], heat }: Figure): Cell[] {
	if (heat === undefined) return [];
	return strips.flatMap((values, strip) =>
		values.flatMap((value, i) => {
			const [from, until] = [xs[i], xs[i + 1]];
			if (value === null || from === undefined || until === undefined) return [];
			return [{ strip, from, until, share: Math.min(1, value / heat.highest) }];
		}),
	);
}

/** Strips, the first curve on top. */
export function drawHeat(figure: Figure): (plot: uPlot) => void {
	return (plot) =>
		clipped(plot, (ctx) => {
			const count = figure.curves.length;
			ctx.fillStyle = color(figure.heat?.color ?? 'ink');
			// Whole pixels, so that neighbours neither overlap nor leave a seam.
			const at = (value: number, scale: 'x' | 'y') => Math.round(plot.valToPos(value, scale, true));
			for (const { strip, from, until, share } of cellsOf(figure)) {
				const [left, right] = [at(from, 'x'), at(until, 'x')];
				const [top, bottom] = [at(count - strip, 'y'), at(count - strip - 1, 'y')];
				ctx.globalAlpha = share;
				// A pixel stays free between strips.
				ctx.fillRect(left, top, right - left, bottom - top - 1);
			}
		});
}

/** The names of strips stand in place of a vertical axis, as many as there is room for. */
export function heatAxis({ curves }: Figure): uPlot.Axis {
	const every = Math.ceil(curves.length / 12);
	const named = curves.map(({ label }, i) => ({ label, at: curves.length - i - 0.5 }));
	const shown = named.filter((_one, i) => i % every === 0);
	const longest = Math.max(...shown.map(({ label }) => label.length));
	return {
		size: Math.min(150, 16 + 7 * longest),
		splits: () => shown.map(({ at }) => at).reverse(),
		values: () => shown.map(({ label }) => label).reverse(),
		grid: { show: false },
	};
}

/** The strip and the value under the pointer. */
export function showStrip({ curves, data, unit }: Figure): (plot: uPlot) => void {
	return (plot) => {
		const { left = -1, top = -1, idx } = plot.cursor;
		const strip = curves.length - 1 - Math.floor(plot.posToVal(top, 'y'));
		const isOver = left >= 0 && idx !== null && idx !== undefined && strip >= 0;
		const value = isOver ? data[strip + 1]?.[idx] : null;
		if (value === null || value === undefined) showTip(plot, null);
		else showTip(plot, { left, top, text: `${curves[strip]?.label}\n${amount(value, unit)}` });
	};
}

/** The areas between pairs of curves. */
export function areasBetween({ between }: Figure): uPlot.Band[] {
	return (between ?? []).map(({ upper, lower, color: name }) => ({
		series: [upper + 1, lower + 1],
		fill: () => `${color(name)}33`,
	}));
}
