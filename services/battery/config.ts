import * as z from 'zod';

/** State of charge, 0 (empty) to 1 (full). */
const Soc = z
	.number()
	.refine((soc) => soc >= 0 && soc <= 1, { error: 'a state of charge lies between 0 and 1' });

const soc = {
	initialSoc: Soc,
	/** The battery is not discharged below this. */
	minSoc: Soc,
};

function startsAboveMinimum(model: { initialSoc: number; minSoc: number }): boolean {
	return model.initialSoc >= model.minSoc;
}
const BELOW_MINIMUM = {
	error: 'initialSoc lies below minSoc; raise it or lower minSoc',
	path: ['initialSoc'],
};

/** A lossless store with a bound on power: Vessim's SimpleBattery. */
export const SimpleBatteryModel = z
	.strictObject({
		type: z.literal('simple'),
		capacityWh: z.number().positive({ error: 'a battery capacity is above 0 Wh' }),
		...soc,
		/** Power bound both ways as a multiple of the capacity per hour; null: none. */
		cRate: z.number().positive({ error: 'a C-rate is above 0' }).nullable(),
	})
	.refine(startsAboveMinimum, BELOW_MINIMUM);
export type SimpleBatteryModel = z.infer<typeof SimpleBatteryModel>;

/** One lithium-ion cell of the C-L-C model. At current I it holds between u1 I + v1 and u2 I + v2 Wh. */
export const ClcCell = z.strictObject({
	nominalVoltageV: z.number().positive({ error: 'a nominal voltage is above 0 V' }),
	u1WhPerA: z.number().nonpositive({ error: 'u1 is at most 0 Wh/A' }),
	v1Wh: z.number().nonnegative({ error: 'v1 is at least 0 Wh' }),
	u2WhPerA: z.number().nonpositive({ error: 'u2 is at most 0 Wh/A' }),
	/** Capacity of the cell. */
	v2Wh: z.number().positive({ error: 'v2, the capacity of a cell, is above 0 Wh' }),
	/** Strongest discharge as a C-rate, negative. */
	alphaDischargeC: z.number().nonpositive({ error: 'the C-rate of discharge is at most 0' }),
	/** Strongest charge as a C-rate. */
	alphaChargeC: z.number().nonnegative({ error: 'the C-rate of charge is at least 0' }),
	/** Energy leaving the cell per energy delivered, at least 1. */
	etaDischarge: z.number().min(1, { error: 'etaDischarge is at least 1' }),
	/** Energy stored per energy taken, above 0 and at most 1. */
	etaCharge: z
		.number()
		.refine((eta) => eta > 0 && eta <= 1, { error: 'etaCharge lies above 0 and at most at 1' }),
	/** A battery that cannot discharge with more than this current (negative) rests. */
	dischargeCutoffA: z.number().nonpositive({ error: 'the cut-off of discharge is at most 0 A' }),
	/** A battery that cannot be charged with more than this current rests. */
	chargeCutoffA: z.number().nonnegative({ error: 'the cut-off of charge is at least 0 A' }),
});
export type ClcCell = z.infer<typeof ClcCell>;

/** The LG M50 21700 cell, the values that Vessim takes when none are given. */
export const LG_M50_CELL: ClcCell = {
	nominalVoltageV: 3.63,
	u1WhPerA: -0.087,
	v1Wh: 0,
	u2WhPerA: -1.326,
	v2Wh: 19.14,
	alphaDischargeC: -1.5,
	alphaChargeC: 0.7,
	etaDischarge: 1.014,
	etaCharge: 0.978,
	dischargeCutoffA: -0.05,
	chargeCutoffA: 0.05,
};

/** A pack of equal C-L-C cells. */
export const ClcBatteryModel = z
	.strictObject({
		type: z.literal('clc'),
		cells: z.int().positive({ error: 'a battery has at least one cell' }),
		...soc,
		/**
		 * 'vessim': the announced range ignores minSoc and the step clamps to it, so that books there do not
		 * balance, as in Vessim 0.15; null: the range keeps to minSoc.
		 */
		compatibility: z.literal('vessim').nullable(),
		cell: ClcCell,
	})
	.refine(startsAboveMinimum, BELOW_MINIMUM);
export type ClcBatteryModel = z.infer<typeof ClcBatteryModel>;

const Efficiency = z
	.number()
	.refine((eta) => eta > 0 && eta <= 1, { error: 'an efficiency lies above 0 and at most at 1' });
const CRate = z.number().positive({ error: 'a C-rate is above 0' }).nullable();

/** A store with efficiencies each way, self-discharge, a standby draw and C-rates each way. */
export const LinearBatteryModel = z
	.strictObject({
		type: z.literal('linear'),
		capacityWh: z.number().positive({ error: 'a battery capacity is above 0 Wh' }),
		...soc,
		/** The battery is not charged above this. */
		maxSoc: Soc,
		/** Energy stored per energy taken at the terminals. */
		etaCharge: Efficiency,
		/** Energy delivered at the terminals per energy taken from the store. */
		etaDischarge: Efficiency,
		/** Share of what is stored that is lost per hour (a rate: the loss is exponential). */
		selfDischargePerHour: z.number().nonnegative({ error: 'a self-discharge is at least 0' }),
		/** Own draw of its electronics, taken from what is stored. */
		standbyW: z.number().nonnegative({ error: 'a standby draw is at least 0 W' }),
		/** Power bounds as multiples of the capacity per hour; null: none. */
		chargeCRate: CRate,
		dischargeCRate: CRate,
	})
	.refine(startsAboveMinimum, BELOW_MINIMUM)
	.refine((model) => model.initialSoc <= model.maxSoc, {
		error: 'initialSoc lies above maxSoc; lower it or raise maxSoc',
		path: ['initialSoc'],
	});
export type LinearBatteryModel = z.infer<typeof LinearBatteryModel>;

export const BatteryModel = z.discriminatedUnion('type', [
	SimpleBatteryModel,
	LinearBatteryModel,
	ClcBatteryModel,
]);
export type BatteryModel = z.infer<typeof BatteryModel>;

/** Configuration of an actor of kind 'battery'. */
export const BatteryConfig = z.strictObject({
	stepUs: z.int().positive({ error: 'a step is at least 1 us' }),
	model: BatteryModel,
	/** How it wears out during the run; null: it does not. */
	wear: z
		.strictObject({
			temperatureC: z.number(),
			/** Share of the new battery's capacity that it has lost before. */
			initialFade: z.number().min(0).max(0.999),
			/** The capacity is brought up to date this often. */
			everyUs: z.int().positive(),
		})
		.nullable(),
});
export type BatteryConfig = z.infer<typeof BatteryConfig>;

/** Energy of the full battery, Wh. */
export function batteryCapacityWh(model: BatteryModel): number {
	return model.type === 'clc' ? model.cells * model.cell.v2Wh : model.capacityWh;
}

/** The number of cells that comes nearest to a capacity in Wh, at least 1. */
export function cellsForCapacity(capacityWh: number, cell: ClcCell): number {
	return Math.max(1, Math.round(capacityWh / cell.v2Wh));
}
