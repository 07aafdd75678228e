import { answersOf } from './answer.ts';
import { type Case, differingKeys } from './cases.ts';
import { caveatsOf, comparableFigures } from './caveats.ts';
import { changesOf } from './changes.ts';
import { type CaseFigure, type ComparedFigure, comparedFigures } from './comparison.ts';
import { plainRows } from './differences.ts';
import { everyMetric, type Metric } from './metrics.ts';
import { type Column, csvText } from './table.ts';

/** What is shown, in every form. */
export interface Comparison {
	readonly cases: readonly Case[];
	readonly figures: readonly ComparedFigure[];
}

/** The comparison of cases in all figures that one of them has, or in some; what does not compare is left out. */
export function comparisonOf(cases: readonly Case[], metrics?: readonly Metric[]): Comparison {
	const summaries = cases.flatMap(({ runs }) => runs.map(({ summary }) => summary));
	const figures = comparedFigures(cases, metrics ?? everyMetric(summaries));
	return { cases, figures: comparableFigures(cases, figures) };
}

/** One object for programs. */
export function comparisonObject({ cases, figures }: Comparison) {
	return {
		cases: cases.map(({ label, runs }) => ({
			label,
			runs: runs.map(({ folder, seed, status }) => ({ folder, seed, status })),
		})),
		remarks: caveatsOf(cases),
		answer: answersOf(cases, plainRows(figures)),
		changes: changesOf(cases),
		differingKeys: Object.fromEntries(differingKeys(cases)),
		figures,
	};
}

/** A row for each figure. */
export function comparisonCsv({ cases, figures }: Comparison): string {
	const columns: Column[] = [
		{ name: 'figure', unit: null, cells: figures.map(({ name }) => name) },
		{ name: 'unit', unit: null, cells: figures.map(({ unit }) => unit) },
	];
	cases.forEach(({ label }, i) => {
		const column = (name: string, of: (figure: CaseFigure) => number): void => {
			const cells = figures.map((figure) => {
				const value = of(figure.cases[i] as CaseFigure);
				return Number.isFinite(value) ? value : null;
			});
			columns.push({ name, unit: null, cells });
		};
		column(label, ({ mean }) => mean);
		column(`${label}.halfWidth95`, ({ halfWidth }) => halfWidth);
		if (i === 0) return;
		column(`${label}.difference`, ({ difference }) => difference);
		column(`${label}.difference.halfWidth95`, ({ differenceHalfWidth }) => differenceHalfWidth);
		column(`${label}.percent`, ({ percent }) => percent);
	});
	return csvText(columns);
}
