import { join } from 'node:path';
import type { RunMetadata } from '../../protocol/run-folder/metadata.ts';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import type {
	Consequences,
	EmissionSummary,
	EnergySummary,
} from '../../protocol/run-folder/summary-energy.ts';
import type {
	LoadParts,
	ServingEnergy,
	ServingSummary,
} from '../../protocol/run-folder/summary-serving.ts';
import { sumOfBands } from './curve-band.ts';
import { sharesOf } from './energy-summary.ts';
import { totalRamps } from './grid-ramps.ts';
import { readMetadata, statusOf } from './metadata.ts';
import { partOf, partsOf } from './producers.ts';
import { type Requests, type Run, readRun } from './run.ts';
import { ofRequests, quantiles, totalFates } from './serving-summary.ts';
import { endedOf, messagesOf, recoveryOf, remarksOf, summarize } from './summary.ts';

/** A site of a run with its own figures. */
export interface SiteRun {
	readonly name: string;
	readonly run: Run;
	readonly summary: Summary;
}

/** A run with several sites, read. */
export interface SitesRun {
	readonly folder: string;
	readonly metadata: RunMetadata;
	readonly sites: readonly SiteRun[];
}

/** Names of the sites of a run folder; none where it has one site, whose files are in the folder itself. */
export function siteNamesOf(metadata: RunMetadata): readonly string[] {
	return metadata.gridbeat.sites ?? [];
}

/** @throws ConfigError if the folder, or that of a site, is no run folder */
export async function readSites(folder: string): Promise<SitesRun> {
	const metadata = readMetadata(folder);
	const sites: SiteRun[] = [];
	for (const name of siteNamesOf(metadata)) {
		const run = await readRun(join(folder, 'sites', name), folder);
		sites.push({ name, run, summary: summarize(run) });
	}
	return { folder, metadata, sites };
}

/** The figures of a run folder, of one site or several, without those of the best dispatch in hindsight. */
export async function summaryOf(folder: string): Promise<Summary> {
	if (siteNamesOf(readMetadata(folder)).length === 0) return summarize(await readRun(folder));
	return totalOf(await readSites(folder));
}

/** The figures of all sites together: sums, and shares and quantiles of the whole. */
export function totalOf({ metadata, sites }: SitesRun): Summary {
	const parts = sites.map(({ summary }) => summary);
	const durationS = Math.max(...parts.map((part) => part.durationS));
	const serving = totalServing(sites, durationS);
	const add = (of: (part: Summary) => number) => parts.reduce((sum, part) => sum + of(part), 0);
	return {
		status: statusOf(metadata),
		durationS,
		serving,
		energy: totalEnergy(parts),
		emissions: totalEmissions(parts, serving),
		...totalConsequences(parts),
		batteries: parts.flatMap(({ batteries }) => batteries),
		capHours: Math.max(...parts.map(({ capHours }) => capHours)),
		...totalRamps(parts),
		bill: {
			energyUsd: add(({ bill }) => bill.energyUsd),
			exportUsd: add(({ bill }) => bill.exportUsd),
			demandUsd: add(({ bill }) => bill.demandUsd),
			fixedUsd: add(({ bill }) => bill.fixedUsd),
			tierUsd: add(({ bill }) => bill.tierUsd),
			peakImportW: add(({ bill }) => bill.peakImportW),
			gpuUsd: add(({ bill }) => bill.gpuUsd),
		},
		fuelCostUsd: add(({ fuelCostUsd }) => fuelCostUsd),
		hindsight: [],
		...messagesOf(metadata.gridbeat),
		...recoveryOf(metadata.gridbeat),
		...remarksOf(parts.flatMap(({ remarks }) => remarks ?? [])),
		...endedOf(metadata),
		servingEnergy: totalServingEnergy(sites),
		vidurEnergy: null,
	};
}

