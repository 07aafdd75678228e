import { type BatteryModel, batteryCapacityWh } from './config.ts';

/**
 * What a model allows at most, in the terms of a linear program: every path of the model keeps to these, so a
 * dispatch that is best under them is a bound on what the model itself can do.
 */
export interface BatteryLimits {
	readonly capacityWh: number;
	readonly initialSoc: number;
	readonly minSoc: number;
	readonly maxSoc: number;
	/** Energy stored per energy taken, and delivered per energy taken from the store; at most 1. */
	readonly etaCharge: number;
	readonly etaDischarge: number;
	readonly selfDischargePerHour: number;
	readonly standbyW: number;
	/** At the terminals; null: bounded by the energy only. */
	readonly maxChargeW: number | null;
	readonly maxDischargeW: number | null;
}

/**
 * The limits of a model. Of a C-L-C battery those of its cells at no current: at any current its content has to
 * stay within narrower bounds, so this is a relaxation.
 */
export function batteryLimits(model: BatteryModel): BatteryLimits {
	const capacityWh = batteryCapacityWh(model);
	const { initialSoc, minSoc } = model;
	const power = (cRate: number | null) => (cRate === null ? null : cRate * capacityWh);
	const common = { capacityWh, initialSoc, minSoc };
	const lossless = { selfDischargePerHour: 0, standbyW: 0 };
	switch (model.type) {
		case 'simple': {
			const boundW = power(model.cRate);
			return {
				...{ ...common, ...lossless, maxSoc: 1, etaCharge: 1, etaDischarge: 1 },
				...{ maxChargeW: boundW, maxDischargeW: boundW },
			};
		}
		case 'linear': {
			const { maxSoc, etaCharge, etaDischarge, selfDischargePerHour, standbyW } = model;
			return {
				...{ ...common, maxSoc, etaCharge, etaDischarge, selfDischargePerHour, standbyW },
				...{ maxChargeW: power(model.chargeCRate), maxDischargeW: power(model.dischargeCRate) },
			};
		}
		case 'clc': {
			const { etaCharge, etaDischarge, alphaChargeC, alphaDischargeC } = model.cell;
			return {
				...{ ...common, ...lossless, maxSoc: 1, etaCharge, etaDischarge: 1 / etaDischarge },
				...{ maxChargeW: power(alphaChargeC), maxDischargeW: power(-alphaDischargeC) },
			};
		}
	}
}
