import type { BatterySeries } from './run.ts';

/** Wh that a battery holds when full: charge level over state of charge, in any step that has both; 0 if none has. */
export function capacityWh({ soc, storedWh }: BatterySeries): number {
	const known = soc.findIndex((level, i) => level > 0 && (storedWh[i] as number) > 0);
	return known < 0 ? 0 : (storedWh[known] as number) / (soc[known] as number);
}
