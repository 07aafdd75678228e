import { ConfigError } from '../../protocol/errors.ts';
import { parseDuration, parseDurationFrom0 } from '../../protocol/scenario/duration.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { DAY_US, type SimTime } from '../../protocol/time.ts';
import {
	type BatteryConfig,
	cellsForCapacity,
	LG_M50_CELL,
} from '../../services/battery/config.ts';
import type { ControllerConfig } from '../../services/controller/config.ts';
import type { GeneratorConfig } from '../../services/generator/kind.ts';
import type { GridConfig } from '../../services/grid/kind.ts';
import { exportsConfig, rampsConfig } from './connection-config.ts';
import type { Frame } from './plan.ts';
import { policySource } from './policy-source.ts';

/** How batteries, generators, the grid's limits and the policy of a scenario become configurations. */

/** Hours of a mean month, a twelfth of 365.25 days. */
const HOURS_PER_MONTH = 730.5;

/**
 * The configuration of a battery’s actor.
 *
 * @throws ConfigError for one that starts outside of its limits
 */
export function batteryConfig(battery: Scenario['batteries'][number], frame: Frame): BatteryConfig {
	const { initialSoc, minSoc } = battery;
	const cannot = `Cannot start battery "${battery.name}" at a state of charge of ${initialSoc}`;
	if (initialSoc < minSoc) {
		throw new ConfigError(`${cannot}: its minimum is ${minSoc}; raise initialSoc or lower minSoc`);
	}
	if (battery.type === 'linear' && initialSoc > battery.maxSoc) {
		throw new ConfigError(
			`${cannot}: its maximum is ${battery.maxSoc}; lower initialSoc or raise maxSoc`,
		);
	}
	const { degradation } = battery;
	const { temperatureC, initialFade } = degradation ?? { temperatureC: 0, initialFade: 0 };
	return {
		stepUs: frame.stepUs,
		model: batteryModel(battery),
		wear: degradation?.inRun === true ? { temperatureC, initialFade, everyUs: DAY_US } : null,
	};
}

function batteryModel(battery: Scenario['batteries'][number]): BatteryConfig['model'] {
	const { capacityWh, initialSoc, minSoc } = battery;
	switch (battery.type) {
		case 'simple':
			return { type: 'simple', capacityWh, initialSoc, minSoc, cRate: battery.cRate };
		case 'linear':
			return {
				...{ type: 'linear', capacityWh, initialSoc, minSoc, maxSoc: battery.maxSoc },
				etaCharge: battery.chargeEfficiency,
				etaDischarge: battery.dischargeEfficiency,
				selfDischargePerHour: -Math.log1p(-battery.selfDischargePerMonth) / HOURS_PER_MONTH,
				standbyW: battery.standbyW,
				chargeCRate: battery.chargeCRate,
				dischargeCRate: battery.dischargeCRate,
			};
		case 'clc':
			return {
				type: 'clc',
				cells: cellsForCapacity(capacityWh, LG_M50_CELL),
				initialSoc,
				minSoc,
				compatibility: null,
				cell: LG_M50_CELL,
			};
	}
}

/** null: 0. */
function spanUs(text: string | number | null, what: string): SimTime {
	return text === null ? 0 : parseDurationFrom0(text, what);
}

/**
 * The configuration of a generator’s actor.
 *
 * @throws ConfigError for limits that contradict each other, and durations that are none
 */
export function generatorConfig(
	generator: Scenario['generators'][number],
	frame: Frame,
): GeneratorConfig {
	const { name, ratedPowerW, minLoadFraction, minRun, minPause } = generator;
	if (minLoadFraction === 0 && spanUs(minRun, 'minRun') > 0)
		throw new ConfigError(
			`Cannot keep generator "${name}" running for ${minRun} with a minLoadFraction of 0: no power means that it rests; raise one or drop the other`,
		);
	return {
		stepUs: frame.stepUs,
		ratedPowerW,
		minPowerW: minLoadFraction * ratedPowerW,
		minRunUs: spanUs(minRun, 'minRun'),
		minPauseUs: spanUs(minPause, 'minPause'),
	};
}

