import * as z from 'zod';
import { Followed } from '../../feeds/signal/followed.ts';
import { TraceOptions } from '../../feeds/signal/trace.ts';
import { given, givenMembers } from '../../protocol/scenario/given.ts';
import { AltitudeM, Latitude, Longitude } from '../../protocol/scenario/location.ts';
import { Sampling } from '../../protocol/signals.ts';
import {
	Incidence,
	Percent,
	PvChain,
	SingleAxisTracker,
	Temperature,
	Turbidity,
} from './chain-keys.ts';
import { Climate } from './climate.ts';
import { CloudParameters } from './cloud-process.ts';
import { FileSky as ScenarioFileSky, Solar } from './section.ts';

/** The keys of a scenario's plant that stand here as they are. */
const plant = { ...given(Solar.shape), ...given(PvChain) };

/** At all times, or of each month, January first: then it follows the calendar of the run. */
const AirTemperature = z.strictObject({
	meanC: z.union([z.number().min(-90).max(60), Climate.shape.airMeanC]),
	/** Half of what lies between the coldest and the warmest hour. */
	dailyAmplitudeC: z.union([z.number().nonnegative(), Climate.shape.airDailyAmplitudeC]),
});

const StochasticSky = z.strictObject({
	type: z.literal('stochastic'),
	...CloudParameters.shape,
	/** Name of the random streams from which years are drawn; null: each is a typical one. */
	yearStream: z.string().min(1).nullable(),
});

const FileSky = z.strictObject({
	type: z.literal('file'),
	/** A weather file of any format that feeds/weather knows. */
	path: z.string().min(1),
	/** Column of a file that has one for each place. */
	column: z.string().min(1).nullable(),
	/** Zone of date-times whose file says none, and clock by which days are repeated. */
	timezone: z.string().min(1),
	extend: given(ScenarioFileSky.shape).extend,
	/** Length of the run, which the file must cover. */
	untilUs: z.int().positive(),
});
export type FileSky = z.infer<typeof FileSky>;

const ClearSky = z.strictObject({ type: z.literal('clear') });

const FeedSky = z.strictObject({
	type: z.literal('feed'),
	/** The first of irradiance or of power; perhaps one of temperature, and one of wind. */
	followed: z.array(Followed).min(1).max(3),
	/** What holds where the first is silent; null: nothing. */
	profile: z.discriminatedUnion('type', [StochasticSky, ClearSky]).nullable(),
});
export type FeedSky = z.infer<typeof FeedSky>;

const TraceSky = z.strictObject({
	type: z.literal('trace'),
	/** What the scaled values are: AC power as a fraction of peakPowerW, or AC power in W. */
	unit: z.enum(['fraction', 'W']),
	/** mean: the average over each step, so that energy is exact. start: the value at its start, as in Vessim. */
	sampling: Sampling,
	...TraceOptions.shape,
});

/** Configuration of an actor of kind 'solar'. */
export const SolarConfig = z.strictObject({
	stepUs: z.int().positive({ error: 'a step is at least 1 us' }),
	/** The run's start, milliseconds since 1970, UTC. */
	startEpochMs: z.int(),
	latitude: Latitude,
	longitude: Longitude,
	altitudeM: AltitudeM,
	/** Of the modules, degrees from horizontal. */
	tiltDeg: plant.tiltDeg.unwrap(),
	/** Of the modules, degrees clockwise from north. */
	azimuthDeg: plant.azimuthDeg.unwrap(),
	/** Turns the modules instead; null where they are fixed. */
	tracker: z.strictObject(given(SingleAxisTracker.shape)).omit({ type: true }).nullable(),
	/** Heights of the horizon at evenly spaced azimuths, clockwise from north. */
	horizonDeg: plant.horizonDeg,
	transposition: plant.transposition,
	incidence: z.discriminatedUnion('type', givenMembers(Incidence.options)),
	temperature: z.discriminatedUnion('type', givenMembers(Temperature.options)),
	/** DC nameplate, W; 0 for no modules. */
	peakPowerW: plant.peakPowerW,
	/** Rated AC power, W; null for as much as the nameplate. */
	inverterPowerW: plant.inverterPowerW,
	/** Of the inverter at its rated power; PVWatts has 0.96. */
	inverterEfficiency: plant.inverterEfficiency,
	/** Share of DC power lost to soiling, wiring, mismatch and the like; PVWatts has 14.0757. */
	lossesPercent: Percent,
	/** Relative change of power per kelvin; PVWatts v8 has -0.0037. */
	temperatureCoefficientPerK: plant.temperatureCoefficientPerK,
	/** Share of the power that the modules lose in dim light, at 200 W/m2. */
	lowLightFraction: plant.lowLightFraction,
	clearSky: plant.clearSky,
	/** Of the year, or of each month, January first. */
	linkeTurbidity: z.union([Turbidity, z.array(Turbidity).length(12)]),
	airTemperature: AirTemperature,
	/** At 10 m: at all times, or of each month, January first. */
	windMs: z.union([z.number().nonnegative(), Climate.shape.windMs]),
	/** Share of light that the ground reflects. */
	albedo: plant.albedo,
	sky: z.discriminatedUnion('type', [StochasticSky, ClearSky, TraceSky, FileSky, FeedSky]),
});
export type SolarConfig = z.infer<typeof SolarConfig>;

/** Configuration of an actor of kind 'air'. */
export const AirConfig = z.strictObject({
	stepUs: SolarConfig.shape.stepUs,
	startEpochMs: SolarConfig.shape.startEpochMs,
	latitude: SolarConfig.shape.latitude,
	longitude: SolarConfig.shape.longitude,
	airTemperature: AirTemperature,
	/** A weather file, which counts instead where it has temperatures; null: none. */
	file: FileSky.nullable(),
	/** A feed, which counts before either; left out: none. */
	feed: z.strictObject({ followed: Followed }).exactOptional(),
});
export type AirConfig = z.infer<typeof AirConfig>;