/** Sums over the sites; null unless each reports what its energy was for. Carbon of single requests is in the sites. */
function totalServingEnergy(sites: readonly SiteRun[]): ServingEnergy | null {
	const parts = sites.flatMap(({ summary }) => summary.servingEnergy ?? []);
	if (parts.length === 0 || parts.length < sites.length) return null;
	const runs = sites.flatMap(({ run }) => run.requests ?? []);
	const { prefillWh, decodeWh, prefillTokens, decodeTokens } = joined(runs);
	const carbon = parts.flatMap(({ carbonG }) => carbonG ?? []);
	const add = (of: (part: ServingEnergy) => number) =>
		parts.reduce((sum, part) => sum + of(part), 0);
	const perTokenJ = (wh: Float64Array | null, tokens: Float64Array) =>
		wh === null ? Number.NaN : (3600 * total(wh)) / total(tokens);
	const isKnown = runs.length === sites.length && prefillWh !== null && decodeWh !== null;
	return {
		kwh: sumOfParts(parts.map(({ kwh }) => kwh)),
		carbonG: carbon.length < parts.length ? null : sumOfParts(carbon),
		sleepKwh: add(({ sleepKwh }) => sleepKwh),
		inFlightPrefillWh: add(({ inFlightPrefillWh }) => inFlightPrefillWh),
		inFlightDecodeWh: add(({ inFlightDecodeWh }) => inFlightDecodeWh),
		curve: sumOfBands(parts.flatMap(({ curve }) => curve ?? [])),
		requestWh: isKnown ? quantiles(prefillWh.map((wh, i) => wh + (decodeWh[i] as number))) : null,
		requestG: null,
		perPromptTokenJ: isKnown ? perTokenJ(prefillWh, prefillTokens) : Number.NaN,
		perOutputTokenJ: isKnown ? perTokenJ(decodeWh, decodeTokens) : Number.NaN,
		replicas: parts.flatMap(({ replicas }) => replicas),
	};
}

function sumOfParts(parts: readonly LoadParts[]): LoadParts {
	const add = (of: (part: LoadParts) => number) => parts.reduce((sum, part) => sum + of(part), 0);
	return {
		prefill: add(({ prefill }) => prefill),
		decode: add(({ decode }) => decode),
		idle: add(({ idle }) => idle),
		hosts: add(({ hosts }) => hosts),
		overhead: add(({ overhead }) => overhead),
		other: add(({ other }) => other),
	};
}

function total(values: Float64Array): number {
	return values.reduce((sum, value) => sum + value, 0);
}

/** Nothing unless every site has a marginal signal. */
function totalConsequences(parts: readonly Summary[]): Pick<Summary, 'marginal'> {
	const all = parts.flatMap(({ marginal }) => marginal ?? []);
	if (all.length === 0 || all.length < parts.length) return {};
	const add = (of: (one: Consequences) => number) => all.reduce((sum, one) => sum + of(one), 0);
	const [importG, grossG] = [add((one) => one.importG), add((one) => one.grossG)];
	return {
		marginal: {
			...{ importG, grossG, avoidedG: grossG - importG },
			reduction: grossG > 0 ? 100 * (1 - importG / grossG) : Number.NaN,
			exportG: add((one) => one.exportG),
			meanGPerKwh: add((one) => one.meanGPerKwh) / all.length,
			minGPerKwh: Math.min(...all.map((one) => one.minGPerKwh)),
			maxGPerKwh: Math.max(...all.map((one) => one.maxGPerKwh)),
		},
	};
}

function totalServing(sites: readonly SiteRun[], durationS: number): ServingSummary | null {
	const runs = sites.flatMap(({ run }) => (run.requests === null ? [] : [run.requests]));
	// Quantiles of parts do not give those of the whole.
	if (runs.length === 0 || sites.some(({ run }) => run.quantiles !== null)) return null;
	const servings = sites.flatMap(({ summary }) => summary.serving ?? []);
	return { ...totalFates(servings), ...ofRequests(joined(runs), durationS) };
}

function joined(runs: readonly Requests[]): Requests {
	const count = runs.reduce((sum, run) => sum + run.count, 0);
	const all = (of: (run: Requests) => Float64Array | null): Float64Array | null => {
		const columns = runs.map(of);
		const whole = new Float64Array(count);
		let at = 0;
		for (const [i, column] of columns.entries()) {
			if (column === null) return null;
			whole.set(column.subarray(0, runs[i]?.count), at);
			at += runs[i]?.count ?? 0;
		}
		return whole;
	};
	const given = (of: (run: Requests) => Float64Array) => all(of) as Float64Array;
	return {
		count,
		arrivedS: given((run) => run.arrivedS),
		e2eS: given((run) => run.e2eS),
		ttftS: given((run) => run.ttftS),
		prefillTokens: given((run) => run.prefillTokens),
		decodeTokens: given((run) => run.decodeTokens),
		restarts: given((run) => run.restarts),
		cachedTokens: all((run) => run.cachedTokens),
		transferS: all((run) => run.transferS),
		prefillWh: all((run) => run.prefillWh),
		decodeWh: all((run) => run.decodeWh),
	};
}

