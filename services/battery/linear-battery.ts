import type { LinearBatteryModel } from './config.ts';
import { type FeasibleRange, withinRange } from './feasible-range.ts';

const SECONDS_PER_HOUR = 3600;

/**
 * A store with efficiencies, self-discharge and a standby draw at one moment. Its level L (Wh) follows
 *
 *     dL/dt = etaCharge * charge - discharge / etaDischarge - selfDischarge * L - standby
 *
 * which is linear, so that a step of any length is exact. Between the ends of a step the level is monotone:
 * what holds at both ends holds throughout.
 */
export interface LinearBattery {
	readonly model: LinearBatteryModel;
	readonly levelWh: number;
	/** Kept beside the level: a charge ends at exactly maxSoc, a discharge at exactly minSoc. */
	readonly soc: number;
}

/** A battery at its initial state of charge. */
export function makeLinearBattery(model: LinearBatteryModel): LinearBattery {
	return { model, levelWh: model.capacityWh * model.initialSoc, soc: model.initialSoc };
}

/** What is left after `durationS` of 1 Wh, and the hours over which a constant power counts at its end. */
function decay(model: LinearBatteryModel, durationS: number): { left: number; hours: number } {
	const hours = durationS / SECONDS_PER_HOUR;
	const exponent = model.selfDischargePerHour * hours;
	if (exponent === 0) return { left: 1, hours };
	return { left: Math.exp(-exponent), hours: -Math.expm1(-exponent) / model.selfDischargePerHour };
}

/**
 * The powers at its terminals that it can hold for `durationS`: what leaves it at least at minSoc and at most
 * at maxSoc at the end, within its C-rates. Below minSoc, where only its own losses take it, it gives nothing.
 */
export function linearBatteryRange(battery: LinearBattery, durationS: number): FeasibleRange {
	const { model, levelWh, soc } = battery;
	const { capacityWh, standbyW } = model;
	const { left, hours } = decay(model, durationS);
	const bound = (cRate: number | null) =>
		cRate === null ? Number.POSITIVE_INFINITY : cRate * capacityWh;
	const outW = (levelWh * left - model.minSoc * capacityWh) / hours - standbyW;
	const intoW = (model.maxSoc * capacityWh - levelWh * left) / hours + standbyW;
	const dischargeW = Math.min(outW * model.etaDischarge, bound(model.dischargeCRate));
	const chargeW = Math.min(intoW / model.etaCharge, bound(model.chargeCRate));
	return {
		minW: soc <= model.minSoc || dischargeW <= 0 ? 0 : -dischargeW,
		maxW: Math.max(0, chargeW),
	};
}

/**
 * Holds a setpoint for `durationS` seconds.
 *
 * @returns the battery afterwards and the power that flowed at its terminals, W
 * @throws SimulationError if the setpoint is outside the feasible range
 */
export function stepLinearBattery(
	battery: LinearBattery,
	setpointW: number,
	durationS: number,
): readonly [LinearBattery, number] {
	const executedW = withinRange(setpointW, linearBatteryRange(battery, durationS));
	const { model } = battery;
	const { left, hours } = decay(model, durationS);
	const intoW = executedW > 0 ? executedW * model.etaCharge : executedW / model.etaDischarge;
	const levelWh = battery.levelWh * left + (intoW - model.standbyW) * hours;
	const minWh = model.minSoc * model.capacityWh;
	const maxWh = model.maxSoc * model.capacityWh;
	if (executedW < 0 && levelWh <= minWh)
		return [{ model, levelWh: minWh, soc: model.minSoc }, executedW];
	if (levelWh >= maxWh) return [{ model, levelWh: maxWh, soc: model.maxSoc }, executedW];
	// An empty store feeds no standby any more.
	if (levelWh <= 0) return [{ model, levelWh: 0, soc: 0 }, executedW];
	return [{ model, levelWh, soc: levelWh / model.capacityWh }, executedW];
}
