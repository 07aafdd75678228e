import { agrees } from '../../protocol/rounding.ts';
import type { RunMetadata } from '../../protocol/run-folder/metadata.ts';
import { type Consequences, consequencesOf } from '../accounting/consequential.ts';
import type { Bill } from '../accounting/cost.ts';
import type { CarbonLedger } from '../accounting/ledger.ts';
import type { ServedBy } from '../accounting/served-by.ts';
import type { VidurEnergyMetrics } from '../accounting/vidur-energy.ts';
import { accountsOf } from './accounts.ts';
import { type BatterySummary, summarizeBattery } from './battery-summary.ts';
import { fuelOf, type Reached } from './dispatch.ts';
import { type EnergySummary, summarizeEnergy } from './energy-summary.ts';
import { statusOf } from './metadata.ts';
import type { Run } from './run.ts';
import { type ServingEnergy, servingEnergyOf } from './serving-energy.ts';
import { type ServingSummary, summarizeServing } from './serving-summary.ts';

/** Emissions in g CO2eq. */
export interface EmissionSummary {
	/** What the demand would have emitted had the grid served it alone. */
	readonly grossG: number;
	/** What the imported energy emitted: scope 2, the headline. */
	readonly importG: number;
	/** What generators emitted: scope 1. */
	readonly generatorG: number;
	/** What the demand is to answer for: imports used at once, and what batteries that held grid energy gave. */
	readonly loadG: number;
	/** Carbon that the batteries hold at the end, and held at the start. */
	readonly storedG: number;
	readonly openingG: number;
	/** Share of making the GPUs: scope 3; NaN where it is not counted. */
	readonly embodiedG: number;
	/**
	 * Avoided by production used at once, by what batteries held when the run began, and by what they shifted
	 * (negative if they charged dirty).
	 */
	readonly avoidedBySolarG: number;
	readonly avoidedByInitialG: number;
	readonly avoidedByBatteryG: number;
	/** 1 - import / gross, percent. */
	readonly reduction: number;
	/** Not subtracted anywhere: what exports displaced, if one credits them. */
	readonly exportCreditG: number;
	readonly perRequestG: number;
	readonly perThousandTokensG: number;
	readonly meanIntensity: number;
	readonly minIntensity: number;
	readonly maxIntensity: number;
	/** Hours below the low and above the high threshold of the scenario; null without thresholds. */
	readonly thresholds: {
		readonly lowGPerKwh: number;
		readonly highGPerKwh: number;
		readonly lowHours: number;
		readonly highHours: number;
	} | null;
	/** average, marginal, or as the scenario calls it. */
	readonly kind: string;
}

/** The figures of a run. NaN stands for a figure that does not exist. */
export interface Summary {
	readonly status: ReturnType<typeof statusOf>;
	readonly durationS: number;
	readonly serving: ServingSummary | null;
	readonly energy: EnergySummary;
	/** What the load's energy and carbon were for; null where the run does not report it. */
	readonly servingEnergy: ServingEnergy | null;
	readonly emissions: EmissionSummary | null;
	/** Of the marginal signal beside an average one: consequences, never added to `emissions`; absent without. */
	readonly marginal?: Consequences;
	readonly batteries: readonly BatterySummary[];
	/** Hours during which a power cap was in force. */
	readonly capHours: number;
	/** USD; the energy is NaN without a price. */
	readonly bill: Bill;
	/** USD paid for fuel. */
	readonly fuelCostUsd: number;
	/** How much of what was possible the policy reached. */
	readonly hindsight: readonly Reached[];
	/** What the policy knew of each signal in advance; absent where it asked for nothing. */
	readonly forecasts?: Readonly<Record<string, string>>;
	/** Of a run that did not come to its end: up to when it is recorded, in simulated seconds, and why no further. */
	readonly ended?: { readonly untilS: number; readonly reason: string | null };
	/** Messages of others that were refused, and messages that came twice; absent where there were none. */
	readonly messages?: { readonly refused: number; readonly duplicates: number };
	/** The figures as Vidur-Energy counts, when asked for. */
	readonly vidurEnergy: VidurEnergyMetrics | null;
}

/** The figures of a run; of one with several sites those of the whole, and of each. */
export interface Reported extends Summary {
	readonly sites?: Readonly<Record<string, Summary>>;
}

/**
 * Import and export are counted apart, emissions
 * of imports at the intensity of their own step. The renewable share is of energy followed through the
 * batteries (accounting/served-by.ts).
 */