/**
 * The configuration of the actor of what the grid may take and give.
 *
 * @throws ConfigError for durations that are none
 */
export function gridConfig(grid: NonNullable<Scenario['grid']>, frame: Frame): GridConfig {
	const spell = (
		from: string | number,
		length: string | number,
		every: string | number | null,
	) => ({
		fromUs: spanUs(from, '"from" of the grid'),
		lengthUs: parseDuration(length, '"length" of the grid'),
		everyUs: every === null ? null : parseDuration(every, '"every" of the grid'),
	});
	const { importLimitW, exportLimitW, outages, curtailments, outageTrace } = grid;
	return {
		...{ stepUs: frame.stepUs, importLimitW, exportLimitW },
		outages: outages.map(({ from, length, every }) => spell(from, length, every)),
		curtailments: curtailments.map(({ from, length, every, exportLimitW: limit }) => ({
			...spell(from, length, every),
			exportLimitW: limit,
		})),
		source:
			outageTrace === null ? null : { type: 'trace', ...outageTrace, fill: 'ffill', scale: 1 },
	};
}

/** What the controller knows of the grid's events before the run. @throws ConfigError for durations that are none */
export function eventsConfig(grid: Scenario['grid']): Pick<ControllerConfig, 'gridEvents'> {
	if (grid === null || (grid.events.length === 0 && grid.respondToEvents)) return {};
	const ids = grid.events.map(({ id }) => id);
	const twice = ids.find((id, i) => ids.indexOf(id) !== i);
	if (twice !== undefined)
		throw new ConfigError(`Cannot use "grid.events": two have the id "${twice}"; rename one`);
	const known = grid.events.map((event) => {
		const fromUs = spanUs(event.from, `"from" of the event "${event.id}"`);
		const lengthUs = parseDuration(event.length, `"length" of the event "${event.id}"`);
		return {
			...{ id: event.id, event: event.type, fromUs, untilUs: fromUs + lengthUs },
			announcedUs: spanUs(event.announced, `"announced" of the event "${event.id}"`),
			limitW:
				event.type === 'demand-response'
					? event.targetW
					: event.type === 'import-limit'
						? event.importLimitW
						: null,
			usdPerKwh: event.type === 'price' ? event.usdPerKwh : null,
		};
	});
	return { gridEvents: { known, isRespondedTo: grid.respondToEvents } };
}

type Policy = Scenario['policy'];
type Strategy = ControllerConfig['strategy'];

/** The keys of a controller's configuration that follow from the scenario's policy. */
export function policyConfig(
	{ policy, generators, grid, exportPrice }: Scenario,
	frame: Frame,
): Pick<
	ControllerConfig,
	| 'policy'
	| 'strategy'
	| 'shedding'
	| 'clock'
	| 'hasGridSignal'
	| 'generators'
	| 'exports'
	| 'ramps'
> {
	const isDefault = policy.type === undefined || policy.type === 'default';
	if (policy.mode === 'islanded' && !isDefault)
		throw new ConfigError(
			`Cannot use policy "${policy.type}" islanded: it decides about a grid; use mode grid-connected, with grid.outages for times without one`,
		);
	if (policy.mode === 'islanded' && grid !== null)
		throw new ConfigError(
			'Cannot use "grid" islanded: there is none; use mode grid-connected, or drop the key',
		);
	const { startEpochMs, location } = frame;
	return {
		policy: { mode: policy.mode, chargePowerW: isDefault ? policy.chargePowerW : 0 },
		strategy: strategyConfig(policy),
		shedding: sheddingConfig(policy.shedding),
		clock: { startEpochMs, timezone: location.timeZone },
		hasGridSignal: grid !== null,
		...exportsConfig(grid, exportPrice !== null),
		...rampsConfig(grid, frame),
		generators: generators.map(
			({ name, strategy, startBelowSoc, stopAboveSoc, startAboveUsdPerKwh }) => ({
				...{ name, strategy, startBelowSoc, stopAboveSoc, startAboveUsdPerKwh },
			}),
		),
	};
}

