import * as z from 'zod';
import { TraceOptions } from '../signal/trace.ts';
import { Climate } from './climate.ts';
import { CloudParameters } from './cloud-process.ts';

const StochasticSky = z.strictObject({
	type: z.literal('stochastic'),
	...CloudParameters.shape,
	/** The air of each month, in place of `airTemperature` and `windMs`. */
	airMeanC: Climate.shape.airMeanC,
	airDailyAmplitudeC: Climate.shape.airDailyAmplitudeC,
	windMs: Climate.shape.windMs,
});

const FileSky = z.strictObject({
	type: z.literal('file'),
	/** A weather file of any format that services/weather knows. */
	path: z.string().min(1),
	/** Column of a file that has one for each place. */
	column: z.string().min(1).nullable(),
	/** Zone of date-times whose file says none, and clock by which days are repeated. */
	timezone: z.string().min(1),
	extend: z.enum(['error', 'repeat-day', 'repeat-week', 'repeat-year']),
	/** Length of the run, which the file must cover. */
	untilUs: z.int().positive(),
});
export type FileSky = z.infer<typeof FileSky>;

const ClearSky = z.strictObject({ type: z.literal('clear') });

const TraceSky = z.strictObject({
	type: z.literal('trace'),
	/** What the scaled values are: AC power as a fraction of peakPowerW, or AC power in W. */
	unit: z.enum(['fraction', 'W']),
	/** mean: the average over each step, so that energy is exact. start: the value at its start, as in Vessim. */
	sampling: z.enum(['mean', 'start']),
	...TraceOptions.shape,
});

/** Configuration of an actor of kind 'solar'. */
export const SolarConfig = z.strictObject({
	/** The sun is taken in the middle of each step, so keep steps at 15 minutes or less. */
	stepUs: z.int().positive({ error: 'a step is at least 1 us' }),
	/** The run's start, milliseconds since 1970, UTC. */
	startEpochMs: z.int(),
	/** Degrees, north +. */
	latitude: z.number().min(-90).max(90),
	/** Degrees, east +. */
	longitude: z.number().min(-180).max(180),
	altitudeM: z.number().min(-450).max(9000),
	/** Of the modules, degrees from horizontal. */
	tiltDeg: z.number().min(0).max(90),
	/** Of the modules, degrees clockwise from north. */
	azimuthDeg: z.number().min(0).max(360),
	/** DC nameplate, W; 0 for no modules. */
	peakPowerW: z.number().nonnegative(),
	/** Rated AC power, W; null for as much as the nameplate. */
	inverterPowerW: z.number().positive().nullable(),
	/** Share of DC power lost to soiling, wiring, mismatch and the like; PVWatts has 14.0757. */
	lossesPercent: z.number().min(0).max(100),
	/** Relative change of power per kelvin; PVWatts v8 has -0.0037. */
	temperatureCoefficientPerK: z.number().min(-0.02).max(0),
	linkeTurbidity: z.number().min(1).max(10),
	airTemperature: z.strictObject({
		meanC: z.number().min(-90).max(60),
		/** Half of what lies between the coldest and the warmest hour. */
		dailyAmplitudeC: z.number().nonnegative(),
	}),
	windMs: z.number().nonnegative(),
	/** Share of light that the ground reflects. */
	albedo: z.number().min(0).max(1),
	sky: z.discriminatedUnion('type', [StochasticSky, ClearSky, TraceSky, FileSky]),
});
export type SolarConfig = z.infer<typeof SolarConfig>;
