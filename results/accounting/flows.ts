/**
 * Who served whom in one step, W. Electricity does not say; this order does, and it is the one in which a
 * microgrid dispatches: production serves the load before it charges, batteries serve the load before the
 * grid does, and what is exported is what is left.
 */
export interface Flows {
	productionToLoadW: number;
	productionToBatteryW: number;
	productionToGridW: number;
	curtailedW: number;
	batteryToLoadW: number;
	/** One battery charging another. */
	batteryToBatteryW: number;
	batteryToGridW: number;
	gridToLoadW: number;
	gridToBatteryW: number;
}

/** The sums of a step, W, each at least 0. Sources = sinks: production + import + discharge = load + export + charge + curtailed. */
export interface StepSums {
	readonly loadW: number;
	readonly productionW: number;
	readonly importW: number;
	readonly chargeW: number;
	readonly dischargeW: number;
	readonly curtailedW: number;
}

/** Flows to be filled in by `splitStep`. */
export function emptyFlows(): Flows {
	return {
		productionToLoadW: 0,
		productionToBatteryW: 0,
		productionToGridW: 0,
		curtailedW: 0,
		batteryToLoadW: 0,
		batteryToBatteryW: 0,
		batteryToGridW: 0,
		gridToLoadW: 0,
		gridToBatteryW: 0,
	};
}

/** Splits a step's sums into flows that add up to them. `flows` is overwritten: a step allocates nothing. */
export function splitStep(sums: StepSums, flows: Flows): void {
	const { loadW, productionW, importW, chargeW, dischargeW } = sums;
	const direct = Math.min(loadW, productionW);
	const surplus = productionW - direct;
	const batteryToLoad = Math.min(loadW - direct, dischargeW);
	const gridToLoad = Math.min(loadW - direct - batteryToLoad, importW);
	const solarCharge = Math.min(surplus, chargeW);
	const batteryCharge = Math.min(dischargeW - batteryToLoad, chargeW - solarCharge);
	const curtailed = Math.min(surplus - solarCharge, sums.curtailedW);
	flows.productionToLoadW = direct;
	flows.productionToBatteryW = solarCharge;
	flows.curtailedW = curtailed;
	flows.productionToGridW = surplus - solarCharge - curtailed;
	flows.batteryToLoadW = batteryToLoad;
	flows.batteryToBatteryW = batteryCharge;
	flows.batteryToGridW = dischargeW - batteryToLoad - batteryCharge;
	flows.gridToLoadW = gridToLoad;
	flows.gridToBatteryW = importW - gridToLoad;
}
