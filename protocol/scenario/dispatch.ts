import * as z from 'zod';
import { Name } from '../readings.ts';
import { Fraction } from './parts.ts';
import { Duration } from './requests.ts';

/** The parts of a scenario that decide where energy goes: batteries, generators, the grid's limits, the policy. */

const Efficiency = Fraction.refine((eta) => eta > 0, { error: 'must lie above 0' });
const PowerW = z.number().nonnegative({ error: 'must be at least 0 W' });

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

const Every = Duration.nullable().default(null).describe('Comes again after this; null: once');

const Grid = z.strictObject({
	importLimitW: PowerW.nullable()
		.default(null)
		.describe('Most that may be drawn, W; null: no limit'),
	exportLimitW: PowerW.nullable()
		.default(null)
		.describe('Most that may be fed in, W, the rest is curtailed; null: no limit'),
	outages: z
		.array(
			z.strictObject({
				from: Duration.describe('After the start of the run'),
				length: Duration.describe('How long the grid is away'),
				every: Every,
			}),
		)
		.default([])
		.describe('Times without a grid; a step that one touches is without it as a whole'),
	outageTrace: z
		.strictObject({
			path: z.string().min(1).describe('CSV file, relative to the scenario file'),
			column: z.string().nullable().default(null).describe('Column; needed if there are several'),
			anchor: z
				.string()
				.nullable()
				.default(null)
				.describe('Time in the file that is the start of the run'),
		})
		.nullable()
		.default(null)
		.describe('The same from a file: 1 while the grid is there, 0 while it is away'),
	curtailments: z
		.array(
			z.strictObject({
				from: Duration.describe('After the start of the run'),
				length: Duration.describe('How long it holds'),
				every: Every,
				exportLimitW: PowerW.describe('Most that may be fed in meanwhile, W'),
			}),
		)
		.default([])
		.describe('Times with a stricter limit on exports'),
});
export const GridConnection = Grid;

const Shed = z
	.strictObject({
		load: Name.optional().describe('Name of a load that is disconnected, in part if that does'),
		replicasCapWPerGpu: z
			.number()
			.positive()
			.optional()
			.describe('Or: cap on each GPU of the replicas, W; acts from the next step on'),
		belowSoc: Fraction.default(0).describe(
			'Also before anything is missing, while the batteries hold less than this share',
		),
	})
	.refine((value) => (value.load === undefined) !== (value.replicasCapWPerGpu === undefined), {
		error: 'needs either "load" or "replicasCapWPerGpu"',
	});

const Shedding = z.strictObject({
	order: z.array(Shed).default([]).describe('What is shed, the first first'),
	hysteresisSoc: Fraction.default(0.05).describe('Taken back only this far above'),
});

const policyKeys = {
	mode: z
		.enum(['grid-connected', 'islanded'])
		.default('grid-connected')
		.describe('Islanded: a surplus is curtailed, a deficit is shed or ends the run'),
	shedding: Shedding.nullable()
		.default(null)
		.describe('What happens to a deficit off the grid; null: it ends the run'),
};

const ClockTime = z
	.string()
	.regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, { error: 'must be a time of day such as 06:30' });
const DayWindow = z.strictObject({
	from: ClockTime.describe('Local time, such as 22:00'),
	until: ClockTime.describe('Local time; at or before "from": of the next day'),
	days: z.enum(['all', 'weekdays', 'weekends']).default('all').describe('Days on which it begins'),
});

const arbitrageKeys = {
	chargePowerW: z
		.number()
		.positive()
		.nullable()
		.default(null)
		.describe('Charging of all batteries together, W; null: as strong as they take'),
	targetSoc: Fraction.default(1).describe('Charged from the grid up to this'),
	otherwise: z
		.enum(['self-consumption', 'hold'])
		.default('self-consumption')
		.describe('Else: surplus is stored, and a deficit is served, or left to the grid (hold)'),
};

export const Policy = z.discriminatedUnion('type', [
	z.strictObject({
		type: z
			.literal('default')
			.describe('May be left out; Vessim’s: surplus stored, deficit served, the grid has the rest')
			.optional(),
		...policyKeys,
		chargePowerW: z.number().default(0).describe('Forced charging (+) or discharging (-), W'),
	}),
	z.strictObject({
		type: z.literal('time-of-use').describe('Charge and discharge by the local clock'),
		...policyKeys,
		...arbitrageKeys,
		charge: z.array(DayWindow).min(1).describe('Charged from the grid at these times'),
		discharge: z
			.array(DayWindow)
			.default([])
			.describe('Deficits are served at these times; before charging times'),
	}),
	z.strictObject({
		type: z.literal('carbon-arbitrage').describe('Charge while the grid is clean'),
		...policyKeys,
		...arbitrageKeys,
		follow: z
			.enum(['carbon', 'marginal'])
			.default('carbon')
			.describe('Which intensity: that of `carbon` or of `marginalCarbon`'),
		chargeBelow: z.number().describe('Charged from the grid below this, g/kWh'),
		dischargeAbove: z.number().describe('Deficits are served above this, g/kWh'),
		hysteresis: z.number().nonnegative().default(0).describe('Lets go this far back, g/kWh'),
	}),
	z.strictObject({
		type: z.literal('price-arbitrage').describe('Charge while the grid is cheap'),
		...policyKeys,
		...arbitrageKeys,
		chargeBelow: z.number().describe('Charged from the grid below this, USD/kWh'),
		dischargeAbove: z.number().describe('Deficits are served above this, USD/kWh'),
		hysteresis: z.number().nonnegative().default(0).describe('Lets go this far back, USD/kWh'),
	}),
	z.strictObject({
		type: z
			.literal('forecast')
			.describe('Charge in the best hours of a forecast, serve deficits in the worst'),
		...policyKeys,
		...arbitrageKeys,
		follow: z
			.enum(['carbon', 'marginal', 'price'])
			.default('carbon')
			.describe('Which signal: that of `carbon`, `marginalCarbon` or `price`'),
		chargeShare: Fraction.default(0.25).describe('Charged in this share of the hours ahead'),
		dischargeShare: Fraction.default(0.25).describe('Deficits are served in this share of them'),
		roundTripEfficiency: Efficiency.default(0.9).describe(
			'Not charged unless an hour ahead is worse than now by more than this loses',
		),
	}),
	z.strictObject({
		type: z.literal('peak-shaving').describe('Keep imports below a peak'),
		...policyKeys,
		peakW: PowerW.describe('Imports above this are served by the batteries, W'),
		rechargeBelowW: PowerW.nullable()
			.default(null)
			.describe('Charged from the grid up to this import, W; null: from surplus only'),
	}),
	z.strictObject({
		type: z.literal('plugin').describe('A module of one’s own (docs/dispatch.md)'),
		...policyKeys,
		path: z.string().min(1).describe('Module (.js, .mjs, .ts), relative to the scenario file'),
		parameters: z
			.record(z.string(), z.json())
			.default({})
			.describe('Handed to the module as they are'),
		hangsAfter: Duration.default('5s').describe(
			'Wall time after which a decision is taken for one that never ends; it changes no result',
		),
	}),
]);
