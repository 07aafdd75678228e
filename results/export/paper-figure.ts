import {
	clamp,
	curvePath,
	extent,
	padded,
	type Scale,
	scale,
	widened,
} from '../report/drawing-scales.ts';
import type { Curve, Figure } from '../report/figure.ts';
import { colorOf, spansWords } from '../report/svg-layers.ts';
import { acrossTicks, type Tick, upTicks } from './paper-axes.ts';
import type { Pen } from './pdf-pen.ts';

/** Sizes of papers, in points. */
const TEXT = 8;
const SMALL = 7;
const LINE = 0.8;
const GRID = 0.4;
const DASH = [3, 2] as const;
const ROW = 10;
const INK = '#1c2128';
const SOFT = '#57606a';
const EDGE = '#d5dae0';
const SHADE = { color: '#d55e00', opacity: 0.13 };

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

interface Area {
	readonly left: number;
	readonly right: number;
	readonly top: number;
	readonly bottom: number;
	readonly x: Scale;
	readonly y: Scale;
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

function box(left: number, top: number, right: number, bottom: number): string {
	return `M${left} ${top}H${right}V${bottom}H${left}Z`;
}

/** Below the curves what lies there, then the curves. */
function paintBody(figure: Figure, area: Area, pen: Pen): void {
	const { left, right, top, bottom, x, y } = area;
	for (const [from, until] of figure.shades)
		pen.area(box(x.at(from), top, Math.max(x.at(until), x.at(from) + 0.1), bottom), SHADE);
	for (const { from, until, color, label } of figure.bands ?? []) {
		const high = until === null ? top : clamp(y.at(until), top, bottom);
		const low = from === null ? bottom : clamp(y.at(from), top, bottom);
		pen.area(box(left, high, right, low), { color: colorOf(color), opacity: 0.14 });
		const place = {
			x: right - 3,
			y: (low + high) / 2 + 2,
			size: SMALL,
			color: SOFT,
			align: 'end',
		} as const;
		if (low - high > ROW) pen.text(label, place);
	}
	paintStrips(figure, area, pen);
	for (const { upper, lower, color } of figure.between ?? []) {
		const points = (curve: number) =>
			figure.data[0].flatMap((at, i) => {
				const value = figure.data[curve + 1]?.[i];
				return typeof value === 'number' ? [`${x.at(at)} ${y.at(value)}`] : [];
			});
		const around = [...points(upper), ...points(lower).reverse()];
		if (around.length > 0)
			pen.area(`M${around.join('L')}Z`, { color: colorOf(color), opacity: 0.2 });
	}
	for (const [i, curve] of figure.curves.entries()) paintSpans(figure, i, { area, pen, curve });
	if (figure.heat !== undefined) return;
	for (const [i, curve] of figure.curves.entries()) paintCurve(figure, i, { area, pen, curve });
}

/** Shades of strips that one can tell apart. */
const SHADES = 20;

function paintStrips(
	{ heat, data: [xs, ...strips], curves }: Figure,
	{ x, y }: Area,
	pen: Pen,
): void {
	if (heat === undefined) return;
	const paths = Array.from({ length: SHADES + 1 }, () => '');
	for (const [strip, values] of strips.entries())
		for (const [i, value] of values.entries()) {
			const until = xs[i + 1];
			if (typeof value !== 'number' || until === undefined) continue;
			const shade = Math.round(SHADES * clamp(value / heat.highest, 0, 1));
			const [high, low] = [y.at(curves.length - strip), y.at(curves.length - strip - 1) - 0.5];
			paths[shade] += box(x.at(xs[i] as number), high, x.at(until), low);
		}
	for (const [shade, path] of paths.entries())
		if (shade > 0) pen.area(path, { color: colorOf(heat.color), opacity: shade / SHADES });
}

interface Drawing {
	readonly area: Area;
	readonly pen: Pen;
	readonly curve: Curve;
}

/** From the least to the greatest value of each span. */
function paintSpans(
	{ spans, data: [xs] }: Figure,
	index: number,
	{ area, pen, curve }: Drawing,
): void {
	if (spans === undefined) return;
	const { x, y } = area;
	const highs = spans.highs[index] ?? [];
	const boxes = (spans.lows[index] ?? []).map((low, i) => {
		const [high, until] = [highs[i], xs[i + 1]];
		if (typeof low !== 'number' || typeof high !== 'number' || until === undefined) return '';
		return box(x.at(xs[i] as number), y.at(high), x.at(until), y.at(low));
	});
	pen.area(boxes.join(''), { color: colorOf(curve.color), opacity: 0.2 });
}

function paintCurve(figure: Figure, index: number, { area, pen, curve }: Drawing): void {
	const { x, y, bottom } = area;
	const values = figure.data[index + 1] ?? [];
	const color = colorOf(curve.color);
	const dash = curve.dash ? { dash: DASH } : {};
	if (curve.points !== 'only') {
		const shape = { x, y, stepped: figure.stepped, gaps: figure.x === 'time' };
		const path = curvePath(figure.data[0], values, shape);
		const [, first] = /^M(\S+)/.exec(path) ?? [];
		const ground = figure.logY ? bottom : y.at(0);
		// One piece: a curve with gaps has several grounds.
		if (curve.fill && first !== undefined && path.lastIndexOf('M') === 0)
			pen.area(`${path}V${ground}H${first}Z`, { color, opacity: 0.15 });
		pen.line(path, { color, width: LINE, ...dash });
	}
	if (curve.points !== undefined)
		for (const [i, value] of values.entries()) {
			if (typeof value !== 'number' || (figure.logY && value <= 0)) continue;
			const [left, top] = [x.at(figure.data[0][i] as number), y.at(value)];
			pen.area(dot(left, top, 1.6), { color, opacity: 1 });
			if (curve.dash) pen.area(dot(left, top, 0.9), { color: '#ffffff', opacity: 1 });
		}
	for (const [i, spread] of (figure.spreads?.[index] ?? []).entries()) {
		const value = values[i];
		if (spread === null || typeof value !== 'number') continue;
		const left = x.at(figure.data[0][i] as number);
		pen.line(`M${left} ${y.at(value - spread)}V${y.at(value + spread)}`, { color, width: LINE });
	}
}

function dot(x: number, y: number, radius: number): string {
	return `M${x - radius} ${y}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0Z`;
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
