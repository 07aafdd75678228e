import { isRounding } from '../../protocol/rounding.ts';

/** A finished run as the best dispatch in hindsight sees it. Energies in kWh, powers in kW. */
export interface HindsightCase {
	readonly stepH: number;
	/** Demand that was served, less production: what batteries, generators and grid had to bring. */
	readonly needKw: Float64Array;
	/** 1 where the grid could be used; null: always. */
	readonly connected: Float64Array | null;
	/** null: none. */
	readonly importLimitKw: number | null;
	/** null: none; what is beyond it is curtailed. */
	readonly exportLimitKw: number | null;
	/** How far the grid's power may rise and fall from the step before; left out: as far as it likes. */
	readonly ramps?: { readonly upKw: Float64Array; readonly downKw: Float64Array } | undefined;
	/** Whether a surplus may go nowhere where exporting it would cost. */
	readonly mayCurtail: boolean;
	/** Whether what batteries give may flow into the grid. */
	readonly batteriesExport: boolean;
	readonly batteries: readonly HindsightBattery[];
	readonly generators: readonly HindsightGenerator[];
}

export interface HindsightBattery {
	readonly initialKwh: number;
	/** What is stored at the end of the run; the best dispatch leaves at least as much. */
	readonly finalKwh: number;
	/** The least that may be stored at any time. */
	readonly minKwh: number;
	/** The least at the end of each step, where it changed in the run; left out: `minKwh` always. */
	readonly floorsKwh?: Float64Array | undefined;
	readonly maxKwh: number;
	/** At the terminals; null: bounded by the energy only. */
	readonly maxChargeKw: number | null;
	readonly maxDischargeKw: number | null;
	/** At most 1: energy stored per energy taken, energy delivered per energy taken out. */
	readonly etaCharge: number;
	readonly etaDischarge: number;
	readonly selfDischargePerHour: number;
	readonly standbyKw: number;
}

export interface HindsightGenerator {
	readonly ratedKw: number;
}

/** What is to be least: a weight for each imported kWh, by step. May be negative (prices). */
export interface Objective {
	readonly weights: Float64Array;
	/** What each exported kWh takes off it, by step; null: nothing. May be negative where it cannot be curtailed. */
	readonly earnings: Float64Array | null;
	/** What a kWh of each generator emits or costs at its rated power, where the fuel curve is best. */
	readonly generatorWeights: readonly number[];
}

/** What a load that was served needs beside production, kW; what is only the rounding of either is nothing. */
export function needKw(servedW: number, productionW: number): number {
	const needW = servedW - productionW;
	return isRounding(needW, servedW + productionW) ? 0 : needW / 1000;
}

/** Hours that count of a constant power, and what is left of 1 kWh, after `hours` of self-discharge. */
export function decayOver(perHour: number, hours: number): { left: number; hours: number } {
	const exponent = perHour * hours;
	if (exponent === 0) return { left: 1, hours };
	return { left: Math.exp(-exponent), hours: -Math.expm1(-exponent) / perHour };
}
