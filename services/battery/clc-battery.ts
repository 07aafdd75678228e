import type { ClcBatteryModel } from './config.ts';
import { type FeasibleRange, withinRange } from './feasible-range.ts';

const SECONDS_PER_HOUR = 3600;

/**
 * A pack of C-L-C cells at one moment. The model: F. Kazhamiaka, C. Rosenberg, S. Keshav, "Tractable
 * lithium-ion storage models for optimizing energy systems", Energy Informatics 2:4 (2019),
 * doi:10.1186/s42162-019-0070-6, in the discrete form of Vessim 0.15.
 */
export interface ClcBattery {
	readonly model: ClcBatteryModel;
	/** Energy in one cell. */
	readonly cellLevelWh: number;
	/** Kept beside the level: at the lower end it is exactly minSoc. */
	readonly soc: number;
}

/** A pack of cells at its initial state of charge. */
export function makeClcBattery(model: ClcBatteryModel): ClcBattery {
	return { model, cellLevelWh: model.cell.v2Wh * model.initialSoc, soc: model.initialSoc };
}

/**
 * The powers the pack can hold for `durationS`. A cell's content has to end within bounds that narrow with
 * the current (u1, v1 below; u2, v2 above), within its C-rates and not below minSoc. Under the cut-off
 * current the pack rests; the cut-off is that of one cell and meets the power of the whole pack, as in Vessim.
 *
 * Vessim's range leaves minSoc out while its step clamps to it, so that near it less flows than was
 * booked; `compatibility: 'vessim'` repeats that.
 */
export function clcBatteryRange(battery: ClcBattery, durationS: number): FeasibleRange {
	const { model, cellLevelWh, soc } = battery;
	const { cell, cells } = model;
	const voltageV = cell.nominalVoltageV;

	const lowestW =
		(cellLevelWh - cell.v1Wh) /
		(cell.u1WhPerA / voltageV - (durationS * cell.etaDischarge) / SECONDS_PER_HOUR);
	let minW = Math.max(lowestW, cell.alphaDischargeC * cell.v2Wh);
	if (model.compatibility === null) {
		const storedWh = cellLevelWh - model.minSoc * cell.v2Wh;
		minW = Math.max(minW, -storedWh / (cell.etaDischarge * (durationS / SECONDS_PER_HOUR)));
	}
	minW *= cells;

	const highestW =
		(cellLevelWh - cell.v2Wh) /
		(cell.u2WhPerA / voltageV - (durationS * cell.etaCharge) / SECONDS_PER_HOUR);
	const maxW = Math.min(highestW, cell.alphaChargeC * cell.v2Wh) * cells;

	return {
		minW: soc <= model.minSoc || minW > cell.dischargeCutoffA * voltageV ? 0 : Math.min(0, minW),
		maxW: soc >= 1 || maxW < cell.chargeCutoffA * voltageV ? 0 : Math.max(0, maxW),
	};
}

/**
 * Holds a setpoint for `durationS` seconds.
 *
 * @returns the battery afterwards and the power that flowed at its terminals, W. With Vessim's compatibility
 * it is the power that Vessim books, which near minSoc is more than flowed.
 * @throws SimulationError if the setpoint is outside the feasible range
 */
export function stepClcBattery(
	battery: ClcBattery,
	setpointW: number,
	durationS: number,
): readonly [ClcBattery, number] {
	const executedW = withinRange(setpointW, clcBatteryRange(battery, durationS));
	if (executedW === 0) return [battery, 0];
	const { model } = battery;
	const { cell } = model;
	const eta = executedW > 0 ? cell.etaCharge : cell.etaDischarge;
	const cellLevelWh =
		battery.cellLevelWh + eta * (executedW / model.cells) * (durationS / SECONDS_PER_HOUR);
	const minWh = model.minSoc * cell.v2Wh;
	if (executedW < 0 && cellLevelWh < minWh)
		return [{ model, cellLevelWh: minWh, soc: model.minSoc }, executedW];
	const soc = cellLevelWh / cell.v2Wh;
	if (model.compatibility === 'vessim') return [{ model, cellLevelWh, soc }, executedW];
	// With u2 = 0 the range ends at a full cell; rounding may take both ends too far.
	if (cellLevelWh > cell.v2Wh) return [{ model, cellLevelWh: cell.v2Wh, soc: 1 }, executedW];
	return [{ model, cellLevelWh, soc: Math.max(model.minSoc, soc) }, executedW];
}
