import type { VidurEnergyMetrics } from '../../protocol/run-folder/summary-energy.ts';
import { kwhPerW, type SiteSteps } from './site-steps.ts';

/** @param capacityWh of all batteries, as the model has it */
export function vidurEnergyMetrics(
	steps: SiteSteps,
	intensity: Float64Array,
	thresholds: { readonly lowGPerKwh: number; readonly highGPerKwh: number },
	capacityWh: number,
): VidurEnergyMetrics {
	const kwh = kwhPerW(steps);
	const hours = steps.stepS / 3600;
	let [gross, offset, demand, solar, grid, sum, low, high] = [0, 0, 0, 0, 0, 0, 0, 0];
	let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
	for (let k = 0; k < steps.count; k++) {
		const gPerKwh = intensity[k] as number;
		gross += (steps.loadW[k] as number) * gPerKwh;
		offset += (steps.productionW[k] as number) * gPerKwh;
		demand += steps.loadW[k] as number;
		solar += steps.productionW[k] as number;
		// Its monitor shows the exchange of the step before, so the last one is never seen.
		if (k + 1 < steps.count) grid += steps.gridW[k] as number;
		sum += gPerKwh;
		min = Math.min(min, gPerKwh);
		max = Math.max(max, gPerKwh);
		if (gPerKwh < thresholds.lowGPerKwh) low++;
		if (gPerKwh > thresholds.highGPerKwh) high++;
	}
	const gridKwh = Math.abs(grid) * kwh;
	return {
		...batteryMetrics(steps, capacityWh),
		grossG: gross * kwh,
		offsetG: offset * kwh,
		netG: (gross - offset) * kwh,
		offsetPercent: (100 * offset) / gross,
		meanGPerKwh: sum / steps.count,
		maxGPerKwh: max,
		minGPerKwh: min,
		lowCarbonHours: low * hours,
		highCarbonHours: high * hours,
		demandKwh: demand * kwh,
		solarKwh: solar * kwh,
		gridKwh,
		renewablePenetrationPercent: (100 * solar) / demand,
		gridDependencyPercent: (100 * gridKwh) / (demand * kwh),
	};
}

/** What its monitor makes of the charge level at the start of each step. */
function batteryMetrics(steps: SiteSteps, capacityWh: number) {
	const hours = steps.stepS / 3600;
	let [charging, discharging, soc, below, above, moved] = [0, 0, 0, 0, 0, 0];
	let before = Number.NaN;
	for (let k = 0; k < steps.count; k++) {
		let storedWh = 0;
		for (const battery of steps.batteries) storedWh += battery.storedWh[k] as number;
		const change = storedWh - before;
		if (change > 0) charging++;
		if (change < 0) discharging++;
		if (k > 0) moved += Math.abs(change);
		const level = capacityWh > 0 ? storedWh / capacityWh : 0;
		soc += level;
		if (level < 0.5) below++;
		if (level > 0.8) above++;
		before = storedWh;
	}
	const percent = 100 / steps.count;
	return {
		chargingPercent: charging * percent,
		dischargingPercent: discharging * percent,
		idlePercent: (steps.count - charging - discharging) * percent,
		meanSocPercent: soc * percent,
		hoursBelowHalf: below * hours,
		hoursAbove80: above * hours,
		fullCycles: capacityWh > 0 ? moved / (2 * capacityWh) : Number.NaN,
	};
}
