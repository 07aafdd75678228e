import * as z from 'zod';
import { Name } from '../readings.ts';
import { Duration } from './duration.ts';
import { Fraction } from './parts.ts';

/** The generators of a scenario. */

export const Generator = z
	.strictObject({
		name: Name.default('generator').describe('Name of the actor and of its columns'),
		ratedPowerW: z.number().positive().describe('Largest power, W'),
		minLoadFraction: Fraction.default(0.3).describe('Least power while it runs, of the rated'),
		fuelSlopeLPerKwh: z
			.number()
			.nonnegative()
			.default(0.246)
			.describe('Litres per kWh made, beside the intercept'),
		fuelInterceptLPerKwh: z
			.number()
			.nonnegative()
			.default(0.08415)
			.describe('Litres per hour of running and kW of rated power, whatever it makes'),
		co2KgPerL: z
			.number()
			.nonnegative()
			.default(2.69)
			.describe('Emissions of a litre burnt, kg CO2'),
		fuelUsdPerL: z.number().nonnegative().default(1.2).describe('Price of a litre, USD'),
		minRun: Duration.nullable().default(null).describe('It does not stop sooner after a start'),
		minPause: Duration.nullable().default(null).describe('It does not start sooner after a stop'),
		strategy: z
			.enum(['load-following', 'cycle-charging'])
			.default('load-following')
			.describe('Make what is missing, or run at the rated power and charge with the rest'),
		startBelowSoc: Fraction.default(0.35).describe(
			'Off the grid it starts when the batteries hold less than this share of their capacity',
		),
		stopAboveSoc: Fraction.default(0.6).describe('and stops when they hold this share again'),
		startAboveUsdPerKwh: z
			.number()
			.nullable()
			.default(null)
			.describe('On the grid it runs while the price is above this; null: never'),
	})
	.refine((value) => value.startBelowSoc <= value.stopAboveSoc, {
		error: 'startBelowSoc must not exceed stopAboveSoc',
	});
