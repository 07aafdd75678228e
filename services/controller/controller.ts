import type { Inputs, OutputPort, Outputs, WireInput } from '../../kernel/actor/contract.ts';
import type { Command } from '../../protocol/commands.ts';
import { SimulationError } from '../../protocol/errors.ts';
import { BATTERY_STATE_FIELDS, GENERATOR_STATE_FIELDS, GRID_FIELDS } from '../../protocol/ports.ts';
import { positionsOf } from '../../protocol/readings.ts';
import { agrees, isRounding } from '../../protocol/rounding.ts';
import { GridSignal } from '../../protocol/signals.ts';
import { formatSimTime, type SimTime, type Span, usToSeconds } from '../../protocol/time.ts';
import { type BooksLayout, booksLayout } from './books.ts';
import type { ControllerConfig } from './config.ts';
import type { ControllerState } from './controller-state.ts';
import { type Decider, makeDecider } from './decide.ts';
import { assertBalanced, emptyTerms, type PowerTerms } from './energy-balance.ts';
import { seeEvents } from './event-view.ts';
import { INPUT } from './ports.ts';
import { powerCapW } from './power-cap.ts';
import { notSteered, steer } from './steered.ts';
import { resolveWiring, type Wiring } from './wiring.ts';

/** Read in each step: a schema is slow to look things up in. */
const SIGNALS = GridSignal.options;
const BATTERY = positionsOf(BATTERY_STATE_FIELDS);
const GENERATOR = positionsOf(GENERATOR_STATE_FIELDS);
const GRID = positionsOf(GRID_FIELDS);

/** Room to work in, made once. Nothing in it outlives a step. */
function makeScratch(config: ControllerConfig, decider: Decider) {
	const layout = booksLayout(config);
	return {
		layout,
		row: new Float64Array(layout.width),
		view: decider.view,
		terms: emptyTerms(),
		signals: { carbon: Number.NaN, marginal: Number.NaN, soc: Number.NaN, event: 0 },
		single: [0],
		/** Whose capacity is not what the configuration says. */
		fades: config.batteries.map(({ fades }) => fades === true),
	};
}
type Scratch = ReturnType<typeof makeScratch>;

/** Adds up the members' power in their order and writes their columns. Returns the surplus, W. */
function sumMembers(scratch: Scratch, layout: BooksLayout, wiring: Wiring, inputs: Inputs): number {
	const { row, terms } = scratch;
	const wires = inputs[INPUT.power] as readonly WireInput[];
	let deltaW = 0;
	terms.productionW = 0;
	terms.loadW = 0;
	for (let i = 0; i < wiring.members.length; i++) {
		const powerW = (wires[wiring.members[i] as number] as WireInput).value(0);
		row[layout.members + i] = powerW;
		deltaW += powerW;
		if (powerW < 0) terms.loadW -= powerW;
		else terms.productionW += powerW;
	}
	return deltaW;
}

/** Reads batteries and generators as they are before this step. Returns the energy stored, Wh. */
function readStores(
	{ row, view, layout, fades }: Scratch,
	wiring: Wiring,
	inputs: Inputs,
	capacitiesWh: number[],
): number {
	const wires = inputs[INPUT.battery] as readonly WireInput[];
	let storedWh = 0;
	for (let i = 0; i < wiring.batteries.length; i++) {
		const wire = wires[wiring.batteries[i] as number] as WireInput;
		const levelWh = wire.value(BATTERY.charge_level);
		row[layout.batteries + 2 * i] = wire.value(BATTERY.soc);
		row[layout.batteries + 2 * i + 1] = levelWh;
		view.socs[i] = wire.value(BATTERY.soc);
		view.minW[i] = wire.value(BATTERY.feasible_min);
		view.maxW[i] = wire.value(BATTERY.feasible_max);
		storedWh += levelWh;
		if (fades[i] !== true) continue;
		// An empty battery does not show how much it could hold: what it reported last holds.
		if (wire.value(BATTERY.soc) > 0) capacitiesWh[i] = levelWh / wire.value(BATTERY.soc);
		view.capacityWh[i] = capacitiesWh[i] as number;
	}
	const generators = inputs[INPUT.generator] as readonly WireInput[];
	for (let i = 0; i < wiring.generators.length; i++) {
		const wire = generators[wiring.generators[i] as number] as WireInput;
		view.fuelMinW[i] = wire.value(GENERATOR.feasible_min);
		view.fuelMaxW[i] = wire.value(GENERATOR.feasible_max);
		view.mayStop[i] = wire.value(GENERATOR.may_stop);
	}
	return storedWh;
}

