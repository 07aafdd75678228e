import { type Estimate, estimate } from '../compare/statistics.ts';
import type { SummaryRow } from '../report/summary-rows.ts';

/** A figure of a summary with its name, value and unit. */
export interface FigureRow {
	readonly metric: string;
	readonly value: number;
	readonly unit: string;
}

/** One run of many that differ in their seed only. */
export interface RepeatRun {
	readonly seed: string;
	/** Its run folder, within that of all. */
	readonly folder: string;
	/** All its figures; null where there are none. */
	readonly rows: readonly FigureRow[] | null;
	/** Why there are none. */
	readonly failure: string | null;
}

/** A figure over all repeats that have it. */
export interface RepeatedFigure extends Estimate {
	readonly metric: string;
	readonly unit: string;
	readonly least: number;
	readonly most: number;
	/** As the runs stand; null where one has no such figure. */
	readonly values: readonly (number | null)[];
}

/** How many of what was done to inputs: the same in all repeats, and said where a run is. */
const REMARKS = 'remarks.';

/** The numbers of a summary: words, remarks, and figures that a run does not have, are left out. */
export function figureRows(rows: readonly SummaryRow[]): FigureRow[] {
	return rows.flatMap(({ metric, value, unit }) =>
		typeof value === 'number' && !metric.startsWith(REMARKS) ? [{ metric, value, unit }] : [],
	);
}

/** Means and intervals of every figure that a run has, in the order of the summary. */
export function repeatedFigures(runs: readonly RepeatRun[]): RepeatedFigure[] {
	const byRun = runs.map(
		({ rows }) => new Map((rows ?? []).map((row) => [row.metric, row.value] as const)),
	);
	const units = new Map(
		runs.flatMap(({ rows }) => (rows ?? []).map(({ metric, unit }) => [metric, unit] as const)),
	);
	return [...units].map(([metric, unit]) => {
		const values = byRun.map((of) => of.get(metric) ?? null);
		const known = values.filter((value) => value !== null);
		const least = known.reduce((a, b) => Math.min(a, b));
		const most = known.reduce((a, b) => Math.max(a, b));
		// The mean of equal numbers is that number, whatever adding them up makes of it.
		const exact =
			least === most ? { mean: least, halfWidth: known.length < 2 ? Number.NaN : 0 } : {};
		return { metric, unit, ...estimate(known), ...exact, least, most, values };
	});
}

/** Whether nothing in the scenario is drawn at random, so that repeating it shows nothing. */
export function areAllTheSame(figures: readonly RepeatedFigure[]): boolean {
	return (
		figures.every(({ least, most }) => least === most) && figures.some(({ count }) => count > 1)
	);
}