function totalEnergy(parts: readonly Summary[]): EnergySummary {
	const total = (of: (energy: EnergySummary) => number) => {
		const known = parts.map(({ energy }) => of(energy)).filter((value) => !Number.isNaN(value));
		return known.length === 0 ? Number.NaN : known.reduce((sum, value) => sum + value, 0);
	};
	const add = (key: keyof EnergySummary) => total((energy) => energy[key]);
	const [loadKwh, productionKwh] = [add('loadKwh'), add('productionKwh')];
	const [importKwh, exportKwh] = [add('importKwh'), add('exportKwh')];
	const [generatorKwh, unservedKwh] = [add('generatorKwh'), add('unservedKwh')];
	const curtailedKwh = add('curtailedKwh');
	const [renewablesKwh, initialKwh] = [add('servedByRenewablesKwh'), add('servedByInitialKwh')];
	const left = exportKwh + curtailedKwh;
	return {
		...{ loadKwh, productionKwh, importKwh, exportKwh, generatorKwh, unservedKwh, curtailedKwh },
		...partsOf((kind) => total((energy) => partOf(energy, kind))),
		chargedKwh: add('chargedKwh'),
		dischargedKwh: add('dischargedKwh'),
		directKwh: add('directKwh'),
		servedByRenewablesKwh: renewablesKwh,
		servedByGeneratorsKwh: add('servedByGeneratorsKwh'),
		servedByGridKwh: add('servedByGridKwh'),
		servedByInitialKwh: initialKwh,
		initialLeftKwh: add('initialLeftKwh'),
		...sharesOf({
			servedKwh: loadKwh - unservedKwh,
			...{ renewablesKwh, initialKwh },
			othersKwh: importKwh + generatorKwh,
		}),
		selfConsumption: productionKwh > 0 ? 100 * (1 - left / productionKwh) : Number.NaN,
	};
}

/** Null unless every site has a carbon signal: a sum over some of them would stand for all. */
function totalEmissions(
	parts: readonly Summary[],
	serving: ServingSummary | null,
): EmissionSummary | null {
	const emissions = parts.flatMap((part) => part.emissions ?? []);
	const [first] = emissions;
	if (first === undefined || emissions.length < parts.length) return null;
	const add = (of: (one: EmissionSummary) => number) =>
		emissions.reduce((sum, one) => sum + of(one), 0);
	const [grossG, importG] = [add((one) => one.grossG), add((one) => one.importG)];
	const generatorG = add((one) => one.generatorG);
	const emittedG = importG + generatorG;
	const [requests, tokens] = [serving?.completed ?? 0, serving?.totalTokens ?? 0];
	const kinds = [...new Set(emissions.map(({ kind }) => kind))];
	return {
		...{ grossG, importG, generatorG },
		loadG: add((one) => one.loadG),
		storedG: add((one) => one.storedG),
		openingG: add((one) => one.openingG),
		embodiedG: add((one) => one.embodiedG),
		avoidedBySolarG: add((one) => one.avoidedBySolarG),
		avoidedByInitialG: add((one) => one.avoidedByInitialG),
		avoidedByBatteryG: add((one) => one.avoidedByBatteryG),
		reduction: grossG > 0 ? 100 * (1 - emittedG / grossG) : Number.NaN,
		exportCreditG: add((one) => one.exportCreditG),
		perRequestG: requests > 0 ? emittedG / requests : Number.NaN,
		perThousandTokensG: tokens > 0 ? (emittedG * 1000) / tokens : Number.NaN,
		meanIntensity: add((one) => one.meanIntensity) / emissions.length,
		minIntensity: Math.min(...emissions.map((one) => one.minIntensity)),
		maxIntensity: Math.max(...emissions.map((one) => one.maxIntensity)),
		thresholds: null,
		kind: kinds.length === 1 ? first.kind : `${kinds.join(' and ')}, mixed`,
	};
}
