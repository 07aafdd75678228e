import { digitsOf, grouped, headlinesOf, scaleOf } from '../repeats/headlines.ts';
import { formatNumber } from '../report/format.ts';
import type { CaseFigure, ComparedFigure } from './comparison.ts';

/**
 * How a figure differs from that of the first case. same: not at all, or by what rounding leaves; little: by less than
 * one part in 10,000; unclear: by less than its interval over repeats; clear: by more; alone: of runs without repeats.
 */
type Verdict = 'same' | 'little' | 'unclear' | 'clear' | 'alone';

/** A figure of a case that is not the first, against the first. */
export interface Difference {
	readonly verdict: Verdict;
	/** With its sign, in the unit of the row, and its interval where there is one: `-225.3 ± 12.1`. */
	readonly text: string;
	/** `-41.6 %`; empty of shares, whose difference is in points, and where the first has nothing to be a part of. */
	readonly percent: string;
	/** Of the first case's figure; NaN where that is nothing. */
	readonly percentValue: number;
}

/** A figure by the name that people have for it, in a unit that suits it, the same for all cases. */
export interface PlainRow {
	readonly metric: string;
	readonly group: string;
	readonly label: string;
	readonly unit: string;
	/** A value for each case, with its interval where there is one. */
	readonly values: readonly string[];
	/** One for each case but the first. */
	readonly differences: readonly Difference[];
}

/** Less of a figure is not worth a line. */
const LITTLE_PERCENT = 0.01;

/** The figures that people ask for first, in words. */
export function plainRows(figures: readonly ComparedFigure[]): PlainRow[] {
	const found = figures.map((figure) => {
		const means = figure.cases.map(({ mean }) => mean).filter(Number.isFinite);
		return { metric: figure.name, least: Math.min(...means), most: Math.max(...means), figure };
	});
	return headlinesOf(found).map(({ group, label, figure: { metric, figure } }) => ({
		...{ metric, group, label },
		...inWords(figure),
	}));
}

/** All figures under the names that programs have for them. */
export function namedRows(figures: readonly ComparedFigure[]): PlainRow[] {
	return figures.map((figure) => ({
		...{ metric: figure.name, group: '', label: figure.name },
		...inWords(figure),
	}));
}

/** Rows by what there is to say of them. */
export interface SortedRows {
	/** Whose figures differ somewhere. */
	readonly different: readonly PlainRow[];
	/** Whose differences are all within their intervals over repeats. */
	readonly unclear: readonly PlainRow[];
	/** Whose figures are the same, or nearly. */
	readonly same: readonly PlainRow[];
}

/** Rows whose figures differ, and those of which a line is enough. */
export function sortedRows(rows: readonly PlainRow[]): SortedRows {
	const has = ({ differences }: PlainRow, verdicts: readonly Verdict[]) =>
		differences.some(({ verdict }) => verdicts.includes(verdict));
	const different = rows.filter((row) => has(row, ['clear', 'alone']));
	const unclear = rows.filter((row) => !different.includes(row) && has(row, ['unclear']));
	return {
		...{ different, unclear },
		same: rows.filter((row) => !different.includes(row) && !unclear.includes(row)),
	};
}

/** Lines on the rows that no table has. */
export function undrawnLines({ unclear, same }: SortedRows): string[] {
	const named = (words: string, rows: readonly PlainRow[]) =>
		rows.length === 0 ? [] : [`${words}: ${rows.map(({ label }) => label).join(', ')}`];
	return [
		...named('No difference beyond chance (95 %, over repeats)', unclear),
		...named('The same, or within 0.01 %', same),
	];
}

function inWords({
	unit,
	cases,
}: ComparedFigure): Pick<PlainRow, 'unit' | 'values' | 'differences'> {
	const sizes = cases.map(({ mean }) => Math.abs(mean)).filter(Number.isFinite);
	const { factor, name } = scaleOf(unit, Math.max(0, ...sizes));
	const [, ...others] = cases;
	return {
		unit: name,
		values: cases.map(({ mean, halfWidth }) => withInterval(mean, halfWidth, { factor })),
		differences: others.map((figure) => differenceOf(figure, factor, unit === '%')),
	};
}

function differenceOf(figure: CaseFigure, factor: number, isShare: boolean): Difference {
	const { difference, differenceHalfWidth: half, percent } = figure;
	const verdict = verdictOf(figure);
	const text =
		verdict === 'same'
			? 'the same'
			: withInterval(difference, half, { factor, isSigned: Number.isFinite(difference) });
	// A share that falls from 70 to 57 % is lower by 13 points, and by nothing else that people would say.
	const hasPercent = verdict !== 'same' && !isShare && !Number.isNaN(percent);
	return {
		...{ verdict, text },
		percent: hasPercent ? percentText(percent) : '',
		percentValue: isShare ? Number.NaN : percent,
	};
}

function verdictOf({ difference, differenceHalfWidth: half, percent }: CaseFigure): Verdict {
	if (difference === 0) return 'same';
	if (Math.abs(percent) < LITTLE_PERCENT) return 'little';
	if (!Number.isFinite(half)) return 'alone';
	return Math.abs(difference) <= half ? 'unclear' : 'clear';
}

/** Three digits of a share are enough. */
function percentText(percent: number): string {
	const digits = Math.min(2, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(percent)))));
	const text = grouped(Math.abs(percent).toFixed(digits));
	const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
	return `${percent > 0 ? '+' : '-'}${short} %`;
}

/** A value with as many digits as its interval bears. */
function withInterval(
	value: number,
	halfWidth: number,
	{ factor, isSigned = false }: { readonly factor: number; readonly isSigned?: boolean },
): string {
	const digits = digitsOf(halfWidth * factor);
	const text = (of: number): string =>
		digits === null ? formatNumber(of * factor) : grouped((of * factor).toFixed(digits));
	const signed = isSigned && value > 0 ? `+${text(value)}` : text(value);
	if (!Number.isFinite(value) || Number.isNaN(halfWidth)) return signed;
	return `${signed} ± ${digits === null ? '0' : text(halfWidth)}`;
}