function selling<Sell>(sell: Sell | null): { sell: Sell } | Record<string, never> {
	return sell === null ? {} : { sell };
}

function strategyConfig(policy: Policy): Strategy {
	switch (policy.type) {
		case undefined:
		case 'default':
			return null;
		case 'time-of-use': {
			const { type, chargePowerW, targetSoc, otherwise, charge, discharge, sell } = policy;
			return {
				...{ type, chargePowerW, targetSoc, otherwise, ...selling(sell) },
				charge: charge.map(dayWindow),
				discharge: discharge.map(dayWindow),
			};
		}
		case 'carbon-arbitrage':
		case 'price-arbitrage': {
			const { chargePowerW, targetSoc, otherwise, sell } = policy;
			const { chargeBelow, dischargeAbove, hysteresis } = policy;
			if (chargeBelow > dischargeAbove)
				throw new ConfigError(
					`Cannot use policy "${policy.type}": chargeBelow ${chargeBelow} exceeds dischargeAbove ${dischargeAbove}; swap them`,
				);
			return {
				type: 'threshold',
				signal: policy.type === 'carbon-arbitrage' ? policy.follow : 'price',
				...{ chargePowerW, targetSoc, otherwise, ...selling(sell) },
				...{ chargeBelow, dischargeAbove, hysteresis },
			};
		}
		case 'forecast': {
			const { type, follow, chargePowerW, targetSoc, otherwise, sell } = policy;
			const { chargeShare, dischargeShare, roundTripEfficiency } = policy;
			if (chargeShare + dischargeShare > 1)
				throw new ConfigError(
					`Cannot use policy "forecast": chargeShare ${chargeShare} and dischargeShare ${dischargeShare} are more than all hours; lower one`,
				);
			return {
				...{ type, signal: follow, chargePowerW, targetSoc, otherwise, ...selling(sell) },
				...{ chargeShare, dischargeShare, roundTripEfficiency },
			};
		}
		case 'peak-shaving': {
			const { type, peakW, rechargeBelowW } = policy;
			if ((rechargeBelowW ?? 0) > peakW)
				throw new ConfigError(
					`Cannot recharge below ${rechargeBelowW} W with a peak of ${peakW} W: rechargeBelowW must not exceed peakW`,
				);
			return { type, peakW, rechargeBelowW };
		}
		case 'plugin': {
			const { type, path, parameters, hangsAfter } = policy;
			const hangsAfterMs = parseDuration(hangsAfter, 'policy.hangsAfter') / 1000;
			return { type, path, source: policySource(path).code, parameters, hangsAfterMs };
		}
	}
}

type DayWindow = Extract<Policy, { type: 'time-of-use' }>['charge'][number];

function dayWindow({ from, until, days }: DayWindow) {
	const minutes = (text: string) => 60 * Number(text.slice(0, 2)) + Number(text.slice(3));
	return { fromMin: minutes(from) % 1440, untilMin: minutes(until), days };
}

function sheddingConfig(shedding: Policy['shedding']): ControllerConfig['shedding'] {
	if (shedding === null) return null;
	return {
		hysteresisSoc: shedding.hysteresisSoc,
		order: shedding.order.map(({ load, replicasCapWPerGpu, belowSoc }) =>
			load === undefined
				? { type: 'replicas', capWPerGpu: replicasCapWPerGpu ?? Number.NaN, belowSoc }
				: { type: 'load', name: load, belowSoc },
		),
	};
}

/**
 * Whether the replicas' power may be capped: without a wire for it they run ahead of the microgrid.
 *
 * @param isSteered somebody may set a cap in the course of the run
 */
export function capsReplicas({ cap, policy, serving }: Scenario, isSteered: boolean): boolean {
	return (
		(isSteered && serving !== null) ||
		cap.length > 0 ||
		(policy.shedding?.order.some((entry) => entry.replicasCapWPerGpu !== undefined) ?? false)
	);
}
