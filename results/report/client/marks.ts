import type uPlot from 'uplot';
import type { Figure } from '../figure.ts';
import { clipped, color } from './canvas.ts';

/** Spans of the horizontal axis, below the grid. */
export function drawShades(figure: Figure): (plot: uPlot) => void {
	return (plot) =>
		clipped(plot, (ctx, bbox) => {
			ctx.fillStyle = color('shade');
			for (const [from, until] of figure.shades) {
				const left = plot.valToPos(from, 'x', true);
				const width = plot.valToPos(until, 'x', true) - left;
				ctx.fillRect(left, bbox.top, Math.max(width, 1), bbox.height);
			}
		});
}

/** Horizontal lines above the grid, below the curves. Labels stand at the left, where they hide least. */
export function drawMarks(figure: Figure): (plot: uPlot) => void {
	return (plot) =>
		clipped(plot, (ctx, bbox) => {
			const pixel = devicePixelRatio;
			dashed(ctx);
			ctx.textAlign = 'left';
			for (const { value, label } of figure.marks) {
				const y = plot.valToPos(value, 'y', true);
				ctx.beginPath();
				ctx.moveTo(bbox.left, y);
				ctx.lineTo(bbox.left + bbox.width, y);
				ctx.stroke();
				const isAbove = y - bbox.top > 18 * pixel;
				ctx.textBaseline = isAbove ? 'bottom' : 'top';
				ctx.fillText(label, bbox.left + 6 * pixel, y + (isAbove ? -3 : 3) * pixel);
			}
		});
}

/** Vertical lines of an axis of values, each labelled at the top. */
export function drawUprights(figure: Figure): (plot: uPlot) => void {
	const marks = figure.xAxis?.marks ?? [];
	if (marks.length === 0) return () => {};
	return (plot) =>
		clipped(plot, (ctx, bbox) => {
			const pixel = devicePixelRatio;
			dashed(ctx);
			ctx.textBaseline = 'top';
			for (const { value, label } of marks) {
				const x = plot.valToPos(value, 'x', true);
				if (x < bbox.left || x > bbox.left + bbox.width) continue;
				ctx.beginPath();
				ctx.moveTo(x, bbox.top);
				ctx.lineTo(x, bbox.top + bbox.height);
				ctx.stroke();
				const isRight = x > bbox.left + bbox.width / 2;
				ctx.textAlign = isRight ? 'right' : 'left';
				ctx.fillText(label, x + (isRight ? -5 : 5) * pixel, bbox.top + 3 * pixel);
			}
		});
}

function dashed(ctx: CanvasRenderingContext2D): void {
	const pixel = devicePixelRatio;
	ctx.strokeStyle = color('mark');
	ctx.fillStyle = color('ink');
	ctx.lineWidth = 1.5 * pixel;
	ctx.setLineDash([5 * pixel, 4 * pixel]);
	ctx.font = `${11 * pixel}px system-ui, sans-serif`;
}
