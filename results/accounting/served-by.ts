import { emptyFlows, type Flows } from './flows.ts';
import { flowsOf, storedAfter } from './ledger.ts';
import { kwhPerW, type SiteSteps } from './site-steps.ts';
import { type Mix, ORIGINS, type OriginOfEnergy, StoredOrigins } from './stored-origins.ts';

/** What served the load, by where the energy was from in the first place. */
export interface ServedBy {
	/** kWh of each; together they are the load that was served. */
	readonly kwh: Readonly<Record<OriginOfEnergy, number>>;
	/** Of what the batteries held at the start, still stored at the end, kWh. */
	readonly initialLeftKwh: number;
	/** By step: load that was served by what the batteries held at the start, W. */
	readonly initialW: Float64Array;
}

/**
 * Follows energy through the batteries to the load. Production in a step is of renewables and of generators in the
 * proportion in which they made it.
 */
export function servedBy(steps: SiteSteps): ServedBy {
	const flows = emptyFlows();
	const stores = steps.batteries.map(
		({ storedWh, finallyStoredWh }) => new StoredOrigins(storedWh[0] ?? finallyStoredWh),
	);
	const servedW: Mix = [0, 0, 0, 0];
	const initialW = new Float64Array(steps.count);
	const [given, charged, each]: [Mix, Mix, Mix] = [
		[0, 0, 0, 0],
		[0, 0, 0, 0],
		[0, 0, 0, 0],
	];
	for (let k = 0; k < steps.count; k++) {
		flowsOf(steps, k, flows);
		const fuelShare = fuelShareOf(steps, k);
		mixOfDischarge(steps, stores, k, { given, each });
		servedW[0] += flows.productionToLoadW * (1 - fuelShare);
		servedW[1] += flows.productionToLoadW * fuelShare;
		servedW[2] += flows.gridToLoadW;
		for (let i = 0; i < ORIGINS.length; i++)
			servedW[i] = (servedW[i] as number) + flows.batteryToLoadW * (given[i] as number);
		initialW[k] = flows.batteryToLoadW * given[3];
		const isCharged = mixOfCharge(flows, fuelShare, given, charged);
		steps.batteries.forEach((battery, i) => {
			const isCharging = (battery.powerW[k] as number) > 0 && isCharged;
			stores[i]?.hold(storedAfter(battery, k), isCharging ? charged : null);
		});
	}
	const kwh = kwhPerW(steps);
	const [renewable, generator, grid, initial] = servedW;
	return {
		kwh: {
			...{ renewable: renewable * kwh, generator: generator * kwh },
			...{ grid: grid * kwh, initial: initial * kwh },
		},
		initialLeftKwh: stores.reduce((sum, { initialWh }) => sum + initialWh, 0) / 1000,
		initialW,
	};
}

/** The share of a step's production that generators made. */
function fuelShareOf({ generatorW, productionW }: SiteSteps, k: number): number {
	const madeW = productionW[k] as number;
	return generatorW === null || madeW <= 0 ? 0 : Math.min(1, (generatorW[k] as number) / madeW);
}

/** The mix of all that batteries give in step k, by power. */
function mixOfDischarge(
	steps: SiteSteps,
	stores: readonly StoredOrigins[],
	k: number,
	{ given, each }: { given: Mix; each: Mix },
): void {
	given.fill(0);
	let sumW = 0;
	for (let b = 0; b < stores.length; b++) {
		const powerW = -(steps.batteries[b]?.powerW[k] as number);
		if (powerW <= 0) continue;
		sumW += powerW;
		stores[b]?.mix(each);
		for (let i = 0; i < given.length; i++)
			given[i] = (given[i] as number) + powerW * (each[i] as number);
	}
	if (sumW > 0) for (let i = 0; i < given.length; i++) given[i] = (given[i] as number) / sumW;
}

/** The mix of all that batteries are charged with. False: with nothing. */
function mixOfCharge(flows: Flows, fuelShare: number, given: Mix, charged: Mix): boolean {
	const { productionToBatteryW, gridToBatteryW, batteryToBatteryW } = flows;
	const sumW = productionToBatteryW + gridToBatteryW + batteryToBatteryW;
	if (sumW <= 0) return false;
	for (let i = 0; i < charged.length; i++)
		charged[i] = (batteryToBatteryW * (given[i] as number)) / sumW;
	charged[0] += (productionToBatteryW * (1 - fuelShare)) / sumW;
	charged[1] += (productionToBatteryW * fuelShare) / sumW;
	charged[2] += gridToBatteryW / sumW;
	return true;
}
