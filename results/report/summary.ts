import { distinct, type Remark } from '../../protocol/remark.ts';
import { agrees } from '../../protocol/rounding.ts';
import type { RunMetadata } from '../../protocol/run-folder/metadata.ts';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import type { EmissionSummary } from '../../protocol/run-folder/summary-energy.ts';
import type { ServingSummary } from '../../protocol/run-folder/summary-serving.ts';
import { consequencesOf } from '../accounting/consequential.ts';
import type { CarbonLedger } from '../accounting/ledger.ts';
import type { ServedBy } from '../accounting/served-by.ts';
import { accountsOf } from './accounts.ts';
import { summarizeBattery } from './battery-summary.ts';
import { fuelOf } from './dispatch.ts';
import { summarizeEnergy } from './energy-summary.ts';
import { rampsOf } from './grid-ramps.ts';
import { statusOf } from './metadata.ts';
import type { Run } from './run.ts';
import { servingEnergyOf } from './serving-energy.ts';
import { summarizeServing } from './serving-summary.ts';

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
		...rampsOf(run.metadata, steps),
		bill,
		fuelCostUsd: fuelOf(run, ({ fuelUsdPerL }) => fuelUsdPerL),
		hindsight: [],
		...(run.metadata.gridbeat.forecasts ? { forecasts: run.metadata.gridbeat.forecasts } : {}),
		...endedOf(run.metadata),
		...messagesOf(run.metadata.gridbeat),
		...recoveryOf(run.metadata.gridbeat),
		...remarksOf(run.metadata.gridbeat.remarks ?? []),
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

/** How often the run was set back, which the whole and each of its sites report. */
export function recoveryOf(metadata: Run['metadata']['gridbeat']): Pick<Summary, 'recovery'> {
	const setbacks = metadata.setbacks ?? 0;
	return setbacks > 0 ? { recovery: { setbacks, checkpoints: metadata.checkpoints ?? 0 } } : {};
}

/** What there is to say of the inputs of a run, or of all its sites. */
export function remarksOf(remarks: readonly Remark[]): Pick<Summary, 'remarks'> {
	return remarks.length === 0 ? {} : { remarks: distinct(remarks) };
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
