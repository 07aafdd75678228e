/**
 * What a site did, step by step: the columns that accounting reads. Row k holds over [k, k + 1) steps. Powers
 * are means over the step, so that power times step is the exact energy; W, and never negative but for
 * `gridW` and the batteries' `powerW`.
 */
export interface SiteSteps {
	readonly count: number;
	readonly stepS: number;
	/** All that consumes, PUE included. */
	readonly loadW: Float64Array;
	/** All that produces: renewables and fuel. */
	readonly productionW: Float64Array;
	/** The part of it that burns fuel; null: none. */
	readonly generatorW: Float64Array | null;
	/** Export +, import -. */
	readonly gridW: Float64Array;
	/** Surplus that went nowhere. */
	readonly curtailedW: Float64Array;
	readonly batteries: readonly BatterySteps[];
	/** Average carbon intensity, g/kWh; null where it is not known. */
	readonly averageGPerKwh: Float64Array | null;
	/** Marginal carbon intensity, g/kWh; never mixed with the average. */
	readonly marginalGPerKwh: Float64Array | null;
	/** Of imports, USD/kWh. */
	readonly priceUsdPerKwh: Float64Array | null;
	/** Of exports, USD/kWh; null: as the tariff says. */
	readonly exportUsdPerKwh: Float64Array | null;
}

/** A battery's part of it. */
export interface BatterySteps {
	readonly name: string;
	/** Charging +, discharging -. */
	readonly powerW: Float64Array;
	/** Energy stored at the start of each step, Wh. */
	readonly storedWh: Float64Array;
	/** Energy stored at the end of the last step, Wh. */
	readonly finallyStoredWh: number;
}

/** What power has to be multiplied by for the energy of a step in kWh. */
export function kwhPerW(steps: Pick<SiteSteps, 'stepS'>): number {
	return steps.stepS / 3_600_000;
}
