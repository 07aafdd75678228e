import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ActorEnv, TimeActor } from '../../kernel/actor/contract.ts';
import { namedPrng } from '../../kernel/actor/random.ts';
import { SimulationError } from '../../protocol/errors.ts';
import { HOUR_US } from '../../protocol/time.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { BatteryConfig, type BatteryModel, batteryCapacityWh } from '../battery/config.ts';
import { type BatteryState, batteryKind, initialStateReading } from '../battery/kind.ts';
import { booksPort } from './books.ts';
import { ControllerConfig } from './config.ts';
import type { ControllerState } from './controller-state.ts';
import { controllerKind } from './kind.ts';
import { HandWire } from './microgrid.test-support.ts';

function env(name: string): ActorEnv {
	return { name, random: (purpose) => namedPrng(`1/${name}/${purpose}`), announce: () => {} };
}

interface Grid {
	readonly stepUs: number;
	readonly mode?: 'grid-connected' | 'islanded';
	readonly cap?: ControllerConfig['cap'];
	readonly models: Readonly<Record<string, BatteryModel>>;
	readonly members: readonly string[];
}

/** Nothing beside Vessim's default policy. */
const PLAIN = {
	strategy: null,
	shedding: null,
	clock: { startEpochMs: 0, timezone: 'UTC' },
	hasGridSignal: false,
	generators: [],
};

function configFor({ stepUs, mode = 'grid-connected', cap = null, models, members }: Grid) {
	return ControllerConfig.parse({
		stepUs,
		policy: { mode, chargePowerW: 0 },
		...PLAIN,
		cap,
		members: members.map((name) => ({ name })),
		batteries: Object.entries(models).map(([name, model]) => ({
			name,
			capacityWh: batteryCapacityWh(model),
		})),
		signals: [
			{ name: 'price', unit: 'USD/kWh' },
			{ name: 'carbon', unit: 'g/kWh' },
		],
		carbonSignal: 'carbon',
		marginalSignal: null,
		forecast: null,
	});
}

/** A controller and its batteries, stepped in the run time's order over hand-made wires. */
function connect(grid: Grid) {
	const config = configFor(grid);
	const controller = controllerKind.create(config, env('ctl')) as TimeActor<ControllerState>;
	// Wires come by the name of their source, whatever the order of the configuration.
	const power = grid.members.toSorted().map((name) => new HandWire(name));
	const batteries = Object.entries(grid.models).map(([name, model]) => {
		const own = BatteryConfig.parse({ stepUs: grid.stepUs, model, wear: null });
		const actor = batteryKind.create(own, env(name)) as TimeActor<BatteryState>;
		return {
			actor,
			state: actor.init(),
			setpoint: new HandWire('ctl'),
			wire: new HandWire(name, initialStateReading(own)),
		};
	});
	const states = batteries
		.map(({ wire }) => wire)
		.toSorted((a, b) => (a.source < b.source ? -1 : 1));
	const carbon = new HandWire('carbon', [0]);
	const inputs = [power, states, [carbon], [new HandWire('price', [0.25])], [], []];
	const rows: number[][] = controller.outputs.map(() => []);
	const times: number[] = [];
	const outputs = rows.map((_, port) => ({
		append(timeUs: number, values: ArrayLike<number>) {
			times.push(timeUs);
			rows[port] = Array.from(values);
		},
	}));
	let state = controller.init();
	let timeUs = 0;
	const step = (powerW: Readonly<Record<string, number>>, intensity = 0) => {
		for (const wire of power) wire.row = [powerW[wire.source] as number];
		carbon.row = [intensity];
		const span = { fromUs: timeUs, untilUs: timeUs + grid.stepUs };
		state = controller.step(state, span, inputs, outputs);
		batteries.forEach((battery, i) => {
			battery.setpoint.row = rows[i] as number[];
			const append = (_: number, row: ArrayLike<number>) => {
				battery.wire.row = Array.from(row);
			};
			battery.state = battery.actor.step(battery.state, span, [[battery.setpoint]], [{ append }]);
		});
		timeUs += grid.stepUs;
		return Object.fromEntries(
			booksPort(config).fields.map(({ name }, i) => [name, rows.at(-1)?.[i] as number]),
		);
	};
	return { step, rows, times, controller, inputs, outputs };
}

function simple(capacityWh: number, initialSoc: number): BatteryModel {
	return { type: 'simple', capacityWh, initialSoc, minSoc: 0, cRate: null };
}

test('the controller orders members, batteries and signals by its configuration', () => {
	// Names are chosen so that merit order and order of wires differ.
	const models = { zeta: simple(100, 0.5), alpha: simple(400, 0.25) };
	const { step, rows, times } = connect({ stepUs: HOUR_US, models, members: ['z', 'a'] });
	const first = step({ z: 120, a: -50 }, 300);
	assert.equal(first, {
		p_delta: 70,
		p_grid: 0,
		'actor_states.z.power': 120,
		'actor_states.a.power': -50,
		'policy_state.charge_power': 0,
		'dispatch_states.zeta.soc': 0.5,
		'dispatch_states.zeta.charge_level': 50,
		'dispatch_states.alpha.soc': 0.25,
		'dispatch_states.alpha.charge_level': 100,
		'grid_signals.price': 0.25,
		'grid_signals.carbon': 300,
		'policy_state.cap_per_gpu': Number.POSITIVE_INFINITY,
		'policy_state.curtailed': 0,
		'dispatch_states.zeta.current_power': 50,
		'dispatch_states.alpha.current_power': 20,
	});
	assert.equal(rows.slice(0, 3), [[50], [20], [Number.POSITIVE_INFINITY]]);
	const second = step({ z: 0, a: -300 });
	assert.is(second['dispatch_states.zeta.soc'], 1);
	assert.is(second['dispatch_states.alpha.charge_level'], 120);
	assert.is(second['p_grid'], -80);
	assert.equal(times, [0, 0, 0, 0, HOUR_US, HOUR_US, HOUR_US, HOUR_US]);
});