export function summarize(run: Run): Summary {
	const { steps } = run;
	const durationS = steps.count * steps.stepS;
	const serving = summarizeServing(run, durationS);
	const { carbon, bill, embodiedG, vidurEnergy, servedBy } = accountsOf(run);
	return {
		status: statusOf(run.metadata),
		durationS,
		serving,
		energy: summarizeEnergy(steps, servedBy),
		servingEnergy: servingEnergyOf(run, carbon),
		emissions:
			carbon === null ? null : summarizeEmissions(run, serving, { ...carbon, embodiedG, servedBy }),
		...(steps.marginal === null ? {} : { marginal: consequencesOf(steps, steps.marginal) }),
		batteries: steps.batteries.map((battery) => summarizeBattery(run, battery)),
		capHours: (steps.capW.filter((capW) => !Number.isNaN(capW)).length * steps.stepS) / 3600,
		bill,
		fuelCostUsd: fuelOf(run, ({ fuelUsdPerL }) => fuelUsdPerL),
		hindsight: [],
		...(run.metadata.gridbeat.forecasts ? { forecasts: run.metadata.gridbeat.forecasts } : {}),
		...endedOf(run.metadata),
		...messagesOf(run.metadata.gridbeat),
		vidurEnergy,
	};
}

/** Nothing of a run that completed, and of one that goes on. */
export function endedOf({ gridbeat }: RunMetadata): Pick<Summary, 'ended'> {
	const { status, reason, simulated_until_s: untilS } = gridbeat;
	if ((status !== 'failed' && status !== 'incomplete') || typeof untilS !== 'number') return {};
	return { ended: { untilS, reason: reason ?? null } };
}

/** What the run refused, which the whole and each of its sites report. */
export function messagesOf(metadata: Run['metadata']['gridbeat']): Pick<Summary, 'messages'> {
	const refused = metadata.refused_messages ?? 0;
	const duplicates = metadata.duplicate_messages ?? 0;
	return refused + duplicates > 0 ? { messages: { refused, duplicates } } : {};
}

function summarizeEmissions(
	run: Run,
	serving: ServingSummary | null,
	carbon: CarbonLedger & { readonly embodiedG: number; readonly servedBy: ServedBy },
): EmissionSummary {
	const { steps } = run;
	const intensity = steps.carbon as Float64Array;
	let [direct, initial, elsewhere] = [0, 0, 0];
	for (let i = 0; i < steps.count; i++) {
		const gPerKwh = intensity[i] as number;
		direct += Math.min(steps.loadW[i] as number, steps.productionW[i] as number) * gPerKwh;
		initial += (carbon.servedBy.initialW[i] as number) * gPerKwh;
		// Neither solar nor the battery avoided what a generator made or nobody served.
		elsewhere += (steps.unservedW[i] as number) * gPerKwh;
		for (const { powerW } of steps.generators) elsewhere += (powerW[i] as number) * gPerKwh;
	}
	const grams = steps.stepS / 3_600_000;
	const [avoidedBySolarG, avoidedByInitialG] = [direct * grams, initial * grams];
	const generatorG = 1000 * fuelOf(run, ({ co2KgPerL }) => co2KgPerL);
	const completed = serving?.completed ?? 0;
	const tokens = serving?.totalTokens ?? 0;
	const { importG, gridOnlyG } = carbon;
	const emittedG = importG + generatorG;
	const restG = gridOnlyG - importG - avoidedBySolarG - avoidedByInitialG - elsewhere * grams;
	return {
		grossG: gridOnlyG,
		importG,
		generatorG,
		loadG: carbon.loadG,
		storedG: carbon.closingG,
		openingG: carbon.openingG,
		embodiedG: carbon.embodiedG,
		avoidedBySolarG,
		avoidedByInitialG,
		// Of sums that were added up apart: where a battery shifted nothing, their rounding is left.
		avoidedByBatteryG: agrees(restG, 0, gridOnlyG + importG) ? 0 : restG,
		reduction: gridOnlyG > 0 ? 100 * (1 - emittedG / gridOnlyG) : Number.NaN,
		exportCreditG: carbon.exportCreditG,
		perRequestG: completed > 0 ? emittedG / completed : Number.NaN,
		perThousandTokensG: tokens > 0 ? (emittedG * 1000) / tokens : Number.NaN,
		meanIntensity: carbon.meanGPerKwh,
		minIntensity: carbon.minGPerKwh,
		maxIntensity: carbon.maxGPerKwh,
		thresholds: thresholdHours(run, intensity),
		kind: run.metadata.gridbeat.carbon_kind ?? 'of unnamed kind',
	};
}

function thresholdHours(run: Run, carbon: Float64Array): EmissionSummary['thresholds'] {
	const { thresholds } = run.metadata.gridbeat;
	if (thresholds === null || thresholds === undefined) return null;
	const { lowGPerKwh, highGPerKwh } = thresholds;
	const hours = (holds: (intensity: number) => boolean) =>
		(carbon.filter(holds).length * run.steps.stepS) / 3600;
	return {
		lowGPerKwh,
		highGPerKwh,
		lowHours: hours((intensity) => intensity < lowGPerKwh),
		highHours: hours((intensity) => intensity > highGPerKwh),
	};
}
