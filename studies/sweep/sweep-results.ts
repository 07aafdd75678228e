import type { Metric } from '../../results/compare/metrics.ts';
import { type Estimate, estimate } from '../../results/compare/statistics.ts';
import { cellOf, type Table, tableOf } from '../../results/compare/table.ts';
import type { Point } from './design.ts';

/** One run of a sweep. */
export interface SweepRun {
	/** Number of its point in the design, from 1. */
	readonly number: number;
	readonly label: string;
	readonly point: Point;
	readonly seed: string;
	readonly hash: string;
	/** Metrics by name; null where the run failed. */
	readonly values: Readonly<Record<string, number>> | null;
	readonly failure: string | null;
	/** Simulated time; null where none is known. */
	readonly durationS: number | null;
}

/** A point with the means of its runs. */
export interface SweepPoint {
	readonly number: number;
	readonly label: string;
	readonly point: Point;
	/** By metric. */
	readonly estimates: Readonly<Record<string, Estimate>>;
}

/** The points of runs, in the order of the design. Runs that failed, and figures that do not exist, count nowhere. */
export function pointsOf(runs: readonly SweepRun[], metrics: readonly Metric[]): SweepPoint[] {
	const groups = new Map<number, SweepRun[]>();
	for (const run of runs) groups.set(run.number, [...(groups.get(run.number) ?? []), run]);
	return [...groups.values()].map((members) => {
		const { number, label, point } = members[0] as SweepRun;
		const estimates = metrics.map(({ name }) => {
			const values = members.map(({ values: of }) => of?.[name] ?? Number.NaN);
			return [name, estimate(values.filter(Number.isFinite))] as const;
		});
		return { number, label, point, estimates: Object.fromEntries(estimates) };
	});
}

/** results.csv: a row for each run. */
export function runsTable(
	runs: readonly SweepRun[],
	keys: readonly string[],
	metrics: readonly Metric[],
): Table {
	return tableOf(runs, [
		{ name: 'point', unit: '1', cell: ({ number }) => number },
		...keyColumns<SweepRun>(keys),
		{ name: 'seed', unit: null, cell: ({ seed }) => seed },
		...metrics.map(({ name, unit }) => ({
			name,
			unit,
			cell: ({ values }: SweepRun) => values?.[name] ?? null,
		})),
		{ name: 'hash', unit: null, cell: ({ hash }) => hash },
	]);
}

/** means.csv: a row for each point, each metric with its mean and half the width of its 95 % interval. */
export function meansTable(
	points: readonly SweepPoint[],
	keys: readonly string[],
	metrics: readonly Metric[],
): Table {
	return tableOf(points, [
		{ name: 'point', unit: '1', cell: ({ number }) => number },
		...keyColumns<SweepPoint>(keys),
		...metrics.flatMap(({ name, unit }) => [
			{ name, unit, cell: ({ estimates }: SweepPoint) => estimates[name]?.mean ?? null },
			{
				name: `${name}.halfWidth95`,
				unit,
				cell: ({ estimates }: SweepPoint) => estimates[name]?.halfWidth ?? null,
			},
			{
				name: `${name}.runs`,
				unit: '1',
				cell: ({ estimates }: SweepPoint) => estimates[name]?.count ?? null,
			},
		]),
	]);
}

/** failures.csv: a row for each run that failed. */
export function failuresTable(runs: readonly SweepRun[]): Table {
	return tableOf(
		runs.filter(({ failure }) => failure !== null),
		[
			{ name: 'point', unit: '1', cell: ({ number }) => number },
			{ name: 'configuration', unit: null, cell: ({ label }) => label },
			{ name: 'seed', unit: null, cell: ({ seed }) => seed },
			{ name: 'failure', unit: null, cell: ({ failure }) => failure },
			{ name: 'hash', unit: null, cell: ({ hash }) => hash },
		],
	);
}

function keyColumns<Row extends { readonly point: Point }>(keys: readonly string[]) {
	return keys.map((key) => ({
		name: key,
		unit: null,
		cell: ({ point }: Row) => cellOf(point[key]),
	}));
}
