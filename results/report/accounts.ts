import { DateTime } from 'luxon';
import { type Bill, billOf } from '../accounting/cost.ts';
import { embodiedG } from '../accounting/embodied.ts';
import type { EnergyLedger } from '../accounting/ledger.ts';
import { type CarbonLedger, carbonLedger, energyLedger } from '../accounting/ledger.ts';
import { findGpuHardware } from '../accounting/regions.ts';
import { type ServedBy, servedBy } from '../accounting/served-by.ts';
import type { SiteSteps } from '../accounting/site-steps.ts';
import { type VidurEnergyMetrics, vidurEnergyMetrics } from '../accounting/vidur-energy.ts';
import { capacityWh } from './battery-capacity.ts';
import type { Accounting, RunMetadata } from './metadata.ts';
import type { Run, Steps } from './run.ts';
import type { LoadRates } from './step-energies.ts';

/** What accounting makes of a run; null where there is nothing to count. */
export interface Accounts {
	readonly energy: EnergyLedger;
	readonly servedBy: ServedBy;
	readonly carbon: CarbonLedger | null;
	readonly bill: Bill;
	/** Scope 3 of the GPUs over the run, g; NaN where it is not counted or not known. */
	readonly embodiedG: number;
	/** Vidur-Energy's figures, when asked for. */
	readonly vidurEnergy: VidurEnergyMetrics | null;
}

/** Of folders that do not say, such as Vessim's own. */
const NOTHING_ASKED: Accounting = {
	definitions: 'gridbeat',
	openingGPerKwh: 0,
	embodied: false,
	exportUsdPerKwh: null,
	demandUsdPerKw: null,
	demandIntervalS: 900,
	gpuUsdPerHour: null,
};

/** Books a run by its own accounting keys. */
export function accountsOf(run: Run): Accounts {
	const { steps, metadata } = run;
	const accounting = metadata.gridbeat.accounting ?? NOTHING_ASKED;
	const gpus = metadata.gridbeat.gpus ?? null;
	const site = siteSteps(steps);
	const hardware = gpus === null ? null : findGpuHardware(gpus.device);
	const heldS = steps.count * steps.stepS;
	const { carbon } = steps;
	return {
		energy: energyLedger(site),
		servedBy: servedBy(site),
		carbon: carbon === null ? null : carbonLedger(site, carbon, accounting.openingGPerKwh),
		bill: billOf(site, accounting, gpus?.count ?? 0, monthOf(run)),
		embodiedG:
			accounting.embodied && gpus !== null && hardware !== null
				? embodiedG(gpus.count, hardware.embodiedKg, hardware.lifetimeYears, heldS)
				: Number.NaN,
		vidurEnergy: accounting.definitions === 'vidur-energy' ? vidurEnergyOf(run) : null,
	};
}

/**
 * What each kWh of load answers for: the carbon and the cost of imports at the time of import, both followed through the
 * batteries to the load.
 */
export function loadRatesOf(steps: Steps, metadata: RunMetadata): LoadRates {
	const site = siteSteps(steps);
	const { openingGPerKwh } = metadata.gridbeat.accounting ?? NOTHING_ASKED;
	const { carbon, price } = steps;
	return {
		gPerKwh: carbon === null ? null : carbonLedger(site, carbon, openingGPerKwh).loadGPerKwh,
		// What a battery holds at the start was paid for before the run.
		usdPerKwh: price === null ? null : carbonLedger(site, price, 0).loadGPerKwh,
	};
}

/** Vidur-Energy's figures in its own definitions; null without a carbon signal. */
export function vidurEnergyOf({ steps, metadata }: Run): VidurEnergyMetrics | null {
	const { carbon } = steps;
	if (carbon === null) return null;
	const thresholds = metadata.gridbeat.thresholds ?? { lowGPerKwh: 100, highGPerKwh: 200 };
	return vidurEnergyMetrics(siteSteps(steps), carbon, thresholds, capacitiesWh(steps));
}

/** Vidur-Energy's figures of a run without a carbon signal: those of its emissions are 0 or NaN. */
export function vidurEnergyWithoutCarbon({ steps }: Run): VidurEnergyMetrics {
	const none = { lowGPerKwh: 0, highGPerKwh: 0 };
	const intensity = new Float64Array(steps.count);
	return vidurEnergyMetrics(siteSteps(steps), intensity, none, capacitiesWh(steps));
}

function capacitiesWh({ batteries }: Steps): number {
	return batteries.reduce((sum, battery) => sum + capacityWh(battery), 0);
}

function siteSteps(steps: Steps): SiteSteps {
	const powers = steps.batteries.map(({ powerW }) => powerW);
	const known = powers.every((powerW) => powerW !== null);
	return {
		count: steps.count,
		stepS: steps.stepS,
		loadW: steps.loadW,
		...productionOf(steps),
		gridW: steps.gridW,
		curtailedW: steps.curtailedW,
		batteries: steps.batteries.map(({ name, storedWh, powerW }, i) => {
			// Without a column for each battery the first has to stand for all.
			const all = i === 0 ? steps.batteryW : new Float64Array(steps.count);
			const flow = known ? (powerW ?? all) : all;
			return {
				name,
				powerW: flow,
				storedWh,
				finallyStoredWh: finallyStored(steps, storedWh, flow),
			};
		}),
		averageGPerKwh: null,
		marginalGPerKwh: null,
		priceUsdPerKwh: steps.price,
	};
}

/** To the books a generator is production like any other; what it emits is counted by its fuel. */
function productionOf({
	productionW,
	generators,
}: Steps): Pick<SiteSteps, 'productionW' | 'generatorW'> {
	if (generators.length === 0) return { productionW, generatorW: null };
	const generatorW = productionW.map((_, i) =>
		generators.reduce((sum, { powerW }) => sum + (powerW[i] as number), 0),
	);
	return {
		productionW: productionW.map((made, i) => made + (generatorW[i] as number)),
		generatorW,
	};
}

/** No row tells what the last step left; its power does, but for the losses of one step. */
function finallyStored(steps: Steps, storedWh: Float64Array, powerW: Float64Array): number {
	const last = steps.count - 1;
	const wh = (storedWh[last] ?? 0) + ((powerW[last] ?? 0) * steps.stepS) / 3600;
	return Math.max(0, wh);
}

/** Billing periods are months of the location. */
function monthOf({ steps, metadata }: Run): (step: number) => number {
	const zone = metadata.gridbeat.timezone ?? 'UTC';
	return (step) => {
		const at = DateTime.fromSeconds(steps.startS[step] as number, { zone });
		return at.year * 12 + at.month;
	};
}
