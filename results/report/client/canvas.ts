import type uPlot from 'uplot';

/** A colour of the page's style as it is now, light or dark, by the name that figures give it. */
export function color(name: string): string {
	return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Paints within the plotting area of a figure. */
export function clipped(
	{ ctx, bbox }: uPlot,
	paint: (ctx: CanvasRenderingContext2D, bbox: uPlot.BBox) => void,
): void {
	ctx.save();
	ctx.beginPath();
	ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
	ctx.clip();
	paint(ctx, bbox);
	ctx.restore();
}
