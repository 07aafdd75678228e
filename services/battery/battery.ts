import { type ClcBattery, clcBatteryRange, makeClcBattery, stepClcBattery } from './clc-battery.ts';
import type { BatteryModel } from './config.ts';
import type { FeasibleRange } from './feasible-range.ts';
import {
	makeSimpleBattery,
	type SimpleBattery,
	simpleBatteryRange,
	stepSimpleBattery,
} from './simple-battery.ts';

/** A battery at one moment: plain data, never changed in place. */
export type Battery = SimpleBattery | ClcBattery;

/** The battery at its initial state of charge. */
export function makeBattery(model: BatteryModel): Battery {
	return model.type === 'simple' ? makeSimpleBattery(model) : makeClcBattery(model);
}

/** The powers the battery can hold for `durationS` seconds. */
export function feasibleRange(battery: Battery, durationS: number): FeasibleRange {
	return 'levelWh' in battery
		? simpleBatteryRange(battery, durationS)
		: clcBatteryRange(battery, durationS);
}

/**
 * Holds a setpoint (W, charging positive) for `durationS` seconds.
 *
 * @returns the battery afterwards and the power executed, W
 * @throws SimulationError if the setpoint is outside the feasible range; RangeError if no time passes
 */
export function stepBattery(
	battery: Battery,
	setpointW: number,
	durationS: number,
): readonly [Battery, number] {
	if (!(durationS > 0))
		throw new RangeError(`Cannot step a battery by "${durationS} s": a duration is above 0`);
	return 'levelWh' in battery
		? stepSimpleBattery(battery, setpointW, durationS)
		: stepClcBattery(battery, setpointW, durationS);
}

/** Energy stored in the whole battery, Wh. */
export function chargeLevelWh(battery: Battery): number {
	return 'levelWh' in battery ? battery.levelWh : battery.cellLevelWh * battery.model.cells;
}