function readSignals(scratch: Scratch, layout: BooksLayout, wiring: Wiring, inputs: Inputs): void {
	const { signals } = wiring;
	const { row, view } = scratch;
	for (let i = 0; i < signals.length; i++) {
		const { port, wire } = signals[i] as { port: number; wire: number };
		const wires = inputs[port] as readonly WireInput[];
		row[layout.signals + i] = (wires[wire] as WireInput).value(0);
	}
	if (wiring.carbon >= 0) view.carbon = row[layout.signals + wiring.carbon] as number;
	if (wiring.marginal >= 0) view.marginal = row[layout.signals + wiring.marginal] as number;
	if (wiring.price >= 0) view.price = row[layout.signals + wiring.price] as number;
	if (wiring.exports >= 0) view.exportPay = row[layout.signals + wiring.exports] as number;
	readForecasts(view, wiring, inputs);
	scratch.signals.carbon = view.carbon;
	scratch.signals.marginal = view.marginal;
	const grid = inputs[INPUT.grid]?.[0];
	if (grid === undefined) return;
	view.isAvailable = grid.value(GRID.available) > 0;
	view.importLimitW = grid.value(GRID.import_limit);
	view.exportLimitW = grid.value(GRID.export_limit);
}

/** What events change about what the grid's actors report. */
function applyEvents({ view, row }: Scratch, layout: BooksLayout, wiring: Wiring): void {
	const { events } = view;
	if (events.isAway) view.isAvailable = false;
	view.importLimitW = Math.min(view.importLimitW, events.importLimitW);
	if (Number.isNaN(events.usdPerKwh) || wiring.price < 0) return;
	view.price = events.usdPerKwh;
	row[layout.signals + wiring.price] = events.usdPerKwh;
}

function readForecasts(view: Decider['view'], { forecasts }: Wiring, inputs: Inputs): void {
	if (view.forecast === null) return;
	for (const signal of SIGNALS) {
		const hours = view.forecast[signal];
		const port = signal === 'price' ? INPUT.priceForecast : INPUT.forecast;
		const wire = inputs[port]?.[forecasts[signal]];
		if (hours === null || wire === undefined) continue;
		for (let k = 0; k < hours.length; k++) hours[k] = wire.value(k);
	}
}

/** Fills in the terms that follow from what was decided. */
function fillTerms(
	terms: PowerTerms,
	{ decided, generatorsW, unservedW }: Decider['result'],
): void {
	terms.chargeW = 0;
	terms.dischargeW = 0;
	for (let i = 0; i < decided.setpointsW.length; i++) {
		const setpointW = decided.setpointsW[i] as number;
		if (setpointW < 0) terms.dischargeW -= setpointW;
		else terms.chargeW += setpointW;
	}
	terms.generatorW = 0;
	for (let i = 0; i < generatorsW.length; i++) terms.generatorW += generatorsW[i] as number;
	terms.importW = Math.max(0, -decided.gridW);
	terms.exportW = Math.max(0, decided.gridW);
	terms.curtailedW = decided.curtailedW;
	terms.unservedW = unservedW;
}

/**
 * What was set is what flowed: otherwise the books of the step before are wrong. A battery of another program may
 * tell what flowed as a difference of what it stores.
 */
function checkExecuted(
	config: ControllerConfig,
	state: ControllerState,
	{ wiring, inputs }: { wiring: Wiring; inputs: Inputs },
	where: { actor: string; timeUs: SimTime },
): void {
	const hours = usToSeconds(config.stepUs) / 3600;
	const stores = inputs[INPUT.battery] as readonly WireInput[];
	const check = (kind: 'battery' | 'generator', i: number, executedW: number, setW: number) => {
		if (agrees(executedW, setW, Math.max(Math.abs(executedW), Math.abs(setW)))) return;
		const storedWh =
			kind === 'battery'
				? (stores[wiring.batteries[i] as number]?.value(BATTERY.charge_level) ?? 0)
				: 0;
		if (isRounding(executedW - setW, storedWh / hours)) return;
		const names = kind === 'battery' ? config.batteries : config.generators;
		throw new SimulationError(
			`Cannot balance the books of "${where.actor}": ${kind} "${names[i]?.name}" executed ` +
				`${executedW} W of the ${setW} W set one step before; its wire needs one step of delay`,
			where,
		);
	};
	for (let i = 0; i < wiring.batteries.length; i++) {
		const wire = stores[wiring.batteries[i] as number] as WireInput;
		check('battery', i, wire.value(BATTERY.power), state.setpointsW[i] as number);
	}
	const machines = inputs[INPUT.generator] as readonly WireInput[];
	for (let i = 0; i < wiring.generators.length; i++) {
		const wire = machines[wiring.generators[i] as number] as WireInput;
		check('generator', i, wire.value(GENERATOR.power), state.generatorsW[i] as number);
	}
}

