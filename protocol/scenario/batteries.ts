import * as z from 'zod';
import { Name } from '../readings.ts';
import { Efficiency, Fraction, PowerW } from './parts.ts';

/** The batteries of a scenario. */

const Degradation = z
	.strictObject({
		temperatureC: z
			.number()
			.min(-20)
			.max(60)
			.default(25)
			.describe('Temperature of the cells, degC'),
		initialFade: Fraction.default(0).describe('Share of the capacity lost before the run'),
		endOfLifeFade: Fraction.default(0.2).describe('Share lost at which it is replaced'),
		replacementUsdPerKwh: z
			.number()
			.nonnegative()
			.default(300)
			.describe('Price of replacing it, USD per kWh of capacity'),
		inRun: z
			.boolean()
			.default(false)
			.describe('Lowers the capacity during the run, at the end of each day'),
	})
	.refine((value) => value.initialFade < value.endOfLifeFade, {
		error: 'initialFade must lie below endOfLifeFade',
	});

const batteryKeys = {
	name: Name.default('battery').describe('Name of the actor and of its columns'),
	capacityWh: z
		.number()
		.positive({ error: 'must be above 0 Wh' })
		.describe('Energy of the full battery'),
	initialSoc: Fraction.default(0.4).describe('State of charge at the start, 0 to 1'),
	minSoc: Fraction.default(0.3).describe('State of charge it is not discharged below, 0 to 1'),
	degradation: Degradation.nullable()
		.default(null)
		.describe('Capacity fade and its cost in the report (docs/battery.md); null: none'),
};

export const Battery = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('simple').describe('Lossless, limited by C-rate (Vessim SimpleBattery)'),
		...batteryKeys,
		cRate: z
			.number()
			.positive()
			.nullable()
			.default(null)
			.describe('Limit on power as a multiple of the capacity per hour; null: none'),
	}),
	z.strictObject({
		type: z.literal('linear').describe('Efficiencies, self-discharge, C-rates each way'),
		...batteryKeys,
		maxSoc: Fraction.default(1).describe('State of charge it is not charged above, 0 to 1'),
		chargeEfficiency: Efficiency.default(0.96).describe('Energy stored per energy taken'),
		dischargeEfficiency: Efficiency.default(0.96).describe(
			'Energy delivered per energy taken out; the product of the two is the round trip',
		),
		selfDischargePerMonth: Fraction.refine((share) => share < 1, { error: 'must be below 1' })
			.default(0.02)
			.describe('Share of what is stored that is lost in a month (730.5 h)'),
		standbyW: PowerW.default(0).describe('Own draw, taken from what is stored, W'),
		chargeCRate: z
			.number()
			.positive()
			.nullable()
			.default(null)
			.describe('Limit on charging as a multiple of the capacity per hour; null: none'),
		dischargeCRate: z
			.number()
			.positive()
			.nullable()
			.default(null)
			.describe('Limit on discharging as a multiple of the capacity per hour; null: none'),
	}),
	z.strictObject({
		type: z.literal('clc').describe('C-L-C lithium-ion model (Vessim ClcBattery), LG M50 cells'),
		...batteryKeys,
		capacityWh: batteryKeys.capacityWh.describe('Rounded to whole cells'),
	}),
]);
