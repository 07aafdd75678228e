import { emptyFlows, type Flows, splitStep } from './flows.ts';
import { type BatterySteps, kwhPerW, type SiteSteps } from './site-steps.ts';
import { StoredCarbon } from './stored-carbon.ts';

/** Energies of a site, kWh, each at least 0; the keys are those of `Flows`. */
export interface EnergyLedger {
	readonly productionToLoadKwh: number;
	readonly productionToBatteryKwh: number;
	readonly productionToGridKwh: number;
	readonly curtailedKwh: number;
	readonly batteryToLoadKwh: number;
	readonly batteryToBatteryKwh: number;
	readonly batteryToGridKwh: number;
	readonly gridToLoadKwh: number;
	readonly gridToBatteryKwh: number;
	/** Load that nothing served. */
	readonly unservedKwh: number;
}

/**
 * Where the carbon of the imports went, g of CO2eq. It balances: opening + imports = load + exports + closing.
 */
export interface CarbonLedger {
	/** In the batteries at the start. */
	readonly openingG: number;
	/** Scope 2: import times intensity at the time of import. */
	readonly importG: number;
	/** What the load is to answer for: imports it used at once, and what batteries gave it. */
	readonly loadG: number;
	/** What left through the meter out of batteries. */
	readonly exportedG: number;
	/** In the batteries at the end. */
	readonly closingG: number;
	/** Load times intensity: had the grid served it all. */
	readonly gridOnlyG: number;
	/** Export times intensity: what exports displaced, if one credits them. In no other figure. */
	readonly exportCreditG: number;
	/** Time-weighted mean, smallest and largest intensity, g/kWh. */
	readonly meanGPerKwh: number;
	readonly minGPerKwh: number;
	readonly maxGPerKwh: number;
	/** By step: what the load of the step is to answer for, g per kWh of it; 0 in a step without load. */
	readonly loadGPerKwh: Float64Array;
}

/** Adds up who served whom over a run. */
export function energyLedger(steps: SiteSteps): EnergyLedger {
	const flows = emptyFlows();
	const sums = emptyFlows();
	let unservedW = 0;
	for (let k = 0; k < steps.count; k++) {
		flowsOf(steps, k, flows);
		for (const key of Object.keys(sums) as (keyof Flows)[]) sums[key] += flows[key];
		const servedW = flows.productionToLoadW + flows.batteryToLoadW + flows.gridToLoadW;
		unservedW += Math.max(0, (steps.loadW[k] as number) - servedW);
	}
	const kwh = kwhPerW(steps);
	return {
		productionToLoadKwh: sums.productionToLoadW * kwh,
		productionToBatteryKwh: sums.productionToBatteryW * kwh,
		productionToGridKwh: sums.productionToGridW * kwh,
		curtailedKwh: sums.curtailedW * kwh,
		batteryToLoadKwh: sums.batteryToLoadW * kwh,
		batteryToBatteryKwh: sums.batteryToBatteryW * kwh,
		batteryToGridKwh: sums.batteryToGridW * kwh,
		gridToLoadKwh: sums.gridToLoadW * kwh,
		gridToBatteryKwh: sums.gridToBatteryW * kwh,
		unservedKwh: unservedW * kwh,
	};
}

/**
 * Follows the carbon of imports through the batteries to the load.
 *
 * @param intensity g/kWh of the grid by step, average or marginal
 * @param openingGPerKwh of what the batteries hold at the start
 */
