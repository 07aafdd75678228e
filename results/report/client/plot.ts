import uPlot from 'uplot';
import type { Figure } from '../figure.ts';
import type { PageFigure } from '../page-data.ts';
import { axesOf } from './axes.ts';
import { areasBetween, drawBands, drawHeat, showStrip } from './layers.ts';
import { bindLegend, markLegend } from './legend.ts';
import { Levels, wholeColumns } from './levels.ts';
import { drawMarks, drawShades, drawUprights } from './marks.ts';
import { scalesOf } from './scales.ts';
import { boundsOf, seriesOf, showBounds } from './series.ts';
import { drawSpreads, showName } from './value-figures.ts';
import { zonedDate } from './words.ts';
import type { TimeZoom } from './zoom.ts';

/** A figure in the page. */
export interface Drawn {
	readonly figure: Figure;
	readonly plot: uPlot;
	/** Takes the width of its place. */
	fit(): void;
}

/** Draws a figure in its place in the page, and hands it to `zoom`. */
export function draw(figure: PageFigure, zoom: TimeZoom): Drawn {
	const id = `plot-${figure.id}`;
	const holder = document.getElementById(id);
	if (holder === null) throw new Error(`Cannot draw "${figure.id}": the page has no #${id}`);
	holder.replaceChildren();
	const words = document.createElement('p');
	words.className = 'note level';
	const levels = new Levels(figure, words);
	const size = () => ({ width: holder.clientWidth, height: heightOf(figure, holder) });
	const options: uPlot.Options = {
		...size(),
		tzDate: zonedDate,
		cursor: cursorOf(figure),
		legend: legendOf(figure),
		scales: scalesOf(figure),
		axes: axesOf(figure),
		series: seriesOf(figure),
		bands: [...areasBetween(figure), ...boundsOf(figure)],
		hooks: hooksOf(figure, zoom, levels),
	};
	const data = wholeColumns(figure).map((values) => [...values]) as uPlot.AlignedData;
	const plot = new uPlot(options, data, holder);
	if (figure.levels !== undefined) holder.append(words);
	const canvas = plot.root.querySelector('canvas');
	canvas?.setAttribute('role', 'img');
	canvas?.setAttribute('aria-label', holder.dataset['label'] ?? figure.title);
	zoom.add(plot, figure.x === 'time' ? levels.finestCount : null);
	const fit = () => {
		if (holder.clientWidth !== plot.width) plot.setSize(size());
	};
	return { figure, plot, fit };
}

/** Paper has room for more figures when they are lower. */
function isPrinting(): boolean {
	return document.documentElement.hasAttribute('data-printing');
}

function heightOf({ heat, curves, small }: Figure, holder: HTMLElement): number {
	if (heat !== undefined) return 60 + Math.max(60, 14 * curves.length);
	return small ? 180 : holder.clientWidth < 500 ? 210 : isPrinting() ? 220 : 270;
}

/** Pointers move together; TimeZoom keeps the spans together. */
const TOGETHER: uPlot.Cursor.Sync = {
	key: 'run',
	scales: ['x', null],
	filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' },
};

function cursorOf({ x, names }: Figure): uPlot.Cursor {
	if (x === 'time') return { sync: TOGETHER, drag: { x: true, y: false }, y: false };
	if (names === undefined) return { drag: { x: true, y: false } };
	return { drag: { x: true, y: true, uni: 20 }, y: false, points: { show: false } };
}

function legendOf({ curves, heat, small, names }: Figure): uPlot.Legend {
	return {
		show: heat === undefined && !(small && curves.length === 1),
		live: names === undefined,
		markers: { width: 2, dash: (_plot, i) => (curves[i - 1]?.dash ? 'dashed' : 'solid') },
	};
}

function hooksOf(figure: Figure, zoom: TimeZoom, levels: Levels): uPlot.Hooks.Arrays {
	const { bands, heat, spreads, names, xAxis } = figure;
	return {
		ready: [bindLegend],
		setSeries: [showBounds(figure), markLegend],
		setScale: [zoom.follow, levels.follow],
		drawClear: [
			drawShades(figure),
			...(bands === undefined ? [] : [drawBands(figure)]),
			...(heat === undefined ? [] : [drawHeat(figure)]),
		],
		drawAxes: [drawMarks(figure), drawUprights(figure)],
		draw: spreads === undefined ? [] : [drawSpreads(figure)],
		setCursor: [
			...(names === undefined || xAxis === undefined ? [] : [showName(figure, xAxis)]),
			...(heat === undefined ? [] : [showStrip(figure)]),
		],
	};
}
