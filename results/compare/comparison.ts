import type { Case, ComparedRun } from './cases.ts';
import type { Metric } from './metrics.ts';
import { type Estimate, estimate, studentT } from './statistics.ts';

/** A figure of one case beside that of the first. */
export interface CaseFigure extends Estimate {
	/** From the first case; NaN for the first itself. */
	readonly difference: number;
	/** Half the width of its 95 % interval; NaN without repeats. */
	readonly differenceHalfWidth: number;
	/** Of the first case's figure. */
	readonly percent: number;
}

/** A figure over all cases. */
export interface ComparedFigure {
	readonly name: string;
	readonly unit: string;
	readonly cases: readonly CaseFigure[];
}

/** The figures that at least one case has; means over repeats. */
export function comparedFigures(
	cases: readonly Case[],
	metrics: readonly Metric[],
): ComparedFigure[] {
	const found = metrics.flatMap(({ name, unit, of }) => {
		const values = cases.map(({ runs }) => valuesOf(runs, of));
		return values.some(({ size }) => size > 0) ? [{ name, unit, values }] : [];
	});
	const greatest = new Map<string, number>();
	for (const { unit, values } of found)
		for (const value of values.flatMap((bySeed) => [...bySeed.values()]))
			greatest.set(unit, Math.max(greatest.get(unit) ?? 0, Math.abs(value)));
	return found.map(({ name, unit, values }) => {
		const base = values[0] ?? new Map<string, number>();
		const scale = greatest.get(unit) ?? 0;
		const figures = values.map((one, i) => figureOf(one, base, { isFirst: i === 0, scale }));
		return { name, unit, cases: figures };
	});
}

/** Values by seed, those that do not exist left out. */
type BySeed = ReadonlyMap<string, number>;

function valuesOf(runs: readonly ComparedRun[], of: Metric['of']): BySeed {
	const values = runs.map(({ seed, summary }) => [seed, of(summary)] as const);
	return new Map(values.filter(([, value]) => Number.isFinite(value)));
}

function figureOf(
	values: BySeed,
	base: BySeed,
	{ isFirst, scale }: { readonly isFirst: boolean; readonly scale: number },
): CaseFigure {
	const { halfWidth, ...own } = estimate([...values.values()]);
	const least = NOISE_OF_UNIT * Math.max(1, scale);
	/** NaN stays. */
	const kept = (width: number, noise: number) => (width <= noise ? 0 : width);
	const mine = { ...own, halfWidth: kept(halfWidth, Math.max(least, NOISE * Math.abs(own.mean))) };
	if (isFirst)
		return {
			...{ ...mine, difference: Number.NaN, differenceHalfWidth: Number.NaN },
			percent: Number.NaN,
		};
	const of = estimate([...base.values()]);
	const noise = Math.max(least, NOISE * Math.max(Math.abs(own.mean), Math.abs(of.mean)));
	const apart = own.mean - of.mean;
	const difference = Math.abs(apart) <= noise ? 0 : apart;
	return {
		...{ ...mine, difference },
		differenceHalfWidth: kept(halfWidthOfDifference(values, base), noise),
		percent: Math.abs(of.mean) <= least ? Number.NaN : (100 * difference) / Math.abs(of.mean),
	};
}

/** Sums of the same numbers in another order differ by less of their value. */
const NOISE = 1e-9;
/** And by less of the greatest figure of that unit: what is left of two sums of its size is no figure. */
const NOISE_OF_UNIT = 1e-12;

/**
 * Half the 95 % interval of a difference of means. With the same seeds in both cases their random streams are
 * the same, so the differences seed by seed are what varies (paired t); else Welch's t with the degrees of
 * freedom of Welch and Satterthwaite.
 */
function halfWidthOfDifference(values: BySeed, base: BySeed): number {
	if (values.size === base.size && [...values.keys()].every((seed) => base.has(seed)))
		return estimate([...values].map(([seed, value]) => value - (base.get(seed) as number)))
			.halfWidth;
	if (values.size < 2 || base.size < 2) return Number.NaN;
	const [a, b] = [varianceOfMean(values), varianceOfMean(base)];
	if (a + b === 0) return 0;
	const freedom = (a + b) ** 2 / (a ** 2 / (values.size - 1) + b ** 2 / (base.size - 1));
	return studentT(freedom) * Math.sqrt(a + b);
}

function varianceOfMean(values: BySeed): number {
	const list = [...values.values()];
	const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
	const squares = list.reduce((sum, value) => sum + (value - mean) ** 2, 0);
	return squares / (list.length - 1) / list.length;
}
