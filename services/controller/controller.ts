import { SimulationError } from '../../protocol/errors.ts';
import { formatSimTime, type SimTime, type Span } from '../../protocol/time.ts';
import type { Inputs, OutputPort, Outputs, WireInput } from '../actor/contract.ts';
import { type BooksLayout, booksLayout } from './books.ts';
import type { ControllerConfig } from './config.ts';
import { dispatch, emptyDispatch } from './dispatch-policy.ts';
import {
	assertBalanced,
	BALANCE_TOLERANCE,
	emptyTerms,
	type PowerTerms,
} from './energy-balance.ts';
import { INPUT } from './ports.ts';
import { powerCapW } from './power-cap.ts';
import { resolveWiring, type Wiring } from './wiring.ts';

/** What a controller remembers from step to step. */
export interface ControllerState {
	/** The setpoints of the step before, W: what each battery has to have executed by now. */
	readonly setpointsW: number[];
	/** Which cap rules were active in the step before. */
	readonly capActive: boolean[];
}

/** Room to work in, made once. Nothing in it outlives a step. */
function makeScratch(config: ControllerConfig) {
	const batteries = config.batteries.length;
	return {
		row: new Float64Array(booksLayout(config).width),
		minW: new Float64Array(batteries),
		maxW: new Float64Array(batteries),
		dispatch: emptyDispatch(batteries),
		terms: emptyTerms(),
		signals: { carbon: Number.NaN, soc: Number.NaN },
		single: [0],
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

/** Reads the batteries as they are before this step. Returns the energy stored in all of them, Wh. */
function readBatteries(
	scratch: Scratch,
	layout: BooksLayout,
	wiring: Wiring,
	inputs: Inputs,
): number {
	const wires = inputs[INPUT.battery] as readonly WireInput[];
	let storedWh = 0;
	for (let i = 0; i < wiring.batteries.length; i++) {
		const wire = wires[wiring.batteries[i] as number] as WireInput;
		const levelWh = wire.value(1);
		scratch.row[layout.batteries + 2 * i] = wire.value(0);
		scratch.row[layout.batteries + 2 * i + 1] = levelWh;
		scratch.minW[i] = wire.value(2);
		scratch.maxW[i] = wire.value(3);
		storedWh += levelWh;
	}
	return storedWh;
}

function writeSignals(scratch: Scratch, layout: BooksLayout, wiring: Wiring, inputs: Inputs): void {
	const { signals } = wiring;
	for (let i = 0; i < signals.length; i++) {
		const { port, wire } = signals[i] as { port: number; wire: number };
		const wires = inputs[port] as readonly WireInput[];
		scratch.row[layout.signals + i] = (wires[wire] as WireInput).value(0);
	}
	if (wiring.carbon >= 0)
		scratch.signals.carbon = scratch.row[layout.signals + wiring.carbon] as number;
}

/** Fills in the terms that follow from the dispatch. */
function settle(terms: PowerTerms, { dispatch: decided }: Scratch): void {
	terms.chargeW = 0;
	terms.dischargeW = 0;
	for (let i = 0; i < decided.setpointsW.length; i++) {
		const setpointW = decided.setpointsW[i] as number;
		if (setpointW < 0) terms.dischargeW -= setpointW;
		else terms.chargeW += setpointW;
	}
	terms.importW = Math.max(0, -decided.gridW);
	terms.exportW = Math.max(0, decided.gridW);
	terms.curtailedW = decided.curtailedW;
}

/** `init` and `step` of a controller. The wires are looked up by name at the first step. */
export function makeController(config: ControllerConfig, actor: string) {
	const layout = booksLayout(config);
	const scratch = makeScratch(config);
	const { row, terms, signals, single, dispatch: decided } = scratch;
	const capacityWh = config.batteries.reduce((sum, battery) => sum + battery.capacityWh, 0);
	const rules = config.cap?.rules ?? [];
	const batteries = config.batteries.length;
	let wiring: Wiring | null = null;

	/** What was set is what flowed: otherwise the books of the step before are wrong. */
	function checkExecuted(state: ControllerState, wired: Wiring, inputs: Inputs, timeUs: SimTime) {
		const wires = inputs[INPUT.battery] as readonly WireInput[];
		for (let i = 0; i < batteries; i++) {
			const executedW = (wires[wired.batteries[i] as number] as WireInput).value(4);
			const setpointW = state.setpointsW[i] as number;
			const toleranceW = BALANCE_TOLERANCE * Math.max(1, Math.abs(setpointW));
			if (Math.abs(executedW - setpointW) <= toleranceW) continue;
			throw new SimulationError(
				`Cannot balance the books of "${actor}": battery "${config.batteries[i]?.name}" executed ` +
					`${executedW} W of the ${setpointW} W set one step before; its wire needs one step of delay`,
				{ actor, timeUs },
			);
		}
	}

	function fail(deficitW: number, timeUs: SimTime): never {
		throw new SimulationError(
			`Cannot serve the load islanded: ${deficitW} W are missing at ${formatSimTime(timeUs)}; ` +
				'add production or storage, or connect the grid',
			{ actor, timeUs },
		);
	}

	function append(outputs: Outputs, port: number, timeUs: SimTime, value: number): void {
		single[0] = value;
		(outputs[port] as OutputPort).append(timeUs, single);
	}

	return {
		init: (): ControllerState => ({
			setpointsW: new Array<number>(batteries).fill(0),
			capActive: new Array<boolean>(rules.length).fill(false),
		}),
		step(state: ControllerState, span: Span, inputs: Inputs, outputs: Outputs): ControllerState {
			wiring ??= resolveWiring(config, inputs, actor);
			const timeUs = span.fromUs;
			const deltaW = sumMembers(scratch, layout, wiring, inputs);
			checkExecuted(state, wiring, inputs, timeUs);
			signals.soc = readBatteries(scratch, layout, wiring, inputs) / capacityWh;
			writeSignals(scratch, layout, wiring, inputs);

			dispatch(config.policy, deltaW, scratch, decided);
			if (decided.deficitW > 0) fail(decided.deficitW, timeUs);
			settle(terms, scratch);
			assertBalanced(terms, actor, timeUs);
			const capW = powerCapW(rules, state.capActive, signals);

			for (let i = 0; i < batteries; i++) {
				const setpointW = decided.setpointsW[i] as number;
				state.setpointsW[i] = setpointW;
				row[layout.setpoints + i] = setpointW;
				append(outputs, i, timeUs, setpointW);
			}
			append(outputs, batteries, timeUs, capW);
			row[0] = deltaW;
			row[1] = decided.gridW;
			row[layout.chargePower] = config.policy.chargePowerW;
			row[layout.cap] = capW;
			row[layout.curtailed] = decided.curtailedW;
			(outputs[batteries + 1] as OutputPort).append(timeUs, row);
			return state;
		},
	};
}
