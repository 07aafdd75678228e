import type { EnergySummary } from '../../protocol/run-folder/summary-energy.ts';
import type { ServedBy } from '../accounting/served-by.ts';
import { partsOf } from './producers.ts';
import type { Steps } from './steps.ts';

/** @param served what served the load, by where its energy was from */
export function summarizeEnergy(steps: Steps, served: ServedBy): EnergySummary {
	let [loadW, productionW, importW, exportW] = [0, 0, 0, 0];
	let [chargeW, dischargeW, curtailedW, directW] = [0, 0, 0, 0];
	const powers = steps.batteries.map(({ powerW }) => powerW);
	// With a column for each battery, one charging another shows; otherwise their sum has to do.
	const flows = powers.length > 0 && powers.every((p) => p !== null) ? powers : [steps.batteryW];
	for (let i = 0; i < steps.count; i++) {
		const gridW = steps.gridW[i] as number;
		loadW += steps.loadW[i] as number;
		productionW += steps.productionW[i] as number;
		importW += Math.max(0, -gridW);
		exportW += Math.max(0, gridW);
		curtailedW += steps.curtailedW[i] as number;
		directW += Math.min(steps.loadW[i] as number, steps.productionW[i] as number);
		for (const flow of flows) {
			chargeW += Math.max(0, flow[i] as number);
			dischargeW += Math.max(0, -(flow[i] as number));
		}
	}
	const kwh = steps.stepS / 3_600_000;
	const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
	const unservedW = sum(steps.unservedW);
	const generatorW = steps.generators.reduce((total, { powerW }) => total + sum(powerW), 0);
	return {
		loadKwh: loadW * kwh,
		productionKwh: productionW * kwh,
		...partsOf((kind) => {
			const found = steps.producers.find((one) => one.kind === kind);
			return found === undefined ? Number.NaN : kwh * sum(found.powerW);
		}),
		importKwh: importW * kwh,
		exportKwh: exportW * kwh,
		chargedKwh: chargeW * kwh,
		dischargedKwh: dischargeW * kwh,
		curtailedKwh: curtailedW * kwh,
		generatorKwh: generatorW * kwh,
		unservedKwh: unservedW * kwh,
		directKwh: directW * kwh,
		servedByRenewablesKwh: served.kwh.renewable,
		servedByGeneratorsKwh: served.kwh.generator,
		servedByGridKwh: served.kwh.grid,
		servedByInitialKwh: served.kwh.initial,
		initialLeftKwh: served.initialLeftKwh,
		...sharesOf({
			servedKwh: (loadW - unservedW) * kwh,
			renewablesKwh: served.kwh.renewable,
			initialKwh: served.kwh.initial,
			othersKwh: (importW + generatorW) * kwh,
		}),
		selfConsumption:
			productionW > 0 ? 100 * (1 - (exportW + curtailedW) / productionW) : Number.NaN,
	};
}

/** Shares of the demand that was served, percent; NaN if none was. */
export function sharesOf(of: {
	readonly servedKwh: number;
	readonly renewablesKwh: number;
	readonly initialKwh: number;
	/** Imports and generators. */
	readonly othersKwh: number;
}): Pick<EnergySummary, 'renewableShare' | 'initialShare' | 'selfSufficiency'> {
	const { servedKwh, renewablesKwh, initialKwh, othersKwh } = of;
	const share = (kwh: number) => (servedKwh > 0 ? (100 * kwh) / servedKwh : Number.NaN);
	return {
		renewableShare: share(renewablesKwh),
		initialShare: share(initialKwh),
		selfSufficiency: Math.max(0, share(servedKwh - othersKwh)),
	};
}
