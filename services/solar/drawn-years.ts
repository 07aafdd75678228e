import type { Prng } from '../../kernel/actor/random.ts';

/**
 * What all months of a year have in common, as a standard deviation of the year's irradiation. Approximate: with the
 * chance of the months (below) it makes years differ by 3.6 to 5.3 % at the ten known cities. Published for Toronto:
 * 3.9 % (D. Thevenard, S. Pelland, "Estimating the uncertainty in long-term photovoltaic yield predictions", Solar
 * Energy 91, 2013); others report 3 to 6 % in most climates.
 */
const YEAR_STD = 0.03;
/** Further from the mean than this many standard deviations nothing is drawn. */
const DEVIATIONS_MAX = 2.5;

/** The name of the streams from which the years of a site are drawn: a good year is one for all its plants. */
export function yearStreamOf(seed: string, sitePrefix = ''): string {
	return `${seed}/${sitePrefix}years`;
}

/** A month's weather, as far as its chance depends on it. */
interface MonthStatistics {
	readonly days: number;
	/** Mean and standard deviation of the days' clear-sky indexes. */
	readonly indexMean: number;
	readonly indexStd: number;
	/** Correlation of a day with the next. */
	readonly dayPersistence: number;
}

/**
 * By how much a month's total differs from year to year because its days are a sample: the standard deviation of the mean
 * of `days` values of a first-order autoregression, as a share of the mean.
 */
export function monthStd({ days, indexMean, indexStd, dayPersistence }: MonthStatistics): number {
	const inflation = (1 + dayPersistence) / (1 - dayPersistence);
	return (indexStd / indexMean) * Math.sqrt(inflation / days);
}

/**
 * A month's total in one year over that of a typical year: a factor of the year, times one of the month.
 *
 * @param random the stream of a year
 */
export function drawnFactor(
	random: (year: number) => Prng,
	{ year, month }: { readonly year: number; readonly month: number },
	statistics: MonthStatistics,
): number {
	const prng = random(year);
	const ofYear = bounded(prng.normal());
	for (let i = 0; i < month; i++) prng.normal();
	const ofMonth = bounded(prng.normal());
	return Math.max(0, 1 + YEAR_STD * ofYear) * Math.max(0, 1 + monthStd(statistics) * ofMonth);
}

function bounded(normal: number): number {
	return Math.max(-DEVIATIONS_MAX, Math.min(DEVIATIONS_MAX, normal));
}
