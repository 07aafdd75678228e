import type { ActorEnv, TimeActor, WireInput } from '../../kernel/actor/contract.ts';
import { namedPrng } from '../../kernel/actor/random.ts';
import { BatteryConfig, type BatteryModel, batteryCapacityWh } from '../battery/config.ts';
import { type BatteryState, batteryKind, initialStateReading } from '../battery/kind.ts';
import {
	type Generator,
	GeneratorConfig,
	generatorKind,
	initialGeneratorReading,
} from '../generator/kind.ts';
import { booksPort } from './books.ts';
import { ControllerConfig } from './config.ts';
import type { ControllerState } from './controller-state.ts';
import { controllerKind } from './kind.ts';

/** A microgrid of real actors, stepped by hand in the run time's order. */
export interface Microgrid {
	readonly stepUs: number;
	readonly models: readonly BatteryModel[];
	/** How all of them wear out; none: they do not. */
	readonly wear?: BatteryConfig['wear'];
	readonly generators?: readonly (Omit<GeneratorConfig, 'stepUs'> & {
		readonly rule: Omit<ControllerConfig['generators'][number], 'name'>;
	})[];
	readonly mode?: 'grid-connected' | 'islanded';
	readonly chargePowerW?: number;
	readonly strategy?: ControllerConfig['strategy'];
	readonly shedding?: ControllerConfig['shedding'];
	/** Steps say what is expected of each signal in this many hours; none: nothing is. */
	readonly forecastHours?: number;
	/** Whether steps say what the grid allows. */
	readonly hasGrid?: boolean;
	readonly startEpochMs?: number;
	/** What may flow into the grid; with it steps say what exports earn. */
	readonly exports?: NonNullable<ControllerConfig['exports']>;
	readonly ramps?: NonNullable<ControllerConfig['ramps']>;
}

/** What is given from outside in one step. Members are `load`, `office` and `solar`, in W. */
export interface Given {
	readonly load: number;
	readonly office?: number;
	readonly solar?: number;
	readonly carbon?: number;
	readonly marginal?: number;
	readonly price?: number;
	/** What exports earn. */
	readonly pay?: number;
	/** Of carbon, marginal and price. */
	readonly forecast?: readonly (readonly number[])[];
	/** available (1 or 0), import limit and export limit, W. */
	readonly grid?: readonly [number, number, number];
}

/** A wire that holds one row, set by hand. */
export class HandWire implements WireInput {
	readonly source: string;
	row: ArrayLike<number>;
	readonly knownUntilUs = Number.POSITIVE_INFINITY;
	readonly timeUs = 0;
	constructor(source: string, row: ArrayLike<number> = []) {
		this.source = source;
		this.row = row;
	}
	seek(): boolean {
		return true;
	}
	value(field: number): number {
		return this.row[field] as number;
	}
	nextUs(): number {
		return Number.POSITIVE_INFINITY;
	}
	take(): boolean {
		return false;
	}
}

function env(name: string): ActorEnv {
	return { name, random: (purpose) => namedPrng(`1/${name}/${purpose}`), announce: () => {} };
}

const BOOKKEEPER = 'controller';

function configOf(grid: Microgrid): ControllerConfig {
	return ControllerConfig.parse({
		stepUs: grid.stepUs,
		policy: { mode: grid.mode ?? 'grid-connected', chargePowerW: grid.chargePowerW ?? 0 },
		strategy: grid.strategy ?? null,
		shedding: grid.shedding ?? null,
		clock: { startEpochMs: grid.startEpochMs ?? 0, timezone: 'UTC' },
		hasGridSignal: grid.hasGrid ?? false,
		cap: null,
		members: [{ name: 'load' }, { name: 'office' }, { name: 'solar' }],
		batteries: grid.models.map((model, i) => ({
			name: `b${i}`,
			capacityWh: batteryCapacityWh(model),
			...(grid.wear ? { fades: true } : {}),
		})),
		generators: (grid.generators ?? []).map(({ rule }, i) => ({ name: `g${i}`, ...rule })),
		signals: [
			{ name: 'carbon', unit: 'g/kWh' },
			{ name: 'marginal', unit: 'g/kWh' },
			{ name: 'price', unit: 'USD/kWh' },
			...(grid.exports ? [{ name: 'exports', unit: 'USD/kWh' }] : []),
		],
		...(grid.exports ? { exports: grid.exports, exportSignal: 'exports' } : {}),
		...(grid.ramps ? { ramps: grid.ramps } : {}),
		carbonSignal: 'carbon',
		marginalSignal: 'marginal',
		forecast:
			grid.forecastHours === undefined
				? null
				: { hours: grid.forecastHours, signals: ['carbon', 'marginal', 'price'] },
	});
}

