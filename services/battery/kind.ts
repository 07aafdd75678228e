import type {
	ActorEnv,
	ActorKind,
	OutputPort,
	TimeActor,
	WireInput,
} from '../../kernel/actor/contract.ts';
import type { TakesCommands } from '../../protocol/commands.ts';
import { messageOf, SimulationError } from '../../protocol/errors.ts';
import { BATTERY_STATE_FIELDS, SETPOINT_FIELDS } from '../../protocol/ports.ts';
import type { PortSpec } from '../../protocol/readings.ts';
import { positionsOf } from '../../protocol/readings.ts';
import { type Span, usToSeconds } from '../../protocol/time.ts';
import {
	type Battery,
	chargeLevelWh,
	fadedBattery,
	feasibleRange,
	makeBattery,
	stepBattery,
	withFloor,
} from './battery.ts';
import { BatteryConfig, batteryCapacityWh } from './config.ts';
import { capacityLeft, newWear, type Wear, wearOn } from './degradation/degradation.ts';

const SETPOINT: PortSpec = { name: 'setpoint', kind: 'interval', fields: [...SETPOINT_FIELDS] };
const STATE: PortSpec = { name: 'state', kind: 'interval', fields: [...BATTERY_STATE_FIELDS] };

const STATE_AT = positionsOf(BATTERY_STATE_FIELDS);

function writeState(
	row: number[],
	battery: Battery,
	durationS: number,
	executedW: number,
): number[] {
	const range = feasibleRange(battery, durationS);
	row[STATE_AT.soc] = battery.soc;
	row[STATE_AT.charge_level] = chargeLevelWh(battery);
	row[STATE_AT.feasible_min] = range.minW;
	row[STATE_AT.feasible_max] = range.maxW;
	row[STATE_AT.power] = executedW;
	return row;
}

/** The reading before the first step, for the wire to the controller: the initial state at power 0. */
export function initialStateReading(config: BatteryConfig): number[] {
	return writeState([], makeBattery(config.model), usToSeconds(config.stepUs), 0);
}

/** Setpoints of two controllers would contradict each other. */
function onlyWire(env: ActorEnv, wires: readonly WireInput[]): WireInput {
	const [wire] = wires;
	if (wire !== undefined && wires.length === 1) return wire;
	throw new SimulationError(
		`Cannot step battery "${env.name}": ${wires.length} wires end in its setpoint; connect one`,
		{ actor: env.name },
	);
}

/** A battery in a run: its state, and what it has been through where it wears out. */
export interface BatteryState {
	battery: Battery;
	readonly wear: Wear | null;
	/** Of the capacity at the start, by its wear; it may still hold more. */
	share: number;
	/** The lowest state of charge that was set in the course of the run; null: none was, or that of the configuration again. */
	floor: number | null;
	/** It follows `floor`, also back to that of the configuration. */
	isFloorSet: boolean;
}

/**
 * Brings capacity and wear up to date after a step. The capacity follows from the states before this step's, so that
 * the path that wears it out is the one that its rows show.
 */
function age(state: BatteryState, { stepUs, model, wear }: BatteryConfig, span: Span): void {
	if (wear === null || state.wear === null) return;
	const { temperatureC, initialFade, everyUs } = wear;
	if (Math.floor(span.untilUs / everyUs) > Math.floor(span.fromUs / everyUs))
		state.share = capacityLeft(state.wear, temperatureC, initialFade);
	const capacityWh = batteryCapacityWh(state.battery.model);
	if (capacityWh > state.share * batteryCapacityWh(model))
		state.battery = fadedBattery(state.battery, model, state.share);
	wearOn(state.wear, state.battery.soc, usToSeconds(stepUs), temperatureC);
}

function batteryTakes(model: BatteryConfig['model']): TakesCommands {
	// Vessim's range leaves the floor out.
	if (model.type === 'clc' && model.compatibility !== null) return {};
	const max = model.type === 'linear' ? model.maxSoc : 1;
	const takes = { type: 'number', min: 0, max } as const;
	return {
		controls: [{ key: 'minSoc', unit: '', takes, meaning: 'It is not discharged below this' }],
	};
}

/**
 * A battery that steps with the setpoint of its controller. In the step of [t, t + stepUs) it holds the
 * setpoint of t; its row at t is the state AFTER that step. So a wire to the controller with one step of
 * delay shows the controller the state before it decides, as Vessim logs it.
 */
function makeBatteryActor(config: BatteryConfig, env: ActorEnv): TimeActor<BatteryState> {
	const durationS = usToSeconds(config.stepUs);
	const row = [0, 0, 0, 0, 0];
	return {
		timing: 'time',
		stepUs: config.stepUs,
		inputs: [SETPOINT],
		outputs: [STATE],
		init() {
			const battery = makeBattery(config.model);
			const wear = config.wear === null ? null : newWear();
			if (wear !== null) wearOn(wear, battery.soc, 0, 0);
			return { battery, wear, share: 1, floor: null, isFloorSet: false };
		},
		takes: batteryTakes(config.model),
		command(state, _atUs, command) {
			if (command.type !== 'set' || command.key !== 'minSoc') return;
			state.floor = typeof command.value === 'number' ? command.value : null;
			state.isFloorSet = true;
		},
		step(state, span, inputs, outputs) {
			const setpointW = onlyWire(env, inputs[0] as readonly WireInput[]).value(0);
			let executedW: number;
			try {
				[state.battery, executedW] = stepBattery(state.battery, setpointW, durationS);
			} catch (cause) {
				const where = { actor: env.name, timeUs: span.fromUs };
				throw new SimulationError(`${env.name}: ${messageOf(cause)}`, where, { cause });
			}
			age(state, config, span);
			// The range of this step was announced before: another floor acts on the next.
			if (state.isFloorSet)
				state.battery = withFloor(state.battery, state.floor ?? config.model.minSoc);
			const port = outputs[0] as OutputPort;
			port.append(span.fromUs, writeState(row, state.battery, durationS, executedW));
			return state;
		},
	};
}

/** Actor kind 'battery': input `setpoint` (W, charging positive), output `state`. */
export const batteryKind: ActorKind<BatteryConfig> = {
	kind: 'battery',
	config: BatteryConfig,
	create: makeBatteryActor,
};