/** Writes the columns of what was decided. */
function writeDecided(
	{ row, view }: Scratch,
	layout: BooksLayout,
	{ decided, generatorsW, unservedW }: Decider['result'],
): void {
	row[layout.delta] = view.surplusW;
	row[layout.grid] = decided.gridW;
	row[layout.curtailed] = decided.curtailedW;
	for (let i = 0; i < decided.setpointsW.length; i++)
		row[layout.setpoints + i] = decided.setpointsW[i] as number;
	for (let i = 0; i < generatorsW.length; i++)
		row[layout.generators + i] = generatorsW[i] as number;
	if (layout.available >= 0) row[layout.available] = view.isConnected ? 1 : 0;
	if (layout.unserved >= 0) row[layout.unserved] = unservedW;
}

function failFor(
	missingW: number,
	isConnected: boolean,
	where: { actor: string; timeUs: SimTime },
) {
	const how = isConnected ? 'within the import limit' : 'islanded';
	throw new SimulationError(
		`Cannot serve the load ${how}: ${missingW} W are missing at ${formatSimTime(where.timeUs)}; ` +
			'add production or storage, say what is shed (policy.shedding), or connect the grid',
		where,
	);
}

/** `init` and `step` of a controller. The wires are looked up by name at the first step. */
export function makeController(config: ControllerConfig, actor: string) {
	const decider = makeDecider(config, actor);
	const { result } = decider;
	const { decided, generatorsW } = result;
	const scratch = makeScratch(config, decider);
	const { layout, row, terms, signals, single, view } = scratch;
	const capacityWh = () => view.capacityWh.reduce((sum, each) => sum + each, 0);
	const rules = config.cap?.rules ?? [];
	const batteries = config.batteries.length;
	const generators = config.generators.length;
	const ports = { cap: batteries + generators, books: batteries + generators + 1 };
	let wiring: Wiring | null = null;

	function append(outputs: Outputs, port: number, timeUs: SimTime, value: number): void {
		single[0] = value;
		(outputs[port] as OutputPort).append(timeUs, single);
	}

	return {
		init: (): ControllerState => ({
			setpointsW: new Array<number>(batteries).fill(0),
			generatorsW: new Array<number>(generators).fill(0),
			capActive: new Array<boolean>(rules.length).fill(false),
			shed: (config.shedding?.order ?? []).map(() => null),
			policy: { isCharging: false, isDischarging: false, plugin: decider.initialMemory },
			steered: notSteered(config.gridEvents?.known ?? []),
			gridW: null,
			capacitiesWh: config.batteries.map((battery) => battery.capacityWh),
		}),
		command: (state: ControllerState, atUs: SimTime, command: Command) =>
			steer(state.steered, atUs, command),
		step(state: ControllerState, span: Span, inputs: Inputs, outputs: Outputs): ControllerState {
			wiring ??= resolveWiring(config, inputs, actor);
			const timeUs = span.fromUs;
			const deltaW = sumMembers(scratch, layout, wiring, inputs);
			checkExecuted(config, state, { wiring, inputs }, { actor, timeUs });
			const storedWh = readStores(scratch, wiring, inputs, state.capacitiesWh);
			signals.soc = storedWh / capacityWh();
			view.isAvailable = true;
			view.importLimitW = Number.POSITIVE_INFINITY;
			view.exportLimitW = Number.POSITIVE_INFINITY;
			readSignals(scratch, layout, wiring, inputs);
			seeEvents(state.steered.events, span, view.events);
			applyEvents(scratch, layout, wiring);
			signals.event = view.events.targetW < Number.POSITIVE_INFINITY ? 1 : 0;

			view.timeUs = timeUs;
			view.surplusW = deltaW;
			view.grossW = terms.productionW + terms.loadW;
			view.totalSoc = signals.soc;
			const missingW = decider.decide(state, row.subarray(layout.members, layout.chargePower));
			if (missingW > 0) failFor(missingW, view.isConnected, { actor, timeUs });
			fillTerms(terms, result);
			assertBalanced(terms, actor, timeUs);
			const byRulesW = powerCapW(rules, state.capActive, signals);
			const capW = Math.min(state.steered.capW ?? byRulesW, result.shedCapW);

			for (let i = 0; i < batteries; i++) {
				const setpointW = decided.setpointsW[i] as number;
				state.setpointsW[i] = setpointW;
				append(outputs, i, timeUs, setpointW);
			}
			if (config.ramps !== undefined) state.gridW = decided.gridW;
			for (let i = 0; i < generators; i++) {
				const powerW = generatorsW[i] as number;
				state.generatorsW[i] = powerW;
				append(outputs, batteries + i, timeUs, powerW);
			}
			append(outputs, ports.cap, timeUs, capW);
			writeDecided(scratch, layout, result);
			row[layout.chargePower] = state.steered.chargePowerW ?? config.policy.chargePowerW;
			row[layout.cap] = capW;
			(outputs[ports.books] as OutputPort).append(timeUs, row);
			outputs[ports.books + 1]?.append(timeUs, [decided.gridW, decided.curtailedW]);
			return state;
		},
	};
}
