import { HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { type BatteryModel, LG_M50_CELL } from '../battery/config.ts';
import type { ControllerConfig } from './config.ts';
import type { Given, Microgrid } from './microgrid.test-support.ts';

/** Random microgrids, policies and days for property tests. */

/** Less than 1e-9 is nothing: doubles of 1e-320 have no digits left. */
const number = (min: number, max: number) =>
	fc.double({ min, max, noNaN: true }).map((value) => (value < 1e-9 ? 0 : value));
const share = number(0, 1);
const watts = number(0, 3000);
const rate = fc.option(number(0.1, 3), { nil: null });
const capacity = number(50, 8000);

const socs = fc.tuple(share, share, share).map((three) => {
	const [minSoc, initialSoc, maxSoc] = three.toSorted((a, b) => a - b) as [number, number, number];
	return { minSoc, initialSoc, maxSoc };
});

const anyBattery: fc.Arbitrary<BatteryModel> = fc.oneof(
	fc
		.record({ capacityWh: capacity, soc: socs, cRate: rate })
		.map(({ capacityWh, soc: { minSoc, initialSoc }, cRate }) => ({
			...({ type: 'simple', capacityWh, minSoc, initialSoc, cRate } as const),
		})),
	fc
		.record({
			...{ capacityWh: capacity, soc: socs, chargeCRate: rate, dischargeCRate: rate },
			etaCharge: number(0.6, 1),
			etaDischarge: number(0.6, 1),
			selfDischargePerHour: number(0, 0.05),
			standbyW: number(0, 20),
		})
		.map(({ soc, ...rest }) => ({ type: 'linear' as const, ...soc, ...rest })),
	fc
		.record({ cells: fc.integer({ min: 1, max: 300 }), soc: socs })
		.map(({ cells, soc: { minSoc, initialSoc } }) => ({
			...({ type: 'clc', cells, minSoc, initialSoc } as const),
			...{ compatibility: null, cell: LG_M50_CELL },
		})),
);

const arbitrage = {
	chargePowerW: fc.option(number(1, 2000), { nil: null }),
	targetSoc: share,
	otherwise: fc.constantFrom('self-consumption' as const, 'hold' as const),
};
const minute = fc.integer({ min: 0, max: 1439 });
const window = fc.record({
	fromMin: minute,
	untilMin: minute,
	days: fc.constantFrom('all' as const, 'weekdays' as const, 'weekends' as const),
});
const anyStrategy: fc.Arbitrary<ControllerConfig['strategy']> = fc.oneof(
	fc.constant(null),
	fc.record({
		type: fc.constant('time-of-use' as const),
		...arbitrage,
		charge: fc.array(window, { minLength: 1, maxLength: 2 }),
		discharge: fc.array(window, { maxLength: 2 }),
	}),
	fc
		.record({
			...arbitrage,
			signal: fc.constantFrom('carbon' as const, 'marginal' as const, 'price' as const),
			levels: fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 500 })),
			hysteresis: fc.integer({ min: 0, max: 100 }),
		})
		.map(({ levels, ...rest }) => ({
			...{ type: 'threshold' as const, ...rest },
			chargeBelow: Math.min(...levels),
			dischargeAbove: Math.max(...levels),
		})),
	fc.record({
		type: fc.constant('forecast' as const),
		signal: fc.constantFrom('carbon' as const, 'marginal' as const, 'price' as const),
		...arbitrage,
		chargeShare: number(0, 0.5),
		dischargeShare: number(0, 0.5),
		roundTripEfficiency: number(0.5, 1),
	}),
	fc.tuple(watts, watts).map(([a, b]) => ({
		type: 'peak-shaving' as const,
		peakW: Math.max(a, b),
		rechargeBelowW: Math.min(a, b),
	})),
	fc.constant({
		type: 'plugin' as const,
		path: 'random.js',
		source: [
			'export const initialMemory = 0;',
			'export function decide(view, memory, { gainW }) {',
			'\tconst [now, next] = view.forecast.priceUsdPerKwh;',
			'\tconst wanted = gainW * Math.sin(memory) + view.deltaW / 2 + 3 * (next - now);',
			'\treturn { setpointsW: view.batteries.map(() => wanted), memory: memory + 1 };',
			'}',
		].join('\n'),
		parameters: { gainW: 900 },
		// A busy machine may stop it for a while.
		hangsAfterMs: 600_000,
	}),
);

