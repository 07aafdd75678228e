import type { BatterySeries, Steps } from './steps.ts';

/** Wh that a battery holds when full: charge level over state of charge, in any step that has both; 0 if none has. */
export function capacityWh({ soc, storedWh }: BatterySeries): number {
	const known = soc.findIndex((level, i) => level > 0 && (storedWh[i] as number) > 0);
	return known < 0 ? 0 : (storedWh[known] as number) / (soc[known] as number);
}

/** The state of charge of all batteries as one before each step, percent; 0 without any. */
export function togetherPercent({ batteries, count }: Steps): Float64Array {
	const capacities = batteries.map(capacityWh);
	const all = capacities.reduce((sum, capacity) => sum + capacity, 0);
	// Batteries whose size does not show weigh the same.
	const weights = capacities.map((capacity) => (all > 0 ? capacity / all : 1 / batteries.length));
	return new Float64Array(count).map((_, i) =>
		batteries.reduce(
			(sum, { soc }, b) => sum + 100 * (weights[b] as number) * (soc[i] as number),
			0,
		),
	);
}
