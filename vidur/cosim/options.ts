import type { Definitions } from '../../protocol/scenario/accounting.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';

export const ANALYSIS_TYPES = ['trend analysis', 'total power analysis'] as const;

/** What `gridbeat cosim` was asked for: the flags of Vidur-Energy's co-simulation, and ours. */
export interface CosimOptions {
	/** A results folder of Vidur or of `gridbeat vidur`. */
	readonly folder: string;
	readonly location: string;
	/** Length of the bins of the power series. */
	readonly binS: number;
	readonly analysis: (typeof ANALYSIS_TYPES)[number];
	readonly stepS: number;
	readonly solarPeakW: number;
	readonly batteryWh: number;
	readonly initialSoc: number;
	readonly minSoc: number;
	readonly lowGPerKwh: number;
	readonly highGPerKwh: number;
	/** Cubic interpolation of solar and carbon, as the original has it. */
	readonly isInterpolated: boolean;
	/** Civil time at the location of the run's time 0, without zone. */
	readonly start: string;
	readonly carbon: Scenario['carbon'];
	/** Solar output as a fraction of the peak power; null: our sky. */
	readonly solarTrace: string | null;
	readonly extend: string;
	readonly pue: number;
	readonly accounting: Definitions;
	readonly seed: string;
}
