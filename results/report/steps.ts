import type { MemberEnergy } from './member-energies.ts';
import type { ProducerSeries } from './producers.ts';

/** A battery's columns: its state before each step, its power over the step (charge +, discharge -). */
export interface BatterySeries {
	readonly name: string;
	readonly soc: Float64Array;
	/** Energy stored before each step, Wh. */
	readonly storedWh: Float64Array;
	/** Null where the file has no such column (Vessim's own). */
	readonly powerW: Float64Array | null;
}

export interface GeneratorSeries {
	readonly name: string;
	readonly powerW: Float64Array;
}

/** timeseries.csv by columns; row k holds over [startS[k], startS[k] + stepS). */
export interface Steps {
	readonly count: number;
	readonly stepS: number;
	/** IANA name of the zone whose calendar the run has. */
	readonly timezone: string;
	/** Seconds since 1970. */
	readonly startS: Float64Array;
	/** In the order of their columns. */
	readonly members: readonly MemberEnergy[];
	/** Sums over all members: consumption as a positive number, production likewise. */
	readonly loadW: Float64Array;
	readonly productionW: Float64Array;
	/** The parts of it that are shown apart, of the kinds that the run has. */
	readonly producers: readonly ProducerSeries[];
	/** Export +, import -. */
	readonly gridW: Float64Array;
	/** All batteries together, charge +, discharge -. */
	readonly batteryW: Float64Array;
	readonly curtailedW: Float64Array;
	readonly batteries: readonly BatterySeries[];
	readonly generators: readonly GeneratorSeries[];
	/** 1 where the grid was there, 0 where it was not; null: it always was. */
	readonly connected: Float64Array | null;
	/** Load that was not served. */
	readonly unservedW: Float64Array;
	/** g/kWh, or null without a carbon signal. */
	readonly carbon: Float64Array | null;
	/** Marginal intensity beside an average `carbon`, g/kWh; null without. */
	readonly marginal: Float64Array | null;
	/** USD/kWh, or null without a price. */
	readonly price: Float64Array | null;
	/** What exports earn, USD/kWh, or null where the run does not say it step by step. */
	readonly exportPay: Float64Array | null;
	/** Cap in force over the step, W per GPU; NaN where none is. */
	readonly capW: Float64Array;
}