test('the cap follows carbon and the share stored in all batteries', () => {
	const rules = [
		{ signal: 'carbon' as const, above: 300, capWPerGpu: 250, hysteresis: 20 },
		{ signal: 'soc' as const, below: 0.3, capWPerGpu: 150 },
	];
	// 80 of 400 Wh stored is a share of .2, although one battery is full to .8.
	const models = { a: simple(100, 0.8), b: simple(300, 0) };
	const { step } = connect({ stepUs: HOUR_US, cap: { rules }, models, members: ['x'] });
	assert.is(step({ x: 200 }, 310)['policy_state.cap_per_gpu'], 150);
	assert.is(step({ x: 0 }, 290)['policy_state.cap_per_gpu'], 250);
	assert.is(step({ x: 0 }, 279)['policy_state.cap_per_gpu'], Number.POSITIVE_INFINITY);
});

test('an islanded surplus is curtailed; an islanded deficit ends the run with watts and time', () => {
	const models = { a: simple(100, 0.5) };
	const { step } = connect({ stepUs: HOUR_US, mode: 'islanded', models, members: ['x'] });
	assert.is(step({ x: 80 })['policy_state.curtailed'], 30);
	assert.throws(
		() => step({ x: -130 }),
		(error: unknown) =>
			error instanceof SimulationError &&
			error.actor === 'ctl' &&
			error.timeUs === HOUR_US &&
			/30 W are missing at 01:00:00/.test(error.message),
	);
});

test('the controller refuses a battery that did not execute what was set', () => {
	const models = { a: simple(100, 0.5) };
	const { step, inputs } = connect({ stepUs: HOUR_US, models, members: ['x'] });
	step({ x: 10 });
	const wire = inputs[1]?.[0] as HandWire;
	wire.row = [0.6, 60, -60, 40, 9.99];
	assert.throws(
		() => step({ x: 10 }),
		/battery "a" executed 9.99 W of the 10 W set one step before/,
	);
});

test('the controller refuses power that is no number', () => {
	const { step } = connect({ stepUs: HOUR_US, models: {}, members: ['x'] });
	assert.throws(() => step({ x: Number.NaN }), /Cannot balance the books of "ctl"/);
});

test('the controller refuses a wire that nobody named and a name without a wire', () => {
	const { controller, inputs, outputs } = connect({
		stepUs: HOUR_US,
		models: {},
		members: ['x', 'y'],
	});
	const span = { fromUs: 0, untilUs: HOUR_US };
	const wired = (...names: string[]) => [
		names.map((name) => new HandWire(name, [1])),
		...inputs.slice(1),
	];
	const step = (...names: string[]) =>
		controller.step(controller.init(), span, wired(...names), outputs);
	assert.throws(() => step('x'), /Cannot read "ctl.power": no wire from "y"/);
	assert.throws(() => step('x', 'y', 'z'), /3 wires from x, y, z but its configuration names x, y/);
	assert.throws(() => step('x', 'x', 'y'), /connect each once/);
	step('y', 'x');
});

test('a controller restored from its state goes on alike', () => {
	const rules = [{ signal: 'carbon' as const, above: 300, capWPerGpu: 250, hysteresis: 100 }];
	const config = configFor({ stepUs: 1, cap: { rules }, models: {}, members: ['x'] });
	const carbon = new HandWire('carbon', [310]);
	const inputs = [[new HandWire('x', [1])], [], [carbon], [new HandWire('price', [0])], [], []];
	const caps: number[] = [];
	const outputs = [
		{ append: (_: number, row: ArrayLike<number>) => void caps.push(row[0] as number) },
		{ append: () => {} },
	];
	const make = () => controllerKind.create(config, env('ctl')) as TimeActor<ControllerState>;
	const first = make();
	const state = first.step(first.init(), { fromUs: 0, untilUs: 1 }, inputs, outputs);
	carbon.row = [250];
	make().step(structuredClone(state), { fromUs: 1, untilUs: 2 }, inputs, outputs);
	assert.equal(caps, [250, 250]);
});

test('books balance in every step, whatever capacities, steps and powers', () => {
	const capacityWh = fc.double({ min: 0.1, max: 1e6, noNaN: true });
	const soc = fc.double({ min: 0, max: 1, noNaN: true });
	const models = fc.array(
		fc.tuple(capacityWh, soc).map(([capacity, start]) => simple(capacity, start)),
		{ maxLength: 3 },
	);
	const watts = fc.double({ min: -1e6, max: 1e6, noNaN: true });
	const powersW = fc.array(fc.tuple(watts, watts), { minLength: 1, maxLength: 10 });
	const stepUs = fc.integer({ min: 1000, max: 24 * HOUR_US });
	const run = (list: BatteryModel[], length: number, powers: [number, number][]) => {
		const named = Object.fromEntries(list.map((model, i) => [`b${i}`, model]));
		const { step } = connect({ stepUs: length, models: named, members: ['x', 'y'] });
		for (const [x, y] of powers) {
			const books = step({ x, y });
			const net = x + y;
			let sum = books['p_grid'] as number;
			list.forEach((_, i) => {
				sum += books[`dispatch_states.b${i}.current_power`] as number;
				const share = books[`dispatch_states.b${i}.soc`] as number;
				assert.ok(share >= 0 && share <= 1);
			});
			assert.ok(Math.abs(sum - net) <= 1e-9 * (Math.abs(x) + Math.abs(y)));
		}
	};
	void fc.assert(fc.property(models, stepUs, powersW, run));
});

test.run();
