import type { BandEnd, CurveBand } from './curve-band.ts';
import type { Summary } from './summary.ts';

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
}: Pick<Summary, 'energy' | 'emissions' | 'serving' | 'servingEnergy'>): HeadlineRanges {
	const curve = servingEnergy?.curve ?? null;
	const ends = (of: (end: BandEnd, demand: Demand) => number): Ends => {
		if (curve === null) return null;
		const [low, high] = [
			of(curve.low, demandAt(curve, 'low')),
			of(curve.high, demandAt(curve, 'high')),
		];
		return Number.isFinite(low) && Number.isFinite(high) ? [low, high] : null;
	};
	/** Emissions of imports and generators, less those of the imports. */
	const others = emissions === null ? Number.NaN : emissions.generatorG;
	// What was no renewable energy, by whichever definition, changes by what is imported.
	const otherKwh = (1 - energy.renewableShare / 100) * energy.loadKwh - energy.importKwh;
	const over = (count: number | undefined) => (end: BandEnd) =>
		count === undefined || count === 0 ? Number.NaN : (end.importG + others) / count;
	return {
		loadKwh: ends((_, { kwh }) => kwh),
		importKwh: ends(({ importKwh }) => importKwh),
		renewableShare: ends(({ importKwh }, { kwh }) => 100 * (1 - (otherKwh + importKwh) / kwh)),
		loadG: ends((_, { grams }) => grams),
		importG: ends(({ importG }) => importG),
		grossG: ends(({ grossG }) => grossG),
		reduction: ends(({ importG, grossG }) => 100 * (1 - (importG + others) / grossG)),
		perRequestG: ends(over(serving?.completed)),
		perThousandTokensG: ends(over((serving?.totalTokens ?? 0) / 1000)),
		energyUsd: ends(({ energyUsd }) => energyUsd),
	};
}

interface Demand {
	readonly kwh: number;
	readonly grams: number;
}

function demandAt({ lowKwh, highKwh, lowG, highG }: CurveBand, end: 'low' | 'high'): Demand {
	return end === 'low' ? { kwh: lowKwh, grams: lowG } : { kwh: highKwh, grams: highG };
}

/** `11.2 kWh (8.3 to 13.4)`: a figure with its ends, whose unit is left out where it is the same. */
export function within(value: number, ends: Ends, format: (value: number) => string): string {
	const text = format(value);
	if (ends === null || !Number.isFinite(value)) return text;
	const [low = '', high = ''] = [...ends].sort((a, b) => a - b).map(format);
	const unit = (of: string) => of.slice(of.lastIndexOf(' '));
	const isSame = unit(low) === unit(text) && unit(high) === unit(text);
	const bare = (of: string) => (isSame ? of.slice(0, of.lastIndexOf(' ')) : of);
	return `${text} (${bare(low)} to ${bare(high)})`;
}
