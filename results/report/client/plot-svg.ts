import type uPlot from 'uplot';
import type { Figure } from '../figure.ts';
import { color } from './canvas.ts';
import { cellsOf } from './layers.ts';
import { areas, bounds, curves, whiskers } from './plot-svg-curves.ts';
import { line, type Places, placesOf, px, rect, safe, text } from './plot-svg-parts.ts';
import { spanText } from './words.ts';

/** Room for title, unit and span above the figure. */
const HEAD = 66;
const LEGEND_LINE = 20;

/** A figure as the reader sees it, zoomed, on white: a drawing of its own, without script or reference. */
export function plotSvg(plot: uPlot, whole: Figure): string {
	const figure = shownOf(plot, whole);
	const places = placesOf(plot);
	const { left, top, width, height } = places.area;
	const clip = `clip-${figure.id}`;
	const { words, bottom } = legend(figure, plot);
	const size = { width: plot.width, height: px(HEAD + bottom + 8) };
	const inside = [
		backgrounds(figure, places),
		...areas(figure, places),
		...bounds(figure, plot, places),
		...marks(figure, places),
		...curves(figure, plot, places),
		...whiskers(figure, places),
	];
	const span = figure.x === 'time' ? spanText(plot) : '';
	const soft = `fill="${color('soft')}"`;
	return `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" font-family="'Source Sans 3', Helvetica, Arial, sans-serif" font-size="12" fill="${color('ink')}">
<title>${safe(figure.title)}</title>
<rect width="100%" height="100%" fill="#ffffff"/>
${text(16, 24, figure.title, 'font-size="15" font-weight="600"')}
${text(16, 42, figure.yLabel, soft)}
${text(16, 58, span, soft)}
<clipPath id="${clip}">${rect([left, top, width, height], '')}</clipPath>
<g transform="translate(0 ${HEAD})">
${axes(plot, figure, places).join('')}
<g clip-path="url(#${clip})">${inside.join('\n')}</g>
${words.join('')}
</g>
</svg>
`;
}

/** A figure with the points that are drawn, which are finer ones where the reader has looked closer. */
function shownOf({ data }: uPlot, figure: Figure): Figure {
	if (figure.x !== 'time') return figure;
	const count = figure.curves.length;
	const [xs, ...columns] = data as unknown as Figure['data'];
	const bounds = columns.slice(count);
	const of = (end: number) => bounds.filter((_column, i) => i % 2 === end);
	const shown = { ...figure, data: [xs, ...columns.slice(0, count)] as Figure['data'] };
	const { spans } = figure;
	return spans === undefined ? shown : { ...shown, spans: { ...spans, lows: of(0), highs: of(1) } };
}

function backgrounds(figure: Figure, { x, y, area }: Places): string {
	const bottom = area.top + area.height;
	const shades = figure.shades.map(([from, until]) =>
		rect([x(from), area.top, x(until) - x(from), area.height], `fill="${color('shade')}"`),
	);
	const bands = (figure.bands ?? []).map(({ from, until, color: name, label }) => {
		const top = until === null ? area.top : Math.max(area.top, Math.min(y(until), bottom));
		const low = from === null ? bottom : Math.max(area.top, Math.min(y(from), bottom));
		const tint = `fill="${color(name)}" fill-opacity="0.14"`;
		const soft = `font-size="11" text-anchor="end" fill="${color('soft')}"`;
		const words =
			low - top < 16 ? '' : text(area.left + area.width - 6, (top + low) / 2 + 4, label, soft);
		return rect([area.left, top, area.width, low - top], tint) + words;
	});
	const count = figure.curves.length;
	const full = color(figure.heat?.color ?? 'ink');
	const cells = cellsOf(figure).map(({ strip, from, until, share }) => {
		const top = y(count - strip);
		const height = y(count - strip - 1) - top - 1;
		const fill = `fill="${full}" fill-opacity="${share.toFixed(2)}" shape-rendering="crispEdges"`;
		return rect([x(from), top, x(until) - x(from), height], fill);
	});
	return [...shades, ...bands, ...cells].join('');
}

function marks(figure: Figure, { x, y, area }: Places): string[] {
	const dashed = 'stroke-width="1.5" stroke-dasharray="5 4"';
	const small = `font-size="11" fill="${color('ink')}"`;
	const across = figure.marks.map(({ value, label }) => {
		const top = y(value);
		const isHigh = top - area.top > 18;
		const words = text(area.left + 6, top + (isHigh ? -4 : 13), label, small);
		return line(`M${area.left} ${top}h${area.width}`, 'mark', dashed) + words;
	});
	const upright = (figure.xAxis?.marks ?? []).map(({ value, label }) => {
		const words = text(x(value) + 5, area.top + 13, label, small);
		return line(`M${x(value)} ${area.top}v${area.height}`, 'mark', dashed) + words;
	});
	return [...across, ...upright];
}

/** What uPlot keeps of an axis that it has drawn, and does not declare. */
interface DrawnAxis extends uPlot.Axis {
	readonly _splits?: readonly number[] | null;
	readonly _values?: readonly (string | number | null)[] | null;
}

/** The ticks that uPlot has chosen, in its words, for what is shown. */
function ticksOf(axis: DrawnAxis | undefined): { at: number; words: string }[] {
	const { _splits, _values } = axis ?? {};
	return (_splits ?? []).map((at, i) => ({ at, words: String(_values?.[i] ?? '') }));
}

function axes(plot: uPlot, figure: Figure, { x, y, area }: Places): string[] {
	const [across, up] = plot.axes;
	const soft = `fill="${color('soft')}"`;
	const bottom = area.top + area.height;
	const below = ticksOf(across).map(({ at, words }) => {
		const left = x(at);
		if (left < area.left - 1 || left > area.left + area.width + 1) return '';
		const labels = words
			.split('\n')
			.map((word, row) => text(left, bottom + 18 + 14 * row, word, `text-anchor="middle" ${soft}`));
		return line(`M${left} ${area.top}V${bottom}`, 'edge') + labels.join('');
	});
	const beside = ticksOf(up).map(({ at, words }) => {
		const top = y(at);
		if (top < area.top - 1 || top > bottom + 1) return '';
		const label = text(area.left - 8, top + 4, words, `text-anchor="end" ${soft}`);
		return (figure.heat ? '' : line(`M${area.left} ${top}h${area.width}`, 'edge')) + label;
	});
	const middle = area.left + area.width / 2;
	const label = typeof across?.label === 'string' ? across.label : '';
	const name = text(middle, plot.height - 4, label, `text-anchor="middle" ${soft}`);
	return [...below, ...beside, figure.xAxis === undefined ? '' : name];
}

function legend(figure: Figure, plot: uPlot): { words: string[]; bottom: number } {
	const top = plot.height;
	if (figure.heat !== undefined) return { words: [], bottom: top };
	let [left, row] = [16, 0];
	const words = figure.curves.flatMap(({ label, color: name, dash }, i) => {
		if (!plot.series[i + 1]?.show) return [];
		// About 6.7 px a letter at 12 px; exact widths are known to the reader's font only.
		const width = 46 + 6.7 * label.length;
		if (left > 16 && left + width > plot.width) [left, row] = [16, row + 1];
		const [at, y] = [left, top + LEGEND_LINE * (row + 0.6)];
		left += width;
		const rest = `stroke-width="2" ${dash ? 'stroke-dasharray="6 4"' : ''}`;
		return [line(`M${px(at)} ${px(y)}h22`, name, rest) + text(at + 28, y + 4, label)];
	});
	return { words, bottom: top + LEGEND_LINE * (row + 1) };
}
