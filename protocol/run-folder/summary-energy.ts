import * as z from 'zod';
import { COUNT, figure } from './figures.ts';

const energies = z.strictObject({
	loadKwh: figure('kWh', 'demand'),
	productionKwh: figure('kWh', 'of all plants'),
	importKwh: figure('kWh', 'from the grid'),
	exportKwh: figure('kWh', 'into the grid'),
	chargedKwh: figure('kWh', 'into batteries, at their terminals'),
	dischargedKwh: figure('kWh', 'out of them'),
	curtailedKwh: figure('kWh', 'surplus that went nowhere'),
	generatorKwh: figure('kWh', 'made by generators'),
	unservedKwh: figure('kWh', 'demand that was not served'),
	directKwh: figure('kWh', 'production used in the very step in which it was made'),
	servedByRenewablesKwh: figure(
		'kWh',
		'demand that was served by renewables in the first place, at once or through batteries',
	),
	servedByGeneratorsKwh: figure('kWh', 'by generators'),
	servedByGridKwh: figure('kWh', 'by the grid'),
	servedByInitialKwh: figure('kWh', 'by what batteries held when the run began'),
	initialLeftKwh: figure('kWh', 'of that, still stored at its end'),
	renewableShare: figure('%', 'served by renewables over the served demand'),
	initialShare: figure('%', 'served by the initial charge over the served demand'),
	selfSufficiency: figure('%', '1 - (import + generators) / served demand, never below 0'),
	selfConsumption: figure('%', 'share of production neither exported nor curtailed'),
});
/** Energies of the run, each at least 0. */
export type EnergySummary = Readonly<z.infer<typeof energies>>;
/** With what each kind of plant made, by names of the kinds that are there. */
export const EnergySummary: z.ZodType<EnergySummary> = energies.catchall(
	figure('kWh', 'of the production, what a kind of plant made, such as `windKwh`'),
);

/** Of what measured no energy: none of the figures exists. */
export function noEnergy(): EnergySummary {
	const names = Object.keys(energies.shape);
	return Object.fromEntries(names.map((name) => [name, Number.NaN])) as EnergySummary;
}

export const EmissionSummary = z.strictObject({
	grossG: figure('gCO2eq', 'what the demand would have emitted had the grid served it alone'),
	importG: figure('gCO2eq', 'of imports: scope 2, the headline'),
	generatorG: figure('gCO2eq', 'of generators: scope 1'),
	loadG: figure(
		'gCO2eq',
		'what the demand is to answer for: imports used at once, and what batteries that held grid energy gave',
	),
	storedG: figure('gCO2eq', 'held by the batteries at the end'),
	openingG: figure('gCO2eq', 'held by them at the start'),
	embodiedG: figure('gCO2eq', 'share of making the GPUs: scope 3'),
	avoidedBySolarG: figure('gCO2eq', 'avoided by production used at once'),
	avoidedByInitialG: figure('gCO2eq', 'avoided by what batteries held when the run began'),
	avoidedByBatteryG: figure(
		'gCO2eq',
		'avoided by what they shifted; negative if they charged dirty',
	),
	reduction: figure('%', '1 - (imports + generators) / gross'),
	exportCreditG: figure('gCO2eq', 'what exports displaced; subtracted nowhere'),
	perRequestG: figure('gCO2eq', 'imports and generators over completed requests'),
	perThousandTokensG: figure('gCO2eq', 'the same over thousands of their tokens'),
	meanIntensity: figure('gCO2eq/kWh', 'mean of the signal over time'),
	minIntensity: figure('gCO2eq/kWh', 'least'),
	maxIntensity: figure('gCO2eq/kWh', 'greatest'),
	thresholds: z
		.strictObject({
			lowGPerKwh: figure('gCO2eq/kWh', 'low threshold'),
			highGPerKwh: figure('gCO2eq/kWh', 'high threshold'),
			lowHours: figure('h', 'below the low one'),
			highHours: figure('h', 'above the high one'),
		})
		.nullable()
		.describe('how long the intensity was beyond those of the scenario; null without'),
	kind: z.string().describe('of intensity: average, marginal, or as the scenario calls it'),
});
export type EmissionSummary = Readonly<z.infer<typeof EmissionSummary>>;

/** What a site's draw changed on its grid: energies times the marginal intensity of their step. */
export const Consequences = z.strictObject({
	importG: figure('gCO2eq', 'imports times the marginal intensity of their step'),
	grossG: figure('gCO2eq', 'demand times it: had the grid served it all'),
	avoidedG: figure('gCO2eq', 'gross less imports'),
	reduction: figure('%', 'that of gross'),
	exportG: figure('gCO2eq', 'what exports displaced; in no other figure'),
	meanGPerKwh: figure('gCO2eq/kWh', 'mean of the signal over time'),
	minGPerKwh: figure('gCO2eq/kWh', 'least'),
	maxGPerKwh: figure('gCO2eq/kWh', 'greatest'),
});
export type Consequences = Readonly<z.infer<typeof Consequences>>;

