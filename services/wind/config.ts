import * as z from 'zod';
import { Followed } from '../../feeds/signal/followed.ts';
import { TraceOptions } from '../../feeds/signal/trace.ts';
import { given, givenMembers } from '../../protocol/scenario/given.ts';
import { AltitudeM, Longitude } from '../../protocol/scenario/location.ts';
import { Wind } from './section.ts';

/** The keys of a scenario's turbine that stand here as they are. */
const turbine = given(Wind.shape);
const [shipped, cubic, table] = givenMembers(turbine.powerCurve.options);
const [stochastic, constant] = givenMembers(turbine.speed.options);

const PowerCurve = z.discriminatedUnion('type', [
	/** One of weather-data/power-curves.json. */
	shipped.extend({ turbine: z.string().min(1) }),
	cubic,
	table,
]);
export type PowerCurve = z.infer<typeof PowerCurve>;

const Shear = z.discriminatedUnion('type', givenMembers(turbine.shear.options));
export type Shear = z.infer<typeof Shear>;

/** How the wind blows over the years, where no file says it. */
export const WindParameters = z.strictObject({
	/** Long-term mean at `measuredAtM`: of the year, or of each month, January first. */
	meanMs: stochastic.shape.meanMs.unwrap(),
	weibullShape: stochastic.shape.weibullShape,
	correlationHours: stochastic.shape.correlationHours,
	dailyAmplitudeFraction: stochastic.shape.dailyAmplitudeFraction,
	peakHour: stochastic.shape.peakHour,
});
export type WindParameters = z.infer<typeof WindParameters>;

const StochasticSource = z.strictObject({
	type: z.literal('stochastic'),
	...WindParameters.shape,
});

const Source = z.discriminatedUnion('type', [
	StochasticSource,
	constant,
	z.strictObject({
		type: z.literal('feed'),
		followed: Followed,
		/** What holds where it is silent; null: nothing. */
		fallback: z.discriminatedUnion('type', [StochasticSource, constant]).nullable(),
	}),
	z.strictObject({ type: z.literal('trace'), ...TraceOptions.shape }),
]);

/** Configuration of an actor of kind 'wind'. */
export const WindConfig = z.strictObject({
	stepUs: z.int().positive({ error: 'a step is at least 1 us' }),
	/** The run's start, milliseconds since 1970, UTC. */
	startEpochMs: z.int(),
	longitude: Longitude,
	altitudeM: AltitudeM,
	/** Mean air temperature of each month, January first. */
	airMeanC: z.array(z.number().min(-90).max(60)).length(12),
	/** Power where the curve stands at 1, in air of standard density, W. */
	ratedPowerW: turbine.ratedPowerW,
	hubHeightM: turbine.hubHeightM,
	/** Height for which `source` gives the wind. */
	measuredAtM: turbine.measuredAtM,
	shear: Shear,
	powerCurve: PowerCurve,
	/** Standard deviation of gusts over the mean speed, with which the curve is smoothed; 0 leaves it. */
	turbulenceIntensity: turbine.turbulenceIntensity,
	densityCorrection: turbine.densityCorrection,
	availabilityFraction: turbine.availabilityFraction,
	source: Source,
});
export type WindConfig = z.infer<typeof WindConfig>;