const anyGenerator = fc
	.record({
		ratedPowerW: number(100, 3000),
		least: number(0.05, 1),
		minRunUs: fc.constantFrom(0, 2 * HOUR_US),
		minPauseUs: fc.constantFrom(0, 2 * HOUR_US),
		strategy: fc.constantFrom('load-following' as const, 'cycle-charging' as const),
		levels: fc.tuple(share, share),
		startAboveUsdPerKwh: fc.option(fc.integer({ min: 0, max: 500 }), { nil: null }),
	})
	.map(({ ratedPowerW, least, levels, minRunUs, minPauseUs, strategy, startAboveUsdPerKwh }) => ({
		...{ ratedPowerW, minPowerW: least * ratedPowerW, minRunUs, minPauseUs },
		rule: {
			...{ strategy, startAboveUsdPerKwh },
			startBelowSoc: Math.min(...levels),
			stopAboveSoc: Math.max(...levels),
		},
	}));

const anyShedding: fc.Arbitrary<NonNullable<ControllerConfig['shedding']>> = fc.record({
	hysteresisSoc: number(0, 0.2),
	order: fc.constantFrom<NonNullable<ControllerConfig['shedding']>['order']>(
		[],
		[{ type: 'load', name: 'office', belowSoc: 0.5 }],
		[
			{ type: 'replicas', capWPerGpu: 150, belowSoc: 0.3 },
			{ type: 'load', name: 'office', belowSoc: 0 },
		],
	),
});

const limit = fc.oneof(fc.constant(Number.POSITIVE_INFINITY), watts);
const anyGrid = fc
	.record({ available: fc.boolean(), importW: limit, exportW: limit })
	.map(({ available, importW, exportW }): [number, number, number] =>
		available ? [1, importW, exportW] : [0, 0, 0],
	);

const signal = fc.integer({ min: 0, max: 500 });
const FORECAST_HOURS = 4;
const expected = fc.array(fc.oneof(fc.constant(Number.NaN), signal), {
	minLength: FORECAST_HOURS,
	maxLength: FORECAST_HOURS,
});
const anyForecast = fc.tuple(expected, expected, expected);

/** A microgrid with everything that one may have, and what is given to it step by step. */
export const anyMicrogrid: fc.Arbitrary<{ microgrid: Microgrid; steps: Given[] }> = fc
	.record({
		stepUs: fc.constantFrom(5 * MINUTE_US, HOUR_US),
		models: fc.array(anyBattery, { maxLength: 3 }),
		/** Hot and old, so that a day of it shows. */
		wear: fc.constantFrom(null, { temperatureC: 60, initialFade: 0, everyUs: 2 * HOUR_US }),
		generators: fc.array(anyGenerator, { maxLength: 2 }),
		strategy: anyStrategy,
		shedding: anyShedding,
		hasGrid: fc.boolean(),
		isIslanded: fc.boolean(),
		chargePowerW: fc.oneof(fc.constant(0), fc.integer({ min: -500, max: 500 })),
		steps: fc.array(
			fc.record({
				...{ load: watts, office: watts, solar: watts },
				...{ carbon: signal, marginal: signal, price: signal, grid: anyGrid },
				forecast: anyForecast,
			}),
			{ minLength: 1, maxLength: 24 },
		),
	})
	.map(({ steps, isIslanded, chargePowerW, strategy, hasGrid, ...rest }) => ({
		steps,
		microgrid: {
			...rest,
			forecastHours: FORECAST_HOURS,
			...(isIslanded
				? { mode: 'islanded', strategy: null, hasGrid: false }
				: { strategy, hasGrid, chargePowerW: strategy === null ? chargePowerW : 0 }),
		},
	}));
