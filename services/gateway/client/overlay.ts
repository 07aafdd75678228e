import type { ChartSpec } from './chart-spec.ts';
import { type Series, unionOf } from './series-store.ts';

/** What is laid over each other of several runs: the series of `rows.ts`, with the name and unit of a chart. */
const QUANTITIES: readonly (readonly [key: string, title: string, unit: string])[] = [
	['load', 'Load', 'kW'],
	['grid', 'Grid (export +, import −)', 'kW'],
	['soc', 'State of charge', '%'],
	['carbon', 'Carbon intensity', 'g/kWh'],
	['ttftP99', 'First token, p99', 's'],
	['waiting', 'Requests that wait', ''],
];

const COLORS = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'] as const;

/** More runs than this cannot be told apart. */
export const RUNS_MAX = COLORS.length;

/** The colour of a run by its place. */
export function colorOf(place: number): string {
	return COLORS[place % COLORS.length] ?? 'c1';
}

/** Charts with a curve for each run. */
export function overlayCharts(labels: readonly string[]): readonly ChartSpec[] {
	return QUANTITIES.map(([key, title, unit]) => ({
		...{ id: key, title, unit },
		curves: labels.map((label, i) => ({ key: `${key}|${i}`, label, color: colorOf(i) })),
	}));
}

/** The rows of several runs in one: by the time since the start of each. */
export function overlaid(all: readonly Series[]): Series {
	return unionOf(
		all.map((series, run) => {
			const known = QUANTITIES.map(([key]) => [`${key}|${run}`, valuesOf(series, key)] as const);
			const columns = known.flatMap(([key, values]) =>
				values === null ? [] : [[key, values] as const],
			);
			return { times: series.times, columns: new Map(columns) };
		}),
	);
}

/** Of several batteries the first stands for all. */
function valuesOf({ columns }: Series, key: string): readonly (number | null)[] | null {
	if (key !== 'soc') return columns.get(key) ?? null;
	return [...columns].find(([name]) => name.startsWith('soc:'))?.[1] ?? null;
}
