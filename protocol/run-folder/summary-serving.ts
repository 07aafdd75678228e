import * as z from 'zod';
import { COUNT, figure, inUnit, Quantiles } from './figures.ts';

/** Where the requests of a run are at its end; all but `arrived` add up to it. NaN where the run does not report it. */
const fates = {
	arrived: figure(COUNT, 'requests that came'),
	completed: figure(COUNT, 'were answered'),
	waiting: figure(COUNT, 'wait for their first batch, or for room after an eviction'),
	running: figure(COUNT, 'are being answered'),
	rejected: figure(COUNT, 'could never have been served'),
	underway: figure(COUNT, 'are between two replicas, or on the network'),
};
const Fates = z.strictObject(fates);
export type FinalFates = Readonly<z.infer<typeof Fates>>;

/** Requests that were not sent as their source has them. */
const changes = {
	shortened: figure(COUNT, 'requests that lost tokens to fit the longest request').exactOptional(),
	tokensCut: figure('tokens', 'what they lost').exactOptional(),
	lengthened: figure(COUNT, 'prompts and answers of 0 tokens, which count as 1').exactOptional(),
	leftOut: figure(COUNT, 'requests that were left out, and did not arrive').exactOptional(),
};
const Changes = z.strictObject(changes);
export type RequestChanges = Readonly<Required<z.infer<typeof Changes>>>;

/** Latencies are of the completed requests alone. */
export const ServingSummary = z.strictObject({
	...fates,
	...changes,
	ttftS: inUnit(Quantiles, 's', 'from arrival to the first token, of completed requests'),
	e2eS: inUnit(Quantiles, 's', 'from arrival to the last token, of completed requests'),
	meanTbtS: figure('s', 'mean time between output tokens after the first, over all such tokens'),
	requestsPerS: figure('requests/s', 'completed requests over the length of the run'),
	outputTokensPerS: figure('tokens/s', 'their output tokens over the length of the run'),
	totalTokens: figure('tokens', 'their prompt and output tokens'),
	restarts: figure(COUNT, 'how often they lost their KV blocks and began anew'),
	cachedShare: figure(
		'%',
		'of the prompt tokens, what prefix caches had; absent without them',
	).exactOptional(),
	transferS: inUnit(
		Quantiles,
		's',
		'from the end of a prompt to the arrival of its KV cache in the decode pool; absent without one',
	).exactOptional(),
});
export type ServingSummary = Readonly<z.infer<typeof ServingSummary>>;

/** Energy or carbon of the load, by what it was for. The parts add up to the load's. */
const loadParts = (unit: string) =>
	z.strictObject({
		prefill: figure(unit, 'of all GPUs, with a request’s prompt in the batch'),
		decode: figure(unit, 'with its answer in the batch'),
		idle: figure(unit, 'of GPUs without a batch, asleep or not'),
		hosts: figure(unit, 'of servers around the GPUs, and their network'),
		overhead: figure(unit, 'what the facility adds to its GPUs and servers'),
		other: figure(unit, 'of loads beside the replicas'),
	});
export type LoadParts = Readonly<z.infer<ReturnType<typeof loadParts>>>;

/**
 * What would have been imported with such a demand, had production and caps been as they were. NaN on an island, or without
 * the signal.
 */
const BandEnd = z.strictObject({
	importKwh: figure('kWh', 'imports with that demand, had production and caps been as they were'),
	importG: figure('gCO2eq', 'their emissions'),
	grossG: figure('gCO2eq', 'emissions had the grid served all'),
	energyUsd: figure('USD', 'what those imports cost'),
});
export type BandEnd = Readonly<z.infer<typeof BandEnd>>;

/**
 * What the demand would be if its GPUs drew as little, and as much, as measured ones have been found to draw against their
 * power curve, at the same times of work. NaN where no measurement of the device is known, or there is no carbon signal.
 */
export const CurveBand = z.strictObject({
	curve: z.string().describe('the power curve'),
	lowKwh: figure('kWh', 'the least that the demand may be'),
	highKwh: figure('kWh', 'the most'),
	lowPercent: figure('%', 'the least against the demand'),
	highPercent: figure('%', 'the most against it'),
	lowG: figure('gCO2eq', 'emissions of the least, at the mix that served each step'),
	highG: figure('gCO2eq', 'emissions of the most'),
	low: BandEnd.describe('what follows of the least for the grid; NaN on an island'),
	high: BandEnd.describe('what follows of the most'),
});
export type CurveBand = Readonly<z.infer<typeof CurveBand>>;

/** What one replica did and what it is to answer for. */
const ReplicaAccount = z.strictObject({
	name: z.string().describe('of the replica'),
	prefillWh: figure('Wh', 'of its GPUs, for prompts'),
	decodeWh: figure('Wh', 'for answers'),
	idleWh: figure('Wh', 'without a batch'),
	sleepWh: figure('Wh', 'of that, asleep'),
	serverWh: figure('Wh', 'its part of servers and network'),
	facilityWh: figure('Wh', 'all of it, with what the facility adds'),
	gpuG: figure('gCO2eq', 'of the energy of its GPUs'),
	facilityG: figure('gCO2eq', 'of all of it'),
	energyUsd: figure('USD', 'of all of it, at what its imports cost when they were bought'),
	gpuUsd: figure('USD', 'price of holding its GPUs'),
	busyPercent: figure('%', 'of the time with a batch in flight'),
	mfuPercent: figure('%', 'mean model FLOPs utilisation'),
	meanPowerW: figure('W', 'mean power of the facility for it'),
	peakOutstanding: figure(COUNT, 'most requests at once'),
});
export type ReplicaAccount = Readonly<z.infer<typeof ReplicaAccount>>;

/** What serving used, and for what (docs/energy-accounting.md). */
export const ServingEnergy = z.strictObject({
	kwh: loadParts('kWh').describe('energy of the load by what it was for; the parts add up to it'),
	carbonG: loadParts('gCO2eq')
		.nullable()
		.describe(
			'the same at the intensity of what served the load in each step; null without a carbon signal',
		),
	sleepKwh: figure('kWh', 'of the idle energy, that of sleeping GPUs'),
	inFlightPrefillWh: figure('Wh', 'of prompts, the energy of requests that had not completed'),
	inFlightDecodeWh: figure('Wh', 'of answers, the same'),
	curve: CurveBand.nullable().describe(
		'what the demand may be by the error of the power curve; null where the run names no curve',
	),
	requestWh: inUnit(
		Quantiles.nullable(),
		'Wh',
		'GPU energy of a completed request; null where the run kept none',
	),
	requestG: inUnit(
		Quantiles.nullable(),
		'gCO2eq',
		'its carbon; null where the run kept no requests or has no signal',
	),
	perPromptTokenJ: figure('J', 'GPU energy of prompts over their tokens, of completed requests'),
	perOutputTokenJ: figure('J', 'GPU energy of answers over their tokens, of completed requests'),
	replicas: z.array(ReplicaAccount).readonly().describe('each replica'),
});
export type ServingEnergy = Readonly<z.infer<typeof ServingEnergy>>;
