import { ConfigError } from '../../protocol/errors.ts';
import { findGpuHardware } from '../../results/accounting/regions.ts';

/** What holding one GPU for an hour costs and is to answer for. */
export interface GpuHour {
	readonly usd: number;
	/** Its share of the emissions of making it (scope 3), g CO2eq; NaN where that is not known or not counted. */
	readonly embodiedG: number;
	/** Where the price is from, for people. */
	readonly source: string;
}

const HOURS_PER_YEAR = 365 * 24;

/**
 * An hour of a device: at a given price, or at the list price that ships with the project.
 *
 * @param given USD; null: none
 * @throws ConfigError for a device without a price
 */
export function gpuHour(device: string, given: number | null, countsEmbodied: boolean): GpuHour {
	const known = findGpuHardware(device);
	const usd = given ?? known?.usdPerHour;
	if (usd === undefined)
		throw new ConfigError(
			`Cannot tell what a GPU of type "${device}" costs: profiling-data/hardware.json has no price; ` +
				`give gpuUsdPerHour: { ${device}: … }`,
		);
	const embodiedG =
		known === null || !countsEmbodied
			? Number.NaN
			: (1000 * known.embodiedKg) / (known.lifetimeYears * HOURS_PER_YEAR);
	const source = given === null ? 'list price of 2024, profiling-data/hardware.json' : 'given';
	return { usd, embodiedG, source };
}
