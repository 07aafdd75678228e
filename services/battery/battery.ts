import { type ClcBattery, clcBatteryRange, makeClcBattery, stepClcBattery } from './clc-battery.ts';
import type { BatteryModel } from './config.ts';
import type { FeasibleRange } from './feasible-range.ts';
import {
	type LinearBattery,
	linearBatteryRange,
	makeLinearBattery,
	stepLinearBattery,
} from './linear-battery.ts';
import {
	makeSimpleBattery,
	type SimpleBattery,
	simpleBatteryRange,
	stepSimpleBattery,
} from './simple-battery.ts';

/** A battery at one moment: plain data, never changed in place. */
export type Battery = SimpleBattery | LinearBattery | ClcBattery;

/** The battery at its initial state of charge. */
export function makeBattery(model: BatteryModel): Battery {
	switch (model.type) {
		case 'simple':
			return makeSimpleBattery(model);
		case 'linear':
			return makeLinearBattery(model);
		case 'clc':
			return makeClcBattery(model);
	}
}

function isSimple(battery: Battery): battery is SimpleBattery {
	return battery.model.type === 'simple';
}

function isLinear(battery: Battery): battery is LinearBattery {
	return battery.model.type === 'linear';
}

/** The powers the battery can hold for `durationS` seconds. */
export function feasibleRange(battery: Battery, durationS: number): FeasibleRange {
	if (isSimple(battery)) return simpleBatteryRange(battery, durationS);
	if (isLinear(battery)) return linearBatteryRange(battery, durationS);
	return clcBatteryRange(battery, durationS);
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
	if (isSimple(battery)) return stepSimpleBattery(battery, setpointW, durationS);
	if (isLinear(battery)) return stepLinearBattery(battery, setpointW, durationS);
	return stepClcBattery(battery, setpointW, durationS);
}

/**
 * A battery that has kept a share of the capacity of its model. What it holds above that it keeps, without a way to be
 * charged, until it has given it: so no energy is lost, and the capacity follows what is stored down to the share.
 *
 * @param model of the battery at first
 */
export function fadedBattery(battery: Battery, model: BatteryModel, share: number): Battery {
	if (model.type === 'clc') {
		const { cellLevelWh } = battery as ClcBattery;
		const v2Wh = Math.max(share * model.cell.v2Wh, cellLevelWh);
		const soc = Math.max(model.minSoc, cellLevelWh / v2Wh);
		return { model: { ...model, cell: { ...model.cell, v2Wh } }, cellLevelWh, soc };
	}
	const { levelWh } = battery as SimpleBattery | LinearBattery;
	if (model.type === 'linear') {
		// One that may hold nothing holds nothing.
		const heldWh = levelWh > 0 ? levelWh / model.maxSoc : 0;
		const capacityWh = Math.max(share * model.capacityWh, heldWh);
		return {
			model: { ...model, capacityWh },
			levelWh,
			soc: Math.min(model.maxSoc, levelWh / capacityWh),
		};
	}
	const capacityWh = Math.max(share * model.capacityWh, levelWh);
	return {
		model: { ...model, capacityWh },
		levelWh,
		soc: Math.max(model.minSoc, levelWh / capacityWh),
	};
}

/**
 * A battery with another lowest state of charge. One that holds less gives nothing, and keeps what it is charged with: its
 * floor is what it holds until that is as much.
 */
export function withFloor(battery: Battery, minSoc: number): Battery {
	const floor = Math.min(minSoc, battery.soc);
	if (battery.model.minSoc === floor) return battery;
	return { ...battery, model: { ...battery.model, minSoc: floor } } as Battery;
}

/** Energy stored in the whole battery, Wh. */
export function chargeLevelWh(battery: Battery): number {
	return 'levelWh' in battery ? battery.levelWh : battery.cellLevelWh * battery.model.cells;
}