export function carbonLedger(
	steps: SiteSteps,
	intensity: Float64Array,
	openingGPerKwh: number,
): CarbonLedger {
	const kwh = kwhPerW(steps);
	const flows = emptyFlows();
	const stores = steps.batteries.map(
		({ storedWh, finallyStoredWh }) =>
			new StoredCarbon(storedWh[0] ?? finallyStoredWh, openingGPerKwh),
	);
	const openingG = contentOf(stores);
	const loadGPerKwh = new Float64Array(steps.count);
	let [importG, loadG, exportedG, gridOnlyG, exportCreditG, sum] = [0, 0, 0, 0, 0, 0];
	let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
	for (let k = 0; k < steps.count; k++) {
		const gPerKwh = intensity[k] as number;
		flowsOf(steps, k, flows);
		const dischargedG = discharge(steps.batteries, stores, k);
		const dischargeW = flows.batteryToLoadW + flows.batteryToBatteryW + flows.batteryToGridW;
		const gPerW = dischargeW > 0 ? dischargedG / dischargeW : 0;
		const chargedG = flows.gridToBatteryW * kwh * gPerKwh + flows.batteryToBatteryW * gPerW;
		charge(steps.batteries, stores, k, chargedG);
		const servedG = flows.gridToLoadW * kwh * gPerKwh + flows.batteryToLoadW * gPerW;
		const loadW = steps.loadW[k] as number;
		const gridW = steps.gridW[k] as number;
		loadGPerKwh[k] = loadW > 0 ? servedG / (loadW * kwh) : 0;
		loadG += servedG;
		exportedG += flows.batteryToGridW * gPerW;
		importG += Math.max(0, -gridW) * kwh * gPerKwh;
		exportCreditG += Math.max(0, gridW) * kwh * gPerKwh;
		gridOnlyG += loadW * kwh * gPerKwh;
		sum += gPerKwh;
		min = Math.min(min, gPerKwh);
		max = Math.max(max, gPerKwh);
	}
	return {
		openingG,
		importG,
		loadG,
		exportedG,
		closingG: contentOf(stores),
		gridOnlyG,
		exportCreditG,
		meanGPerKwh: sum / steps.count,
		minGPerKwh: min,
		maxGPerKwh: max,
		loadGPerKwh,
	};
}

/** The flows of step k. */
export function flowsOf(steps: SiteSteps, k: number, flows: Flows): void {
	let [chargeW, dischargeW] = [0, 0];
	for (const { powerW } of steps.batteries) {
		const power = powerW[k] as number;
		if (power > 0) chargeW += power;
		else dischargeW -= power;
	}
	splitStep(
		{
			loadW: steps.loadW[k] as number,
			productionW: steps.productionW[k] as number,
			importW: Math.max(0, -(steps.gridW[k] as number)),
			chargeW,
			dischargeW,
			curtailedW: steps.curtailedW[k] as number,
		},
		flows,
	);
}

/** What a battery holds after step k, Wh. */
export function storedAfter({ storedWh, finallyStoredWh }: BatterySteps, k: number): number {
	return storedWh[k + 1] ?? finallyStoredWh;
}

/** Takes the carbon of what batteries give in step k out of them; those at rest keep it. */
function discharge(batteries: readonly BatterySteps[], stores: StoredCarbon[], k: number): number {
	let carbonG = 0;
	for (let i = 0; i < stores.length; i++) {
		const battery = batteries[i] as BatterySteps;
		const powerW = battery.powerW[k] as number;
		if (powerW > 0) continue;
		carbonG += (stores[i] as StoredCarbon).discharge(storedAfter(battery, k), powerW < 0);
	}
	return carbonG;
}

/** Shares the carbon of what charges in step k out by power. */
function charge(
	batteries: readonly BatterySteps[],
	stores: StoredCarbon[],
	k: number,
	carbonG: number,
): void {
	let chargeW = 0;
	for (const { powerW } of batteries) chargeW += Math.max(0, powerW[k] as number);
	for (let i = 0; i < stores.length; i++) {
		const battery = batteries[i] as BatterySteps;
		const powerW = battery.powerW[k] as number;
		if (powerW > 0)
			(stores[i] as StoredCarbon).charge((carbonG * powerW) / chargeW, storedAfter(battery, k));
	}
}

function contentOf(stores: readonly StoredCarbon[]): number {
	return stores.reduce((sum, { contentG }) => sum + contentG, 0);
}
