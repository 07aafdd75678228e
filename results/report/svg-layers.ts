import { logTicks, roundTicks, tickLabel, tickLabels } from '../../protocol/value-ticks.ts';
import { DECLARED_KINDS } from '../../services/declared-kinds.ts';
import type { Curve, Figure } from './figure.ts';
import { escapeHtml } from './html.ts';
import { spanWord } from './level.ts';

/** The colours of the page on white, by the names that curves use (Okabe-Ito). */
const COLORS: Readonly<Record<string, string>> = {
	...Object.fromEntries(DECLARED_KINDS.map(({ shown }) => [shown.color, shown.onWhite])),
	load: '#d55e00',
	grid: '#0072b2',
	battery: '#009e73',
	carbon: '#a5578c',
	ttft: '#0072b2',
	e2e: '#d55e00',
	tbt: '#009e73',
	low: '#009e73',
	high: '#7a4f9a',
	mark: '#57606a',
};

/** The colour on white that a name of the page’s palette stands for; black for one that it has not. */
export function colorOf(name: string): string {
	return COLORS[name] ?? '#000';
}

/** Where values of both axes stand in a drawing. */
export interface Places {
	readonly x: (value: number) => number;
	readonly y: (value: number) => number;
	readonly left: number;
	readonly right: number;
	readonly top: number;
	readonly bottom: number;
}

/** What lies below the curves, but for shades: tinted bands, strips and areas between curves. */
export function layersOf(figure: Figure, places: Places): string {
	return [bandsOf(figure, places), stripsOf(figure, places), areasOf(figure, places)].join('');
}

function bandsOf({ bands }: Figure, { y, left, right, top, bottom }: Places): string {
	return (bands ?? [])
		.map(({ from, until, color, label }) => {
			const high = until === null ? top : Math.max(top, Math.min(y(until), bottom));
			const low = from === null ? bottom : Math.max(top, Math.min(y(from), bottom));
			const tint = `<rect x="${left}" y="${px(high)}" width="${right - left}" height="${px(Math.max(0, low - high))}" fill="${colorOf(color)}" fill-opacity="0.14"/>`;
			if (low - high < 16) return tint;
			return `${tint}<text x="${right - 6}" y="${px((low + high) / 2 + 4)}" font-size="11" text-anchor="end" fill="#57606a">${escapeHtml(label)}</text>`;
		})
		.join('');
}

/** Shades of a strip that one can still distinguish; cells of one shade share a path, which keeps drawings small. */
const SHADES = 20;

function stripsOf({ heat, data, curves }: Figure, { x, y }: Places): string {
	if (heat === undefined) return '';
	const [xs = [], ...strips] = data;
	const paths = Array.from({ length: SHADES + 1 }, () => '');
	for (const [strip, values] of strips.entries()) {
		const top = y(curves.length - strip);
		const height = px(y(curves.length - strip - 1) - top - 1);
		for (const [i, value] of values.entries()) {
			const until = xs[i + 1];
			if (typeof value !== 'number' || typeof until !== 'number') continue;
			const shade = Math.round(SHADES * Math.min(1, Math.max(0, value / heat.highest)));
			const left = px(x(xs[i] as number));
			paths[shade] += `M${left} ${px(top)}h${px(x(until) - left + 0.3)}v${height}H${left}z`;
		}
	}
	return paths
		.map((path, shade) =>
			path === '' || shade === 0
				? ''
				: `<path d="${path}" fill="${colorOf(heat.color)}" fill-opacity="${shade / SHADES}"/>`,
		)
		.join('');
}

function areasOf({ between, data }: Figure, { x, y }: Places): string {
	return (between ?? [])
		.map(({ upper, lower, color }) => {
			const points = (curve: number) =>
				(data[0] ?? []).flatMap((at, i) => {
					const value = data[curve + 1]?.[i];
					return typeof value !== 'number' ? [] : [`${px(x(at as number))} ${px(y(value))}`];
				});
			const around = [...points(upper), ...points(lower).reverse()];
			return `<path d="M${around.join('L')}Z" fill="${colorOf(color)}" fill-opacity="0.2"/>`;
		})
		.join('');
}

/** From the least to the greatest value of each span, where curves are means. */
export function boundsOf({ spans, data, curves }: Figure, { x, y }: Places): string {
	if (spans === undefined) return '';
	const [xs = []] = data;
	return curves
		.map(({ color }, curve) => {
			const [lows, highs] = [spans.lows[curve] ?? [], spans.highs[curve] ?? []];
			const boxes = lows.map((low, i) => {
				const [high, until] = [highs[i], xs[i + 1]];
				if (typeof low !== 'number' || typeof high !== 'number' || until === undefined) return '';
				const left = px(x(xs[i] as number));
				return `M${left} ${px(y(high))}H${px(x(until))}V${px(y(low))}H${left}z`;
			});
			return `<path d="${boxes.join('')}" fill="${colorOf(color)}" fill-opacity="0.2"/>`;
		})
		.join('');
}

/** What a figure of means adds to the words of its vertical axis. */
export function spansWords({ spans }: Figure): string {
	if (spans === undefined) return '';
	return `; mean of each ${spanWord(spans.spanS)}, tinted from the least to the greatest value`;
}

/** The points of a curve that shows them. */
export function pointsOf(figure: Figure, curve: Curve, places: Places): string {
	if (curve.points === undefined) return '';
	const [xs = []] = figure.data;
	const color = colorOf(curve.color);
	return (figure.data[figure.curves.indexOf(curve) + 1] ?? [])
		.map((value, i) =>
			typeof value !== 'number' || (figure.logY && value <= 0)
				? ''
				: `<circle cx="${px(places.x(xs[i] as number))}" cy="${px(places.y(value))}" r="3" fill="${curve.dash ? '#fff' : color}" stroke="${color}"/>`,
		)
		.join('');
}

/** Ticks of an axis of values, and its name. */
export function valueTicks(
	{ xAxis }: Figure,
	low: number,
	high: number,
): { ticks: number[]; labels: string[]; name: string } {
	const { label = '', unit = '', log = false, categories } = xAxis ?? {};
	const name = escapeHtml(unit === '' || unit === '1' ? label : `${label}, ${unit}`);
	if (categories !== undefined)
		return {
			ticks: [...categories.keys()],
			labels: categories.map(escapeHtml),
			name,
		};
	const ticks = log ? logTicks(low, high) : roundTicks(low, high, 8);
	return { ticks, labels: log ? ticks.map(tickLabel) : tickLabels(ticks), name };
}

/** The names of strips beside them, as many as there is room for. */
export function stripNames({ curves }: Figure): { at: number; label: string }[] {
	const every = Math.ceil(curves.length / 16);
	return curves
		.map(({ label }, i) => ({ label, at: curves.length - i - 0.5 }))
		.filter((_, i) => i % every === 0);
}

/** To a tenth of a pixel. */
export function px(value: number): number {
	return Math.round(value * 10) / 10;
}
