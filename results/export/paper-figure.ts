import { clamp, extent, padded, scale, widened } from '../report/drawing-scales.ts';
import type { Curve, Figure } from '../report/figure.ts';
import { colorOf, spansWords } from '../report/svg-layers.ts';
import { acrossTicks, type Tick, upTicks } from './paper-axes.ts';
import { paintBody } from './paper-curves.ts';
import { type Area, DASH, dot, EDGE, GRID, INK, ROW, SMALL, SOFT, TEXT } from './paper-look.ts';
import type { Pen } from './pdf-pen.ts';

/** A figure as papers have it: of a width in points, without a title, which is the caption's. */
export function paperFigure(
	figure: Figure,
	{ width, timezone }: { width: number; timezone: string },
	pen: Pen,
): { width: number; height: number; paint: () => void } {
	const [xs = [], ...ys] = figure.data;
	const head = wrapped(`${figure.yLabel}${spansWords(figure)}`, { width, size: SMALL }, pen);
	const legend = legendOf(figure, width, pen);
	const { lows = [], highs = [] } = figure.spans ?? {};
	const marks = figure.marks.map(({ value }) => value);
	const range = figure.yRange ?? padded(extent([...ys, ...lows, ...highs, marks]), figure.logY);
	const body =
		figure.heat === undefined ? Math.max(0.48 * Math.min(width, 300), 90) : heatHeight(figure);
	const top = 2 + ROW * head.length;
	const bottom = top + body;
	const y = scale(range, figure.logY, [bottom, top]);
	const up = upTicks(figure, y);
	const left = 4 + Math.max(...up.map(({ words }) => pen.widthOf(words, SMALL)), 0);
	const span = figure.x === 'value' ? widened(extent([xs]), figure) : extent([xs]);
	const isLog = figure.x === 'duration' || figure.xAxis?.log === true;
	const x = scale(span, isLog, [left, width - 6]);
	const area: Area = { left, right: width - 6, top, bottom, x, y };
	const across = acrossTicks(figure, x, { width: width - 6 - left, timezone });
	const height = bottom + 12 + ROW + ROW * (legend.at(-1)?.row ?? -1) + ROW + 2;
	return {
		width,
		height,
		paint: () => {
			head.forEach((words, i) => {
				pen.text(words, { x: 0, y: 7 + ROW * i, size: SMALL, color: SOFT });
			});
			paintAxes(pen, area, { up, across, hasGrid: figure.heat === undefined });
			pen.within([left, top, area.right - left, body], () => paintBody(figure, area, pen));
			paintMarks(figure, area, pen);
			paintLegend(legend, bottom + 12 + ROW, pen);
		},
	};
}

function heatHeight({ curves }: Figure): number {
	return Math.max(40, 9 * curves.length);
}

function wrapped(
	words: string,
	{ width, size }: { width: number; size: number },
	pen: Pen,
): string[] {
	const lines: string[] = [];
	for (const word of words.split(' ')) {
		const longer = `${lines.at(-1) ?? ''} ${word}`.trim();
		if (lines.length > 0 && pen.widthOf(longer, size) <= width) lines[lines.length - 1] = longer;
		else lines.push(word);
	}
	return lines;
}

function paintAxes(
	pen: Pen,
	{ left, right, top, bottom, x, y }: Area,
	{
		up,
		across,
		hasGrid,
	}: { up: Tick[]; across: { ticks: Tick[]; name: string }; hasGrid: boolean },
): void {
	const grid = { color: EDGE, width: GRID };
	for (const { at, words } of up) {
		const base = y.at(at);
		if (hasGrid) pen.line(`M${left} ${base}H${right}`, grid);
		pen.text(words, { x: left - 3, y: base + 2.4, size: SMALL, color: SOFT, align: 'end' });
	}
	let free = Number.NEGATIVE_INFINITY;
	for (const { at, words } of across.ticks) {
		const place = x.at(at);
		if (place < left - 0.01 || place > right + 0.01) continue;
		pen.line(`M${place} ${top}V${bottom}`, grid);
		const half = pen.widthOf(words, SMALL) / 2;
		// Whole in the page, and apart from its neighbour.
		const middle = clamp(place, half, right + 6 - half);
		if (middle - half < free) continue;
		free = middle + half + 3;
		pen.text(words, { x: middle, y: bottom + 9, size: SMALL, color: SOFT, align: 'middle' });
	}
	pen.line(`M${left} ${bottom}H${right}`, { color: SOFT, width: 0.5 });
	const middle = (left + right) / 2;
	pen.text(across.name, {
		x: middle,
		y: bottom + 9 + ROW,
		size: SMALL,
		color: SOFT,
		align: 'middle',
	});
}

/** Lines across and upright, with their labels. */
function paintMarks(figure: Figure, { left, right, top, bottom, x, y }: Area, pen: Pen): void {
	const look = { color: SOFT, width: 0.6, dash: DASH };
	for (const { value, label } of figure.marks) {
		const base = y.at(value);
		pen.line(`M${left} ${base}H${right}`, look);
		const above = base - top > ROW ? -2 : SMALL;
		pen.text(label, { x: left + 3, y: base + above, size: SMALL, color: INK });
	}
	for (const { value, label } of figure.xAxis?.marks ?? []) {
		const place = x.at(value);
		if (place < left || place > right) continue;
		pen.line(`M${place} ${top}V${bottom}`, look);
		const isRight = place > (left + right) / 2;
		const at = { x: place + (isRight ? -3 : 3), y: top + SMALL, size: SMALL, color: INK };
		pen.text(label, { ...at, align: isRight ? 'end' : 'start' });
	}
}

interface Entry {
	readonly curve: Curve;
	readonly left: number;
	readonly row: number;
}

const SWATCH = 14;

/** Entries beside each other as far as the width goes. */
function legendOf({ curves, heat }: Figure, width: number, pen: Pen): Entry[] {
	if (heat !== undefined) return [];
	let [left, row] = [0, 0];
	return curves.map((curve) => {
		const needed = SWATCH + 4 + pen.widthOf(curve.label, TEXT);
		if (left > 0 && left + needed > width) [left, row] = [0, row + 1];
		const entry = { curve, left, row };
		left += needed + 12;
		return entry;
	});
}

function paintLegend(entries: readonly Entry[], top: number, pen: Pen): void {
	for (const { curve, left, row } of entries) {
		const base = top + ROW * (row + 0.8);
		const color = colorOf(curve.color);
		const middle = base - 2.6;
		if (curve.points === undefined)
			pen.line(`M${left} ${middle}h${SWATCH}`, {
				color,
				width: 1.4,
				...(curve.dash ? { dash: DASH } : {}),
			});
		else pen.area(dot(left + SWATCH / 2, middle, 1.8), { color, opacity: 1 });
		pen.text(curve.label, { x: left + SWATCH + 4, y: base, size: TEXT, color: INK });
	}
}
