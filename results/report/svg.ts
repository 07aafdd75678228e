import { DateTime } from 'luxon';
import { logTicks, roundTicks, tickLabel, tickLabels } from '../../protocol/value-ticks.ts';
import { clamp, curvePath, extent, padded, type Scale, scale, widened } from './drawing-scales.ts';
import type { Figure } from './figure.ts';
import { escapeHtml } from './html.ts';
import {
	boundsOf,
	colorOf,
	layersOf,
	type Places,
	pointsOf,
	px,
	spansWords,
	stripNames,
	valueTicks,
} from './svg-layers.ts';
import { timeTicks } from './ticks.ts';

const WIDTH = 900;
const HEIGHT = 360;
const PLOT = { left: 70, top: 52, right: WIDTH - 16, bottom: HEIGHT - 66 };

/** A figure as a drawing of its own, for papers and slides: white ground, no script. */
export function figureSvg(figure: Figure, timezone: string): string {
	const [xs = [], ...ys] = figure.data;
	const isLog = figure.x === 'duration' || figure.xAxis?.log === true;
	const span = figure.x === 'value' ? widened(extent([xs]), figure) : extent([xs]);
	const x = scale(span, isLog, [PLOT.left, PLOT.right]);
	const marks = figure.marks.map(({ value }) => value);
	const { lows = [], highs = [] } = figure.spans ?? {};
	const range = figure.yRange ?? padded(extent([...ys, ...lows, ...highs, marks]), figure.logY);
	const y = scale(range, figure.logY, [PLOT.bottom, PLOT.top]);
	const shades = figure.shades.map(([from, until]) => {
		const left = clamp(x.at(from), PLOT.left, PLOT.right);
		const width = Math.max(clamp(x.at(until), PLOT.left, PLOT.right) - left, 0.5);
		return `<rect x="${px(left)}" y="${PLOT.top}" width="${px(width)}" height="${PLOT.bottom - PLOT.top}" fill="#d55e00" fill-opacity="0.13"/>`;
	});
	const places: Places = { ...PLOT, x: x.at, y: y.at };
	const curves = figure.curves.map((curve, i) => {
		const { color, dash, points } = curve;
		if (figure.heat !== undefined) return '';
		if (points === 'only') return pointsOf(figure, curve, places);
		const path = curvePath(xs, ys[i] ?? [], {
			x,
			y,
			stepped: figure.stepped,
			gaps: figure.x === 'time',
		});
		return `<path d="${path}" fill="none" stroke="${colorOf(color)}" stroke-width="1.4"${dash ? ' stroke-dasharray="6 4"' : ''}/>${pointsOf(figure, curve, places)}`;
	});
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#1c2128">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${PLOT.left}" y="22" font-size="15" font-weight="600">${escapeHtml(figure.title)}</text>
<text x="${PLOT.left}" y="40" fill="#57606a">${escapeHtml(figure.yLabel + spansWords(figure))}</text>
${shades.join('')}
${layersOf(figure, places)}
${yAxis(figure, y)}
${xAxis(figure, x, timezone)}
${figure.marks.map((mark) => markLine(mark, y)).join('')}
<clipPath id="plot"><rect x="${PLOT.left}" y="${PLOT.top}" width="${PLOT.right - PLOT.left}" height="${PLOT.bottom - PLOT.top}"/></clipPath>
<g clip-path="url(#plot)">${boundsOf(figure, places)}${curves.join('\n')}</g>
${legend(figure)}
</svg>
`;
}

function yAxis(figure: Figure, y: Scale): string {
	if (figure.heat !== undefined)
		return stripNames(figure)
			.map(
				({ at, label }) =>
					`<text x="${PLOT.left - 6}" y="${px(y.at(at))}" dy="4" font-size="10" text-anchor="end" fill="#57606a">${escapeHtml(label)}</text>`,
			)
			.join('');
	const ticks = y.log ? logTicks(y.low, y.high) : roundTicks(y.low, y.high, 5);
	const labels = y.log ? ticks.map(tickLabel) : tickLabels(ticks);
	return ticks
		.map((tick, i) => {
			const top = px(y.at(tick));
			return `<path d="M${PLOT.left} ${top}H${PLOT.right}" stroke="#d5dae0"/><text x="${PLOT.left - 8}" y="${top}" dy="4" text-anchor="end" fill="#57606a">${labels[i]}</text>`;
		})
		.join('');
}

function xAxis(figure: Figure, x: Scale, timezone: string): string {
	const line = (tick: number, label: string): string => {
		const left = px(x.at(tick));
		return `<path d="M${left} ${PLOT.top}V${PLOT.bottom}" stroke="#d5dae0"/><text x="${left}" y="${PLOT.bottom + 18}" text-anchor="middle" fill="#57606a">${label}</text>`;
	};
	if (figure.x === 'duration')
		return logTicks(x.low, x.high)
			.map((tick) => line(tick, `${tickLabel(tick)} s`))
			.join('');
	if (figure.x === 'value') {
		const { ticks, labels, name } = valueTicks(figure, x.low, x.high);
		const below = `<text x="${(PLOT.left + PLOT.right) / 2}" y="${PLOT.bottom + 34}" text-anchor="middle" fill="#57606a">${name}</text>`;
		return ticks.map((tick, i) => line(tick, labels[i] ?? '')).join('') + below;
	}
	const { ticks, format } = timeTicks(x.low, x.high, timezone);
	const first = DateTime.fromSeconds(x.low, { zone: timezone }).toFormat('yyyy-MM-dd');
	const zone = `<text x="${PLOT.left}" y="${PLOT.bottom + 34}" fill="#57606a">from ${first}, ${escapeHtml(timezone)}</text>`;
	return ticks.map((tick) => line(tick, format(tick))).join('') + zone;
}

function markLine({ value, label }: Figure['marks'][number], y: Scale): string {
	const top = px(y.at(value));
	const baseline = top - PLOT.top > 18 ? top - 4 : top + 14;
	return `<path d="M${PLOT.left} ${top}H${PLOT.right}" stroke="#57606a" stroke-dasharray="5 4"/><text x="${PLOT.left + 6}" y="${baseline}" font-size="11">${escapeHtml(label)}</text>`;
}

function legend({ curves, heat }: Figure): string {
	if (heat !== undefined) return '';
	let left = PLOT.left;
	return curves
		.map(({ label, color, dash }) => {
			const at = left;
			// About 6.6 px a letter at 12 px; exact widths are known to the reader's font only.
			left += 40 + label.length * 6.6;
			return `<path d="M${px(at)} ${HEIGHT - 14}h22" stroke="${colorOf(color)}" stroke-width="2"${dash ? ' stroke-dasharray="6 4"' : ''}/><text x="${px(at + 28)}" y="${HEIGHT - 10}">${escapeHtml(label)}</text>`;
		})
		.join('');
}
