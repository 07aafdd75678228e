import uPlot from 'uplot';
import { color } from './canvas.ts';

/** Elements of a saved drawing, and where values stand in it. */
export interface Places {
	/** The plotting area, in pixels of the page. */
	readonly area: uPlot.BBox;
	readonly x: (value: number) => number;
	readonly y: (value: number) => number;
}

/** Maps values to the drawing, in the range that is shown. */
export function placesOf(plot: uPlot): Places {
	const { left, top, width, height } = plot.bbox;
	const ratio = uPlot.pxRatio;
	const area = {
		left: left / ratio,
		top: top / ratio,
		width: width / ratio,
		height: height / ratio,
	};
	return {
		area,
		x: (value) => px(plot.valToPos(value, 'x') + area.left),
		y: (value) => px(plot.valToPos(value, 'y') + area.top),
	};
}

/** To a hundredth of a pixel: papers and slides draw larger than screens. */
export function px(number: number): number {
	return Math.round(number * 100) / 100;
}

/** A rectangle by left, top, width and height; `rest` are its other attributes. */
export function rect(
	[left, top, width, height]: readonly [number, number, number, number],
	rest: string,
): string {
	return `<rect x="${px(left)}" y="${px(top)}" width="${px(Math.max(width, 0.5))}" height="${px(Math.max(height, 0))}" ${rest}/>`;
}

/** A line along the path `d`, in a colour of the page. */
export function line(d: string, name: string, rest = ''): string {
	return `<path d="${d}" fill="none" stroke="${color(name)}" ${rest}/>`;
}

/** Words that begin at `left`, on the line at `top`. */
export function text(left: number, top: number, words: string, rest = ''): string {
	return `<text x="${px(left)}" y="${px(top)}" ${rest}>${safe(words)}</text>`;
}

/** Text as SVG has it. */
export function safe(words: string): string {
	return words.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
