import { clamp, curvePath } from '../report/drawing-scales.ts';
import type { Curve, Figure } from '../report/figure.ts';
import { colorOf } from '../report/svg-layers.ts';
import { type Area, box, DASH, dot, LINE, ROW, SMALL, SOFT } from './paper-look.ts';
import type { Pen } from './pdf-pen.ts';

const SHADE = { color: '#d55e00', opacity: 0.13 };

/** Below the curves what lies there, then the curves. */
export function paintBody(figure: Figure, area: Area, pen: Pen): void {
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
