import type { Metric } from '../../results/compare/metrics.ts';
import type { Estimate } from '../../results/compare/statistics.ts';
import type { Figure } from '../../results/report/figure.ts';
import { drawable, rounded } from '../../results/report/figure-values.ts';
import { shortKey, valueText } from './design.ts';
import type { SweepPoint } from './sweep-results.ts';

/** Curves, and small figures of one metric, that one can still distinguish. */
const CURVES_MAX = 8;
const PANELS_MAX = 12;

/** How points are shared out over small figures. */
interface Layout {
	/** On the horizontal axis. */
	readonly x: string;
	/** A curve for each of its values; null: one curve. */
	readonly curve: string | null;
	/** A figure for each combination of their values. */
	readonly panels: readonly string[];
}

/**
 * The small multiples of one metric, in the order of the design, with one vertical axis for all; empty where it
 * has no value.
 */
export function multiplesOf(
	metric: Metric,
	points: readonly SweepPoint[],
	keys: readonly string[],
): Figure[] {
	const known = points.filter(({ estimates }) => Number.isFinite(estimates[metric.name]?.mean));
	if (known.length === 0 || keys.length === 0) return [];
	const layout = layoutOf(known, keys);
	const yRange = rangeOf(known.map(({ estimates }) => estimates[metric.name]));
	const common = { keys, yRange };
	// Without a grid there are no curves: each key by itself, and every point in each figure.
	if (layout === null)
		return keys.slice(0, PANELS_MAX).map((x) => {
			const title = keys.length === 1 ? metric.name : `by ${shortKey(x, keys)}`;
			return figureOf(metric, { ...common, points: known, x, curve: null, title, isLines: false });
		});
	const groups = [...groupsOf(known, layout.panels)].slice(0, PANELS_MAX);
	return groups.map(([name, members]) => {
		const { x, curve } = layout;
		const title = name === '' ? metric.name : name;
		return figureOf(metric, { ...common, points: members, x, curve, title, isLines: true });
	});
}

/** From the least to the greatest value with its interval, and a little more. */
function rangeOf(estimates: readonly (Estimate | undefined)[]): [number, number] {
	const ends = estimates.flatMap((one) => {
		const { mean = 0, halfWidth = 0 } = one ?? {};
		return Number.isFinite(halfWidth) ? [mean - halfWidth, mean + halfWidth] : [mean];
	});
	const [low, high] = [Math.min(...ends), Math.max(...ends)];
	const room = 0.08 * (high - low || Math.abs(high) || 1);
	return [low >= 0 && low < 3 * room ? 0 : low - room, high + room];
}

/** Null where points share too few values to be joined, as in random designs. */
function layoutOf(points: readonly SweepPoint[], keys: readonly string[]): Layout | null {
	const values = (key: string) => new Set(points.map(({ point }) => JSON.stringify(point[key])));
	const isNumeric = (key: string) => points.every(({ point }) => typeof point[key] === 'number');
	if (keys.length > 1 && keys.some((key) => values(key).size === points.length)) return null;
	const byCount = [...keys].sort((a, b) => values(b).size - values(a).size);
	const x = byCount.find(isNumeric) ?? (byCount[0] as string);
	const curve = byCount.find((key) => key !== x && values(key).size <= CURVES_MAX) ?? null;
	const panels = keys.filter((key) => key !== x && key !== curve);
	return groupsOf(points, panels).size > PANELS_MAX ? null : { x, curve, panels };
}

function groupsOf(
	points: readonly SweepPoint[],
	keys: readonly string[],
): Map<string, SweepPoint[]> {
	const groups = new Map<string, SweepPoint[]>();
	for (const one of points) {
		const name = keys
			.map((key) => `${shortKey(key, keys)} ${valueText(one.point[key] ?? null)}`)
			.join(', ');
		groups.set(name, [...(groups.get(name) ?? []), one]);
	}
	return groups;
}

function metricText({ name, unit }: Metric): string {
	return unit === '1' ? name : `${name}, ${unit}`;
}

interface Part {
	readonly points: readonly SweepPoint[];
	readonly keys: readonly string[];
	readonly x: string;
	readonly curve: string | null;
	readonly title: string;
	readonly isLines: boolean;
	readonly yRange: readonly [number, number];
}

function figureOf(metric: Metric, part: Part): Figure {
	const { points, keys, x, curve, title, isLines, yRange } = part;
	const values = points.map(({ point }) => point[x] ?? null);
	const isNumeric = values.every((value) => typeof value === 'number');
	const categories = isNumeric ? null : [...new Set(values.map(valueText))];
	const place = (one: SweepPoint) => {
		const value = one.point[x] ?? null;
		return categories === null ? Number(value) : categories.indexOf(valueText(value));
	};
	const ordered = [...points].sort((a, b) => place(a) - place(b));
	const curves =
		curve === null ? [['all points', ordered] as const] : [...groupsOf(ordered, [curve])];
	const column = <T>(members: readonly SweepPoint[], of: (one: SweepPoint) => T) => {
		const inCurve = new Set(members);
		return ordered.map((one) => (inCurve.has(one) ? of(one) : null));
	};
	const estimate = ({ estimates }: SweepPoint) => estimates[metric.name];
	const numbers = values.filter((value) => typeof value === 'number');
	const short = shortKey(x, keys);
	return {
		id: `multiple-${metric.name}-${x}-${title}`.replace(/[^\w-]+/g, '-'),
		title,
		yLabel: title === metric.name ? metric.unit.replace(/^1$/, 'count') : metricText(metric),
		unit: metric.unit,
		x: 'value',
		xAxis: {
			label: short,
			unit: '',
			log:
				isNumeric && Math.min(...numbers) > 0 && Math.max(...numbers) > 30 * Math.min(...numbers),
			...(categories === null ? {} : { categories }),
			marks: [],
		},
		logY: false,
		yRange,
		stepped: false,
		small: true,
		curves: curves.slice(0, CURVES_MAX).map(([name], i) => ({
			label: curve === null ? metric.name : name,
			color: `c${i + 1}`,
			points: isLines ? 'on line' : 'only',
		})),
		data: [
			ordered.map((one) => rounded(place(one))),
			...curves.map(([, members]) =>
				column(members, (one) => drawable(estimate(one)?.mean ?? Number.NaN)),
			),
		],
		names: curves.map(([, members]) => column(members, ({ label }) => label)),
		spreads: curves.map(([, members]) =>
			column(members, (one) => drawable(estimate(one)?.halfWidth ?? Number.NaN)),
		),
		shades: [],
		marks: [],
		note: '',
	};
}
