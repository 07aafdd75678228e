import * as z from 'zod';
import { Name } from '../readings.ts';
import { GridSignal } from '../signals.ts';
import { Duration } from './duration.ts';
import { Efficiency, Fraction, PowerW, TimeOfDay } from './parts.ts';

/** How a scenario shares surplus and deficit out. */

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

export const policyKeys = {
	mode: z
		.enum(['grid-connected', 'islanded'])
		.default('grid-connected')
		.describe('Islanded: a surplus is curtailed, a deficit is shed or ends the run'),
	shedding: Shedding.nullable()
		.default(null)
		.describe('What happens to a deficit off the grid; null: it ends the run'),
};

const ClockTime = z.union([TimeOfDay, z.literal('24:00')], {
	error: 'must be a time of day such as 06:30',
});
export const DayWindow = z.strictObject({
	from: ClockTime.describe('Local time, such as 22:00'),
	until: ClockTime.describe('Local time; at or before "from": of the next day'),
	days: z.enum(['all', 'weekdays', 'weekends']).default('all').describe('Days on which it begins'),
});

/** What batteries give into the grid. */
const Sell = z.strictObject({
	powerW: z
		.number()
		.positive()
		.nullable()
		.default(null)
		.describe('Of all batteries together, W; null: as strong as they can'),
	downToSoc: Fraction.default(0).describe('Not below this'),
	aboveUsdPerKwh: z
		.number()
		.nullable()
		.default(null)
		.describe('Only while exports earn more than this (`exportPrice`), USD/kWh; null: always'),
});

export const arbitrageKeys = {
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
	sell: Sell.nullable()
		.default(null)
		.describe('While deficits are served, batteries also give into the grid; null: they do not'),
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
		follow: GridSignal.exclude(['price'])
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
		follow: GridSignal.default('carbon').describe(
			'Which signal: that of `carbon`, `marginalCarbon` or `price`',
		),
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
