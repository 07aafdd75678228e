import type { Summary } from '../../protocol/run-folder/summary.ts';
import type { BandEnd, CurveBand } from '../../protocol/run-folder/summary-serving.ts';

/** Two ends of a figure, as the error of the power curve moves it; null where that is not known. */
type Ends = readonly [number, number] | null;

/** Headline figures that rest on the power of GPUs, each within its error. */
export interface HeadlineRanges {
	readonly loadKwh: Ends;
	readonly importKwh: Ends;
	readonly renewableShare: Ends;
	readonly loadG: Ends;
	readonly importG: Ends;
	readonly grossG: Ends;
	readonly reduction: Ends;
	readonly perRequestG: Ends;
	readonly perThousandTokensG: Ends;
	readonly energyUsd: Ends;
}

/** What stands in brackets behind the headline figures of a run. */
export function headlineRanges({
	energy,
	emissions,
	serving,
	servingEnergy,
	bill,
}: Pick<Summary, 'energy' | 'emissions' | 'serving' | 'servingEnergy' | 'bill'>): HeadlineRanges {
	const curve = servingEnergy?.curve ?? null;
	const none = Number.NaN;
	// A share may be highest in between, which counts where the figure itself lies within the error.
	const straddles = curve !== null && curve.lowPercent <= 0 && curve.highPercent >= 0;
	const ends = (figure: number, of: (end: BandEnd, demand: Demand) => number): Ends => {
		if (curve === null) return null;
		const [low, high] = [
			of(curve.low, demandAt(curve, 'low')),
			of(curve.high, demandAt(curve, 'high')),
		];
		if (!Number.isFinite(low) || !Number.isFinite(high)) return null;
		const all = straddles ? [low, high, figure] : [low, high];
		return [Math.min(...all), Math.max(...all)];
	};
	/** Emissions of imports and generators, less those of the imports. */
	const others = emissions === null ? Number.NaN : emissions.generatorG;
	// What was no renewable energy, by whichever definition, changes by what is imported.
	const otherKwh = (1 - energy.renewableShare / 100) * energy.loadKwh - energy.importKwh;
	const over = (count: number | undefined) => (end: BandEnd) =>
		count === undefined || count === 0 ? Number.NaN : (end.importG + others) / count;
	return {
		loadKwh: ends(energy.loadKwh, (_, { kwh }) => kwh),
		importKwh: ends(energy.importKwh, ({ importKwh }) => importKwh),
		renewableShare: ends(
			energy.renewableShare,
			({ importKwh }, { kwh }) => 100 * Math.max(0, 1 - (otherKwh + importKwh) / kwh),
		),
		loadG: ends(emissions?.loadG ?? none, (_, { grams }) => grams),
		importG: ends(emissions?.importG ?? none, ({ importG }) => importG),
		grossG: ends(emissions?.grossG ?? none, ({ grossG }) => grossG),
		reduction: ends(
			emissions?.reduction ?? none,
			({ importG, grossG }) => 100 * (1 - (importG + others) / grossG),
		),
		perRequestG: ends(emissions?.perRequestG ?? none, over(serving?.completed)),
		perThousandTokensG: ends(
			emissions?.perThousandTokensG ?? none,
			over((serving?.totalTokens ?? 0) / 1000),
		),
		energyUsd: ends(bill.energyUsd, ({ energyUsd }) => energyUsd),
	};
}

interface Demand {
	readonly kwh: number;
	readonly grams: number;
}

function demandAt({ lowKwh, highKwh, lowG, highG }: CurveBand, end: 'low' | 'high'): Demand {
	return end === 'low' ? { kwh: lowKwh, grams: lowG } : { kwh: highKwh, grams: highG };
}

/** `11.2 kWh (8.3 to 13.4)`: a figure with its ends, whose unit is left out where it is the same, and which are left out where they read as the figure. */
export function within(value: number, ends: Ends, format: (value: number) => string): string {
	const text = format(value);
	if (ends === null || !Number.isFinite(value)) return text;
	const [low, high] = [format(Math.min(...ends)), format(Math.max(...ends))];
	const unit = (of: string) => of.slice(of.lastIndexOf(' '));
	if (low === text && high === text) return text;
	const isSame = unit(low) === unit(text) && unit(high) === unit(text);
	const bare = (of: string) => (isSame ? of.slice(0, of.lastIndexOf(' ')) : of);
	return `${text} (${bare(low)} to ${bare(high)})`;
}
