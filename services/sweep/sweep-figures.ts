import { drawable, type Figure } from '../report/figure.ts';
import { shortKey, valueText, varyingKeys } from './design.ts';
import type { Metric } from './metrics.ts';
import type { SweepPoint } from './sweep-results.ts';

/** Curves, and small figures of one metric, that one can still tell apart. */
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

/** The small multiples of one metric, in the order of the design; empty where it has no value. */
export function multiplesOf(
	metric: Metric,
	points: readonly SweepPoint[],
	keys: readonly string[],
): Figure[] {
	const known = points.filter(({ estimates }) => Number.isFinite(estimates[metric.name]?.mean));
	if (known.length === 0 || keys.length === 0) return [];
	const layout = layoutOf(known, keys);
	// Without a grid there are no curves: each key by itself, and every point in each figure.
	if (layout === null)
		return keys
			.slice(0, PANELS_MAX)
			.map((key) => figureOf(metric, { points: known, keys, x: key, curve: null, title: '' }));
	const groups = groupsOf(known, layout.panels);
	return [...groups]
		.slice(0, PANELS_MAX)
		.map(([title, members]) =>
			figureOf(metric, { points: members, keys, x: layout.x, curve: layout.curve, title }),
		);
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

interface Part {
	readonly points: readonly SweepPoint[];
	readonly keys: readonly string[];
	readonly x: string;
	readonly curve: string | null;
	readonly title: string;
}

function figureOf(metric: Metric, { points, keys, x, curve, title }: Part): Figure {
	const isLines =
		title !== '' || curve !== null || varyingKeys(points.map((one) => one.point)).length === 1;
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
		title: title || short,
		yLabel: metric.unit === '1' ? metric.name : `${metric.name}, ${metric.unit}`,
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
		yRange: null,
		stepped: false,
		small: true,
		curves: curves.slice(0, CURVES_MAX).map(([name], i) => ({
			label: curve === null ? metric.name : name,
			color: `c${i + 1}`,
			points: isLines ? 'on line' : 'only',
		})),
		data: [
			ordered.map((one) => drawable(place(one))),
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