/** One of the stores and machines that the controller sets: steps with its setpoint, tells its state. */
function follower(
	name: string,
	actor: TimeActor<BatteryState> | TimeActor<Generator>,
	initial: number[],
) {
	const stepper = actor as TimeActor<unknown>;
	const setpoint = new HandWire(BOOKKEEPER, [0]);
	const state = new HandWire(name, initial);
	let held: unknown = stepper.init();
	const append = (_: number, row: ArrayLike<number>) => {
		state.row = Array.from(row);
	};
	const step = (span: { fromUs: number; untilUs: number }) => {
		held = stepper.step(held, span, [[setpoint]], [{ append }]);
	};
	return { setpoint, state, step };
}

/** Connects controller, batteries and generators. `step` gives the books of one step by column. */
export function connectMicrogrid(grid: Microgrid) {
	const config = configOf(grid);
	const controller = controllerKind.create(config, env(BOOKKEEPER)) as TimeActor<ControllerState>;
	const batteries = grid.models.map((model, i) => {
		const wear = grid.wear ?? null;
		const own = BatteryConfig.parse({ stepUs: grid.stepUs, model, wear });
		const actor = batteryKind.create(own, env(`b${i}`)) as TimeActor<BatteryState>;
		return follower(`b${i}`, actor, initialStateReading(own));
	});
	const generators = (grid.generators ?? []).map(({ rule: _rule, ...machine }, i) => {
		const own = GeneratorConfig.parse({ stepUs: grid.stepUs, ...machine });
		const actor = generatorKind.create(own, env(`g${i}`)) as TimeActor<Generator>;
		return follower(`g${i}`, actor, initialGeneratorReading(own));
	});
	const members = ['load', 'office', 'solar'].map((name) => new HandWire(name, [0]));
	const [carbon, marginal] = [new HandWire('carbon', [0]), new HandWire('marginal', [0])];
	const price = new HandWire('price', [0]);
	const pay = new HandWire('exports', [0]);
	const forecasts = ['carbon', 'marginal', 'price'].map(
		(name) => new HandWire(name, new Array(grid.forecastHours ?? 0).fill(Number.NaN)),
	);
	const limits = new HandWire('grid', [1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
	const states = (list: readonly { state: HandWire }[]) => list.map(({ state }) => state);
	const inputs = [
		members,
		states(batteries),
		[carbon, marginal],
		grid.exports ? [price, pay] : [price],
		states(generators),
		grid.hasGrid === true ? [limits] : [],
		...(grid.forecastHours === undefined ? [] : [forecasts.slice(0, 2), forecasts.slice(2)]),
	];
	const rows: number[][] = controller.outputs.map(() => []);
	const outputs = rows.map((_, port) => ({
		append(_timeUs: number, values: ArrayLike<number>) {
			rows[port] = Array.from(values);
		},
	}));
	const names = booksPort(config).fields.map(({ name }) => name);
	let state = controller.init();
	let timeUs = 0;
	return {
		/** A snapshot of the controller. */
		state: () => structuredClone(state),
		step(given: Given): Record<string, number> {
			const { load, office = 0, solar = 0, grid: allowed } = given;
			[-load, -office, solar].forEach((powerW, i) => {
				(members[i] as HandWire).row = [powerW];
			});
			carbon.row = [given.carbon ?? 0];
			marginal.row = [given.marginal ?? 0];
			price.row = [given.price ?? 0];
			pay.row = [given.pay ?? 0];
			given.forecast?.forEach((row, i) => {
				(forecasts[i] as HandWire).row = row;
			});
			if (allowed !== undefined) limits.row = allowed;
			const span = { fromUs: timeUs, untilUs: timeUs + grid.stepUs };
			state = controller.step(state, span, inputs, outputs);
			[...batteries, ...generators].forEach((one, i) => {
				one.setpoint.row = rows[i] as number[];
				one.step(span);
			});
			timeUs += grid.stepUs;
			const books: Record<string, number> = {};
			const row = rows.at(-1) ?? [];
			for (let i = 0; i < names.length; i++) books[names[i] as string] = row[i] as number;
			return books;
		},
	};
}

/** A battery without losses or bound on power. */
export function simpleBattery(capacityWh: number, initialSoc: number, minSoc = 0): BatteryModel {
	return { type: 'simple', capacityWh, initialSoc, minSoc, cRate: null };
}
