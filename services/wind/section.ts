import * as z from 'zod';
import { Name } from '../../protocol/readings.ts';
import { Feed } from '../../protocol/scenario/feed.ts';
import { Fraction, TraceFile } from '../../protocol/scenario/parts.ts';

/** Turbines whose curves ship with the project, in weather-data/power-curves.json. */
const TURBINES = ['dw-100kw', 'onshore-2.4mw', 'offshore-5mw'] as const;

const PowerCurve = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('turbine').describe('A curve of weather-data/, scaled to `ratedPowerW`'),
		turbine: z.enum(TURBINES).default('dw-100kw').describe('Which'),
	}),
	z.strictObject({
		type: z.literal('cubic').describe('An ideal one: with the cube of the speed up to rated'),
		cutInMs: z.number().positive().default(3).describe('No power below'),
		ratedMs: z.number().positive().default(12).describe('Rated power from here on'),
		cutOutMs: z.number().positive().default(25).describe('No power above'),
	}),
	z.strictObject({
		type: z.literal('table').describe('One of your own, linear between its points'),
		speedsMs: z.array(z.number().nonnegative()).min(2).describe('Wind speeds, rising'),
		fractions: z
			.array(z.number().min(0).max(1.5))
			.min(2)
			.describe('Power at each, as a fraction of `ratedPowerW`'),
	}),
]);

const Shear = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('power').describe('With a power of the height'),
		exponent: z.number().min(0).max(1).default(0.143).describe('1/7 over open land'),
	}),
	z.strictObject({
		type: z.literal('log').describe('With the logarithm of the height over the roughness'),
		roughnessM: z.number().positive().max(5).default(0.1).describe('Of the ground'),
	}),
]);

/** Mean wind speed: one, or of each month. */
const MeanSpeed = z.union([
	z.number().positive().max(40),
	z.array(z.number().positive().max(40)).length(12),
]);

const Stochastic = z.strictObject({
	type: z
		.literal('stochastic')
		.describe('Seeded and synthetic: Weibull-distributed, correlated in time, a daily rhythm'),
	meanMs: MeanSpeed.optional().describe(
		'Long-term mean, or a list of one for each month; default: from the location',
	),
	weibullShape: z.number().min(1).max(5).default(2).describe('2 is the Rayleigh distribution'),
	correlationHours: z
		.number()
		.positive()
		.default(6)
		.describe('The correlation in time falls to 1/e'),
	dailyAmplitudeFraction: Fraction.default(0.25).describe('Of the daily rhythm, over the mean'),
	peakHour: z.number().min(0).max(24).default(15).describe('Windiest hour, local solar time'),
});

const Constant = z.strictObject({
	type: z.literal('constant').describe('The same at all times'),
	speedMs: z.number().nonnegative().max(60).describe('The speed at all times'),
});

const Speed = z.discriminatedUnion('type', [
	Stochastic,
	Constant,
	z.strictObject({
		type: z
			.literal('feed')
			.describe('As it blows now: a live feed of wind speed ([feeds](feeds.md#weather))'),
		feed: Feed.describe('Whom to ask; its values are of `measuredAtM`, Open-Meteo’s of 10 m'),
		profile: z
			.discriminatedUnion('type', [Stochastic, Constant])
			.nullable()
			.default(null)
			.describe('The wind while it is silent; needed with `then: profile`'),
	}),
	z.strictObject({
		type: z.literal('trace').describe('Wind speeds from a CSV'),
		...TraceFile,
		unit: z
			.enum(['m/s', 'km/h', 'mph', 'kn'])
			.nullable()
			.default(null)
			.describe('Of the file; null: that in the column’s name, else m/s'),
	}),
]);

/** A wind turbine and its wind. */
export const Wind = z.strictObject({
	name: Name.default('wind').describe('Name of the actor and of its column'),
	ratedPowerW: z.number().nonnegative().default(10_000).describe('Rated electrical power, W'),
	hubHeightM: z.number().positive().max(300).default(30).describe('Height of the hub'),
	powerCurve: PowerCurve.default({ type: 'turbine', turbine: 'dw-100kw' }).describe(
		'Power by wind speed at the hub',
	),
	turbulenceIntensity: z
		.number()
		.min(0)
		.max(0.5)
		.default(0)
		.describe('Smooths the curve for gusts; 0: measured curves have theirs'),
	shear: Shear.default({ type: 'power', exponent: 0.143 }).describe(
		'How the speed grows with the height',
	),
	densityCorrection: z
		.enum(['speed', 'power', 'none'])
		.default('speed')
		.describe('For thin air: of the speed (pitch-regulated), of the power (stall-regulated)'),
	availabilityFraction: z
		.number()
		.min(0)
		.max(1)
		.default(0.97)
		.describe('Share of the time in which it can run; lowers every step'),
	measuredAtM: z
		.number()
		.positive()
		.max(300)
		.default(10)
		.describe('Height for which the wind speeds are given'),
	speed: Speed.prefault({ type: 'stochastic' }).describe('Where the wind comes from'),
});
export type Wind = z.infer<typeof Wind>;