/** What a run did to a battery. */
const Degradation = z.strictObject({
	fadePercent: figure('%', 'capacity lost during the run, of the new battery’s'),
	cycleSharePercent: figure('%', 'share of the stress from cycles and not from the calendar'),
	lifeUsedPercent: figure('%', 'stress of the run as a share of that up to the end of life'),
	costUsd: figure('USD', 'that share of the price of replacing it'),
	cycles: figure(COUNT, 'by rainflow counting, halves included, whatever their depth'),
	deepestPercent: figure('%', 'depth of the deepest'),
});

/** Figures of one battery over the run. */
export const BatterySummary = z.strictObject({
	name: z.string().describe('of the battery'),
	meanSoc: figure('%', 'mean state of charge'),
	lastSoc: figure('%', 'state of charge in the last step'),
	fullCycles: figure(COUNT, 'half the sum of changes of the state of charge'),
	degradation: Degradation.nullable().describe('how it aged; null unless the scenario has it'),
	capacityEndWh: figure(
		'Wh',
		'of a battery that wore out during the run, at its end',
	).exactOptional(),
});
export type BatterySummary = Readonly<z.infer<typeof BatterySummary>>;

export const Bill = z.strictObject({
	energyUsd: figure('USD', 'imports at their price; NaN without one'),
	exportUsd: figure('USD', 'what exports are paid'),
	demandUsd: figure('USD', 'demand charge'),
	fixedUsd: figure('USD', 'fixed charge'),
	tierUsd: figure('USD', 'what imports cost beside their price by tiers'),
	peakImportW: figure('W', 'highest mean import over an interval of the demand charge'),
	gpuUsd: figure('USD', 'GPU-hours'),
});
export type Bill = Readonly<z.infer<typeof Bill>>;

/** A policy against the best dispatch in hindsight, for one goal. */
export const Reached = z.strictObject({
	goal: z.enum(['emissions', 'marginal', 'cost']).describe('what was to be least'),
	baseline: figure('', 'gCO2eq or USD of the run without a battery'),
	actual: figure('', 'of this run'),
	optimum: figure('', 'of the best dispatch'),
	reached: figure(
		'%',
		'(baseline - actual) / (baseline - optimum); NaN where nothing was to be gained',
	),
	isLoose: z
		.literal(true)
		.describe('the optimum may be out of reach: too many steps to decide each for itself')
		.exactOptional(),
});
export type Reached = Readonly<z.infer<typeof Reached>>;

/**
 * The definitions of Vidur-Energy (arXiv 2507.11417), oddities kept, so that its published figures can be set
 * beside ours line by line. What is wrong with each is said in docs/vidur-energy-differences.md.
 */
export const VidurEnergyMetrics = z.strictObject({
	chargingPercent: figure('%', 'share of steps with a higher charge level than the step before'),
	dischargingPercent: figure('%', 'with a lower one'),
	idlePercent: figure('%', 'with the same'),
	grossG: figure('gCO2eq', 'demand times intensity'),
	offsetG: figure('gCO2eq', 'all solar production, exports too, times intensity'),
	netG: figure('gCO2eq', 'gross less offset'),
	offsetPercent: figure('%', 'offset of gross'),
	meanGPerKwh: figure('gCO2eq/kWh', 'mean intensity'),
	maxGPerKwh: figure('gCO2eq/kWh', 'greatest'),
	minGPerKwh: figure('gCO2eq/kWh', 'least'),
	lowCarbonHours: figure('h', 'below the low threshold'),
	highCarbonHours: figure('h', 'above the high one'),
	demandKwh: figure('kWh', 'demand'),
	solarKwh: figure('kWh', 'production'),
	gridKwh: figure('kWh', 'imports and exports netted against each other'),
	renewablePenetrationPercent: figure('%', 'production over demand'),
	gridDependencyPercent: figure('%', 'of the grid over demand'),
	meanSocPercent: figure('%', 'mean state of charge'),
	hoursBelowHalf: figure('h', 'with the batteries below 50 %'),
	hoursAbove80: figure('h', 'with them above 80 %'),
	fullCycles: figure(COUNT, 'full cycles of the batteries'),
});
export type VidurEnergyMetrics = Readonly<z.infer<typeof VidurEnergyMetrics>>;
