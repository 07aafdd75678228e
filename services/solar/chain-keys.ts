import * as z from 'zod';
import { ClearSkyModel } from '../../protocol/signals.ts';

export const Percent = z.number().min(0).max(100);
export const Turbidity = z.number().min(1).max(10);

/** PVWatts' losses, each in percent of what the others leave. */
const Losses = z.strictObject({
	soiling: Percent.default(2).describe('Dust and dirt'),
	shading: Percent.default(3).describe('Shade not modelled otherwise'),
	snow: Percent.default(0).describe('Snow on the modules, over the year'),
	mismatch: Percent.default(2).describe('Modules unlike each other'),
	wiring: Percent.default(2).describe('Resistance of wires'),
	connections: Percent.default(0.5).describe('Resistance of connectors'),
	lid: Percent.default(1.5).describe('Light-induced degradation'),
	nameplateRating: Percent.default(1).describe('Modules weaker than their nameplate'),
	age: Percent.default(0).describe('Years of light and weather'),
	availability: Percent.default(3).describe('Outages; lowers every step'),
});

export const SingleAxisTracker = z.strictObject({
	type: z.literal('single-axis-tracker').describe('Turns about one axis after the sun'),
	axisTiltDeg: z.number().min(0).max(90).default(0).describe('Of the axis from horizontal'),
	axisAzimuthDeg: z.number().min(0).max(360).default(180).describe('Of the axis from north'),
	maxAngleDeg: z.number().min(0).max(90).default(45).describe('Furthest rotation either way'),
	backtrack: z.boolean().default(true).describe('Turn back before a row shades the next'),
	gcr: z
		.number()
		.positive()
		.max(1)
		.default(0.4)
		.describe('Ground cover: width of the modules over the distance of rows'),
	crossAxisTiltDeg: z
		.number()
		.min(-45)
		.max(45)
		.default(0)
		.describe('Slope of the ground across the rows'),
});

const Mounting = z.discriminatedUnion('type', [
	z.strictObject({ type: z.literal('fixed').describe('By `tiltDeg` and `azimuthDeg`') }),
	SingleAxisTracker,
]);

export const Incidence = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('physical').describe('Refraction and absorption of the glass'),
		coatingIndex: z
			.number()
			.min(1)
			.max(1.526)
			.nullable()
			.default(null)
			.describe('Refractive index of an anti-reflective coating, such as 1.29; null: none'),
	}),
	z.strictObject({
		type: z.literal('ashrae').describe('1 - b (1 / cos - 1)'),
		b: z.number().min(0).max(1).default(0.05).describe('Coefficient'),
	}),
	z.strictObject({ type: z.literal('none').describe('Nothing is reflected') }),
]);

const Efficiency = z.number().min(0).max(1).describe('Of the module, 0 to 1');

export const Temperature = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('sapm').describe('Sandia'),
		rack: z
			.enum([
				'open-rack-glass-glass',
				'open-rack-glass-polymer',
				'close-mount-glass-glass',
				'insulated-back-glass-polymer',
			])
			.default('open-rack-glass-glass')
			.describe('How the modules are built and mounted'),
	}),
	z.strictObject({
		type: z.literal('faiman').describe('Faiman'),
		u0: z.number().positive().default(25).describe('Heat lost in still air, W/(m2 K)'),
		u1: z.number().nonnegative().default(6.84).describe('More of it per m/s of wind, W s/(m3 K)'),
	}),
	z.strictObject({
		type: z.literal('pvsyst').describe('PVsyst'),
		u0: z.number().positive().default(29).describe('Heat lost in still air, W/(m2 K)'),
		u1: z.number().nonnegative().default(0).describe('More of it per m/s of wind, W s/(m3 K)'),
		absorption: z.number().min(0).max(1).default(0.9).describe('Share of light taken in'),
		efficiency: Efficiency.default(0.1),
	}),
	z.strictObject({
		type: z.literal('noct').describe('From the nominal operating temperature of a data sheet'),
		noctC: z.number().min(20).max(100).default(45).describe('That temperature, degC'),
		efficiency: Efficiency.default(0.2),
	}),
]);

/** Keys of a plant that say how light becomes power. */
export const PvChain = {
	mounting: Mounting.default({ type: 'fixed' }).describe('How the modules stand'),
	horizonDeg: z
		.array(z.number().min(0).max(90))
		.max(3600)
		.default([])
		.describe('Heights of the horizon at evenly spaced azimuths, clockwise from north'),
	clearSky: ClearSkyModel.default('ineichen').describe('Model of the cloudless sky'),
	linkeTurbidity: z
		.union([z.literal('monthly'), Turbidity])
		.optional()
		.describe('Haze for ineichen: `monthly` from weather-data/; default: from the location'),
	transposition: z
		.enum(['hay-davies', 'perez', 'isotropic'])
		.default('hay-davies')
		.describe('How the light of the sky reaches the tilted plane'),
	albedo: z.number().min(0).max(1).default(0.2).describe('Share of light the ground reflects'),
	incidence: Incidence.default({ type: 'physical', coatingIndex: null }).describe(
		'Light that the glass reflects when it falls obliquely',
	),
	temperature: Temperature.default({ type: 'sapm', rack: 'open-rack-glass-glass' }).describe(
		'How warm the cells become',
	),
	temperatureCoefficientPerK: z
		.number()
		.min(-0.02)
		.max(0)
		.default(-0.0037)
		.describe('Relative change of DC power with the cells’ temperature'),
	lowLightFraction: z
		.number()
		.min(0)
		.max(0.2)
		.default(0)
		.describe('Of the power, lost in dim light of 200 W/m2; about 0.01'),
	lossesPercent: z
		.union([Percent, Losses])
		.optional()
		.describe('Losses before the inverter; keys: PVWatts’, in series; default: from the location'),
	inverterEfficiency: z
		.number()
		.positive()
		.max(1)
		.default(0.96)
		.describe('AC over DC at rated power'),
};
