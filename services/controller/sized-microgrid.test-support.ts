import * as fc from '../../tests/properties.test-support.ts';
import type { BatteryModel } from '../battery/config.ts';
import type { ControllerConfig } from './config.ts';
import type { Given, Microgrid } from './microgrid.test-support.ts';
import { anyMicrogrid } from './random-microgrid.test-support.ts';

/** What the parts of `anyMicrogrid` are about as large as, W and Wh. */
const USUAL = 3000;

/** From 1 W to 100 MW, evenly over orders of magnitude, as a multiple of the usual. */
const size = fc.double({ min: 0, max: 8, noNaN: true }).map((power) => 10 ** power / USUAL);
/** The same, or nothing at all. */
const sizeOrNothing = fc.oneof({ weight: 4, arbitrary: size }, fc.constant(0));
const sizes = fc.array(size, { minLength: 3, maxLength: 3 });

/** How large each part of a microgrid is, on its own: a battery of 15 MWh stands beside a load of 300 W. */
const anySizes = fc.record({
	load: sizeOrNothing,
	office: sizeOrNothing,
	solar: sizeOrNothing,
	batteries: sizes,
	generators: sizes,
	limits: sizeOrNothing,
	policy: size,
	/** Whether a deficit ends the run instead of going unserved. */
	isStrict: fc.boolean(),
});
type Sizes = typeof anySizes extends fc.Arbitrary<infer S> ? S : never;

/** A microgrid of any size, whose parts differ in size by up to eight orders of magnitude. */
export const anySizedMicrogrid = fc
	.record({ one: anyMicrogrid, sizes: anySizes })
	.map(({ one: { microgrid, steps }, sizes }) => ({
		microgrid: resized(microgrid, sizes),
		steps: steps.map((given) => resizedStep(given, sizes)),
	}));

function resized(grid: Microgrid, sizes: Sizes): Microgrid {
	return {
		...grid,
		models: grid.models.map((model, i) => resizedBattery(model, sizes.batteries[i] as number)),
		generators: (grid.generators ?? []).map((generator, i) => {
			const factor = sizes.generators[i] as number;
			const ratedPowerW = factor * generator.ratedPowerW;
			const minPowerW = Math.min(ratedPowerW, factor * generator.minPowerW);
			return { ...generator, ratedPowerW, minPowerW };
		}),
		chargePowerW: sizes.policy * (grid.chargePowerW ?? 0),
		strategy: resizedStrategy(grid.strategy ?? null, sizes.policy),
		shedding: sizes.isStrict ? null : (grid.shedding ?? null),
	};
}

function resizedBattery(model: BatteryModel, factor: number): BatteryModel {
	switch (model.type) {
		case 'simple':
			return { ...model, capacityWh: factor * model.capacityWh };
		case 'linear':
			return {
				...{ ...model, capacityWh: factor * model.capacityWh },
				standbyW: factor * model.standbyW,
			};
		case 'clc':
			return { ...model, cells: Math.max(1, Math.round(factor * model.cells)) };
	}
}

function resizedStrategy(
	strategy: ControllerConfig['strategy'],
	factor: number,
): ControllerConfig['strategy'] {
	if (strategy === null) return null;
	if (strategy.type === 'plugin') return { ...strategy, parameters: { gainW: 900 * factor } };
	if (strategy.type === 'peak-shaving') {
		const { peakW, rechargeBelowW } = strategy;
		return {
			...{ ...strategy, peakW: factor * peakW },
			rechargeBelowW: rechargeBelowW === null ? null : factor * rechargeBelowW,
		};
	}
	const { chargePowerW } = strategy;
	return { ...strategy, chargePowerW: chargePowerW === null ? null : factor * chargePowerW };
}

function resizedStep(given: Given, sizes: Sizes): Given {
	const { load, office = 0, solar = 0, grid = [1, 0, 0] } = given;
	const limit = (watts: number) => (Number.isFinite(watts) ? sizes.limits * watts : watts);
	return {
		...given,
		...{ load: sizes.load * load, office: sizes.office * office, solar: sizes.solar * solar },
		grid: [grid[0], limit(grid[1]), limit(grid[2])],
	};
}
