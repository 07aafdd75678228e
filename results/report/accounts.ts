import { DateTime } from 'luxon';
import type { Accounting } from '../../protocol/run-folder/metadata.ts';
import type { Bill, VidurEnergyMetrics } from '../../protocol/run-folder/summary-energy.ts';
import { Thresholds } from '../../protocol/scenario/accounting.ts';
import { billOf, type Calendar } from '../accounting/cost.ts';
import { embodiedG } from '../accounting/embodied.ts';
import type { EnergyLedger } from '../accounting/ledger.ts';
import { type CarbonLedger, carbonLedger, energyLedger } from '../accounting/ledger.ts';
import { findGpuHardware } from '../accounting/regions.ts';
import { type ServedBy, servedBy } from '../accounting/served-by.ts';
import { vidurEnergyMetrics } from '../accounting/vidur-energy.ts';
import { capacityWh } from './battery-capacity.ts';
import { siteSteps } from './booked-steps.ts';
import type { Run } from './run.ts';
import type { Steps } from './steps.ts';

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
	...{ demandRatchet: null, fixedUsdPerMonth: null, tiers: [] },
	gpuUsdPerHour: null,
};

/** Books a run by its own accounting keys. */
export function accountsOf(run: Run): Accounts {
	const { steps, metadata } = run;
	const accounting = metadata.gridbeat.accounting ?? NOTHING_ASKED;
	const { demandRatchet = null, fixedUsdPerMonth = null, tiers = [] } = accounting;
	const tariff = { ...accounting, demandRatchet, fixedUsdPerMonth, tiers };
	const gpus = metadata.gridbeat.gpus ?? null;
	const site = siteSteps(steps);
	const hardware = gpus === null ? null : findGpuHardware(gpus.device);
	const heldS = steps.count * steps.stepS;
	const { carbon } = steps;
	return {
		energy: energyLedger(site),
		servedBy: servedBy(site),
		carbon: carbon === null ? null : carbonLedger(site, carbon, accounting.openingGPerKwh),
		bill: billOf(site, tariff, gpus?.count ?? 0, calendarOf(run)),
		embodiedG:
			accounting.embodied && gpus !== null && hardware !== null
				? embodiedG(gpus.count, hardware.embodiedKg, hardware.lifetimeYears, heldS)
				: Number.NaN,
		vidurEnergy: accounting.definitions === 'vidur-energy' ? vidurEnergyOf(run) : null,
	};
}

/** Vidur-Energy's figures in its own definitions; null without a carbon signal. */
export function vidurEnergyOf({ steps, metadata }: Run): VidurEnergyMetrics | null {
	const { carbon } = steps;
	if (carbon === null) return null;
	const thresholds = metadata.gridbeat.thresholds ?? Thresholds.parse({});
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

/** Billing periods are months of the location. */
function calendarOf({ steps, metadata }: Run): Calendar {
	const zone = metadata.gridbeat.timezone ?? 'UTC';
	const at = (step: number) => DateTime.fromSeconds(steps.startS[step] as number, { zone });
	return {
		periodOf: (step) => {
			const { year, month } = at(step);
			return year * 12 + month;
		},
		periodS: (step) => {
			const from = at(step).startOf('month');
			return from.plus({ months: 1 }).diff(from, 'seconds').seconds;
		},
	};
}
