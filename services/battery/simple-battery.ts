import type { SimpleBatteryModel } from './config.ts';
import { type FeasibleRange, withinRange } from './feasible-range.ts';

const SECONDS_PER_HOUR = 3600;

/** A lossless battery at one moment. */
export interface SimpleBattery {
	readonly model: SimpleBatteryModel;
	readonly levelWh: number;
	/** Kept beside the level: at the ends of the range it is exactly minSoc or 1. */
	readonly soc: number;
}

/** A battery at its initial state of charge. */
export function makeSimpleBattery(model: SimpleBatteryModel): SimpleBattery {
	return { model, levelWh: model.capacityWh * model.initialSoc, soc: model.initialSoc };
}

/** The powers it can hold for `durationS`: bounded by what is stored or free and by the C-rate, as in Vessim's SimpleBattery. */
export function simpleBatteryRange(battery: SimpleBattery, durationS: number): FeasibleRange {
	const { model, levelWh, soc } = battery;
	const boundW = model.cRate === null ? Number.POSITIVE_INFINITY : model.cRate * model.capacityWh;
	const storedWh = levelWh - model.minSoc * model.capacityWh;
	const freeWh = model.capacityWh - levelWh;
	return {
		minW: soc <= model.minSoc ? 0 : Math.max((-storedWh * SECONDS_PER_HOUR) / durationS, -boundW),
		maxW: soc >= 1 ? 0 : Math.min((freeWh * SECONDS_PER_HOUR) / durationS, boundW),
	};
}

/**
 * Holds a setpoint for `durationS` seconds.
 *
 * @returns the battery afterwards and the power that flowed, W
 * @throws SimulationError if the setpoint is outside the feasible range
 */
export function stepSimpleBattery(
	battery: SimpleBattery,
	setpointW: number,
	durationS: number,
): readonly [SimpleBattery, number] {
	const executedW = withinRange(setpointW, simpleBatteryRange(battery, durationS));
	if (executedW === 0) return [battery, 0];
	const { model } = battery;
	const levelWh = battery.levelWh + (executedW * durationS) / SECONDS_PER_HOUR;
	const minWh = model.minSoc * model.capacityWh;
	if (levelWh < minWh) return [{ model, levelWh: minWh, soc: model.minSoc }, executedW];
	if (levelWh > model.capacityWh) return [{ model, levelWh: model.capacityWh, soc: 1 }, executedW];
	// Rounding may take the quotient of the lowest level below minSoc.
	const soc = Math.max(model.minSoc, levelWh / model.capacityWh);
	return [{ model, levelWh, soc }, executedW];
}
