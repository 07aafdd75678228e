import * as z from 'zod';
import { TraceOptions } from '../../feeds/signal/trace.ts';

const Speed = z.number().nonnegative().max(100);

const PowerCurve = z.discriminatedUnion('type', [
	/** One of weather-data/power-curves.json. */
	z.strictObject({ type: z.literal('turbine'), turbine: z.string().min(1) }),
	z.strictObject({
		type: z.literal('cubic'),
		cutInMs: z.number().positive(),
		ratedMs: z.number().positive(),
		cutOutMs: z.number().positive(),
	}),
	z.strictObject({
		type: z.literal('table'),
		speedsMs: z.array(Speed).min(2),
		fractions: z.array(z.number().nonnegative()).min(2),
	}),
]);
export type PowerCurve = z.infer<typeof PowerCurve>;

const Shear = z.discriminatedUnion('type', [
	z.strictObject({ type: z.literal('power'), exponent: z.number().min(0).max(1) }),
	z.strictObject({ type: z.literal('log'), roughnessM: z.number().positive() }),
]);
export type Shear = z.infer<typeof Shear>;

/** How the wind blows over the years, where no file says it. */
export const WindParameters = z.strictObject({
	/** Long-term mean at `measuredAtM`: of the year, or of each month, January first. */
	meanMs: z.union([z.number().positive(), z.array(z.number().positive()).length(12)]),
	weibullShape: z.number().min(1).max(5),
	/** Time in which the autocorrelation falls to 1/e. */
	correlationHours: z.number().positive(),
	/** Of the daily rhythm, over the mean. */
	dailyAmplitudeFraction: z.number().min(0).max(1),
	/** Windiest hour in mean solar time. */
	peakHour: z.number().min(0).max(24),
});
export type WindParameters = z.infer<typeof WindParameters>;

const Source = z.discriminatedUnion('type', [
	z.strictObject({ type: z.literal('stochastic'), ...WindParameters.shape }),
	z.strictObject({ type: z.literal('constant'), speedMs: Speed }),
	z.strictObject({ type: z.literal('trace'), ...TraceOptions.shape }),
]);

/** Configuration of an actor of kind 'wind'. */
export const WindConfig = z.strictObject({
	stepUs: z.int().positive({ error: 'a step is at least 1 us' }),
	/** The run's start, milliseconds since 1970, UTC. */
	startEpochMs: z.int(),
	/** Degrees, east +. */
	longitude: z.number().min(-180).max(180),
	altitudeM: z.number().min(-450).max(9000),
	/** Mean air temperature of each month, January first. */
	airMeanC: z.array(z.number().min(-90).max(60)).length(12),
	/** Power where the curve stands at 1, in air of standard density, W. */
	ratedPowerW: z.number().nonnegative(),
	hubHeightM: z.number().positive(),
	/** Height for which `source` gives the wind. */
	measuredAtM: z.number().positive(),
	shear: Shear,
	powerCurve: PowerCurve,
	/** Standard deviation of gusts over the mean speed, with which the curve is smoothed; 0 leaves it. */
	turbulenceIntensity: z.number().min(0).max(0.5),
	densityCorrection: z.enum(['speed', 'power', 'none']),
	availabilityFraction: z.number().min(0).max(1),
	source: Source,
});
export type WindConfig = z.infer<typeof WindConfig>;
