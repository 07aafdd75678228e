import * as z from 'zod';
import { TraceOptions } from '../../feeds/signal/trace.ts';
import { Climate } from './climate.ts';
import { CloudParameters } from './cloud-process.ts';

const Turbidity = z.number().min(1).max(10);
const Percent = z.number().min(0).max(100);
const Degrees = (min: number, max: number) => z.number().min(min).max(max);

const Tracker = z.strictObject({
	axisTiltDeg: Degrees(0, 90),
	axisAzimuthDeg: Degrees(0, 360),
	/** Furthest rotation either way. */
	maxAngleDeg: Degrees(0, 90),
	backtrack: z.boolean(),
	/** Width of the modules over the distance between rows. */
	gcr: z.number().positive().max(1),
	/** Slope of the ground across the rows. */
	crossAxisTiltDeg: Degrees(-45, 45),
});

const Incidence = z.discriminatedUnion('type', [
	/** coatingIndex: refractive index of an anti-reflective coating, null without. */
	z.strictObject({
		type: z.literal('physical'),
		coatingIndex: z.number().min(1).max(1.526).nullable(),
	}),
	z.strictObject({ type: z.literal('ashrae'), b: z.number().min(0).max(1) }),
	z.strictObject({ type: z.literal('none') }),
]);

const Temperature = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('sapm'),
		rack: z.enum([
			'open-rack-glass-glass',
			'open-rack-glass-polymer',
			'close-mount-glass-glass',
			'insulated-back-glass-polymer',
		]),
	}),
	z.strictObject({
		type: z.literal('faiman'),
		u0: z.number().positive(),
		u1: z.number().nonnegative(),
	}),
	z.strictObject({
		type: z.literal('pvsyst'),
		u0: z.number().positive(),
		u1: z.number().nonnegative(),
		absorption: z.number().min(0).max(1),
		efficiency: z.number().min(0).max(1),
	}),
	z.strictObject({
		type: z.literal('noct'),
		noctC: z.number().min(20).max(100),
		efficiency: z.number().min(0).max(1),
	}),
]);

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
	/** Turns the modules instead; null where they are fixed. */
	tracker: Tracker.nullable(),
	/** Heights of the horizon at evenly spaced azimuths, clockwise from north. */
	horizonDeg: z.array(Degrees(0, 90)).max(3600),
	transposition: z.enum(['hay-davies', 'perez', 'isotropic']),
	incidence: Incidence,
	temperature: Temperature,
	/** DC nameplate, W; 0 for no modules. */
	peakPowerW: z.number().nonnegative(),
	/** Rated AC power, W; null for as much as the nameplate. */
	inverterPowerW: z.number().positive().nullable(),
	/** Of the inverter at its rated power; PVWatts has 0.96. */
	inverterEfficiency: z.number().positive().max(1),
	/** Share of DC power lost to soiling, wiring, mismatch and the like; PVWatts has 14.0757. */
	lossesPercent: Percent,
	/** Relative change of power per kelvin; PVWatts v8 has -0.0037. */
	temperatureCoefficientPerK: z.number().min(-0.02).max(0),
	/** Share of the power that the modules lose in dim light, at 200 W/m2. */
	lowLightFraction: z.number().min(0).max(0.2),
	clearSky: z.enum(['ineichen', 'haurwitz']),
	/** Of the year, or of each month, January first. */
	linkeTurbidity: z.union([Turbidity, z.array(Turbidity).length(12)]),
	airTemperature: AirTemperature,
	/** At 10 m: at all times, or of each month, January first. */
	windMs: z.union([z.number().nonnegative(), Climate.shape.windMs]),
	/** Share of light that the ground reflects. */
	albedo: z.number().min(0).max(1),
	sky: z.discriminatedUnion('type', [StochasticSky, ClearSky, TraceSky, FileSky]),
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
});
export type AirConfig = z.infer<typeof AirConfig>;
