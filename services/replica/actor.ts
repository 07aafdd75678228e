import { SimulationError } from '../../protocol/errors.ts';
import { CAP_PORT, COMPLETED_PORT, POWER_PORT, REQUEST_FIELDS } from '../../protocol/ports.ts';
import type { Field, PortSpec } from '../../protocol/readings.ts';
import { HOUR_US, SECOND_US, type SimTime, type Span } from '../../protocol/time.ts';
import type { InputSpec, Outputs, SpanActor, WireInput } from '../actor/contract.ts';
import type { ReplicaConfig } from './config.ts';
import type { Machine, MachineState } from './engine/machine.ts';
import { type CompletionSink, requestMetricNames } from './engine/request.ts';
import { createReport } from './engine/step-report.ts';

/** What a replica actor remembers. */
export interface ReplicaState {
	readonly engine: MachineState;
	/** Start of the report step not yet closed. */
	stepFromUs: SimTime;
	/** The last cap seen on each wire, in W per GPU. */
	readonly caps: number[];
}

const inputs: readonly InputSpec[] = [
	{ name: 'requests', kind: 'event', fields: [...REQUEST_FIELDS] },
	{ ...CAP_PORT, optional: true },
];

/** One row per completed request: Vidur's request metrics. */
export const COMPLETED_REQUEST_FIELDS: readonly Field[] = requestMetricNames.map((name) => ({
	name,
	unit: unitOf(name),
}));

/** One row per report step. Powers and fractions are averages; `outstanding` and `kv_used` are its end's. */
export const USAGE_FIELDS: readonly Field[] = [
	{ name: 'gpu_power', unit: 'W' },
	{ name: 'mfu', unit: '1' },
	{ name: 'busy', unit: '1' },
	{ name: 'outstanding', unit: 'requests' },
	{ name: 'kv_used', unit: '1' },
	{ name: 'batches', unit: '1' },
	{ name: 'frequency_ratio', unit: '1' },
	{ name: 'energy', unit: 'Wh' },
];

const replicaOutputs: readonly PortSpec[] = [
	POWER_PORT,
	COMPLETED_PORT,
	{ name: 'requests', kind: 'event', fields: [...COMPLETED_REQUEST_FIELDS] },
	{ name: 'usage', kind: 'interval', fields: [...USAGE_FIELDS] },
];
const POWER = 0;
const COMPLETED = 1;
const REQUESTS = 2;
const USAGE = 3;

function unitOf(name: string): 'requests' | 'tokens' | '1' | 's' {
	if (name.includes('tokens')) return 'tokens';
	return /_id$|_ratio$|_restarts$/.test(name) ? '1' : 's';
}

/**
 * A replica as an actor. Requests come in at their arrival; a cap acts from its time on, also on the batch
 * in flight. `power` and `usage` have a row per report step, known at its end; power is the facility's (all
 * GPUs, times PUE) and negative, as all consumption. `completed` counts, and `requests` has Vidur's row
 * for each completed request, at its completion.
 */
export function replicaActor(
	name: string,
	config: ReplicaConfig,
	machine: Machine,
): SpanActor<ReplicaState> {
	const { stepUs } = config;
	const gpus = config.numTensorParallelWorkers * config.pipelineStages;
	const report = createReport();
	const endStep = (state: ReplicaState, ports: Outputs) => {
		const fromUs = state.stepFromUs;
		const untilUs = fromUs + stepUs;
		machine.closeStep(state.engine, untilUs / SECOND_US, report);
		const facilityW = report.gpuPowerW * gpus * config.pue;
		ports[POWER]?.append(fromUs, [-facilityW]);
		ports[USAGE]?.append(fromUs, [
			report.gpuPowerW,
			report.mfu,
			report.busy,
			report.outstanding,
			report.usedBlocks / machine.limits.numBlocks,
			report.batches,
			report.frequencyRatio,
			(facilityW * stepUs) / HOUR_US,
		]);
		state.stepFromUs = untilUs;
	};
	return {
		timing: 'span',
		alignUs: stepUs,
		// Completions are known as soon as they have happened.
		alignedPorts: ['power', 'usage'],
		inputs,
		outputs: replicaOutputs,
		init: () => ({
			engine: machine.create(),
			stepFromUs: 0,
			caps: [],
		}),
		step(state, span, wires, ports) {
			if (span.fromUs === 0) ports[COMPLETED]?.append(0, [0]);
			takeRequests(machine, state, span, wires[0] ?? []);
			const capWires = wires[1] ?? [];
			const sink = completionSink(machine, state, ports);
			for (;;) {
				const endUs = state.stepFromUs + stepUs;
				const capUs = nextUs(capWires);
				const stopUs = Math.min(endUs, capUs, span.untilUs);
				machine.advance(state.engine, stopUs / SECOND_US, sink);
				if (stopUs === endUs) endStep(state, ports);
				else if (stopUs < span.untilUs) takeCap(machine, state, capWires, { name, stopUs });
				else return state;
			}
		},
		promiseUs: (_state, port, untilUs) =>
			port === POWER || port === USAGE ? untilUs - (untilUs % stepUs) : untilUs,
	};
}

/** Submits the requests of a span, in order of time and, at equal times, of their wires. */
function takeRequests(
	machine: Machine,
	state: ReplicaState,
	span: Span,
	wires: readonly WireInput[],
): void {
	for (;;) {
		let first: WireInput | undefined;
		for (const wire of wires)
			if (first === undefined || wire.nextUs() < first.nextUs()) first = wire;
		if (first === undefined || !first.take(span.untilUs)) return;
		machine.submit(state.engine, {
			id: first.value(0),
			arrivedAtS: first.timeUs / SECOND_US,
			interArrivalS: first.value(1),
			prefillTokens: first.value(2),
			decodeTokens: first.value(3),
		});
	}
}

function nextUs(wires: readonly WireInput[]): SimTime {
	let next = Number.POSITIVE_INFINITY;
	for (const wire of wires) next = Math.min(next, wire.nextUs());
	return next;
}

/** Lets the caps of one instant act; of several wires' caps the lowest counts. */
function takeCap(
	machine: Machine,
	state: ReplicaState,
	wires: readonly WireInput[],
	at: { readonly name: string; readonly stopUs: SimTime },
): void {
	while (state.caps.length < wires.length) state.caps.push(Number.POSITIVE_INFINITY);
	wires.forEach((wire, i) => {
		while (wire.take(at.stopUs + 1)) {
			const capW = wire.value(0);
			if (Number.isNaN(capW))
				throw new SimulationError('Cannot keep to a power cap of NaN W', {
					actor: at.name,
					timeUs: at.stopUs,
				});
			state.caps[i] = capW;
		}
	});
	machine.setCap(state.engine, at.stopUs / SECOND_US, Math.min(...state.caps));
}

function completionSink(machine: Machine, state: ReplicaState, ports: Outputs): CompletionSink {
	return {
		completed(atS, row) {
			const atUs = floorUs(atS);
			ports[COMPLETED]?.append(atUs, [machine.completed(state.engine)]);
			ports[REQUESTS]?.append(atUs, row);
		},
	};
}

/** The last whole microsecond not after a time in seconds, whatever rounding does to the product. */
export function floorUs(timeS: number): SimTime {
	const timeUs = Math.floor(timeS * SECOND_US);
	if (timeUs / SECOND_US > timeS) return timeUs - 1;
	return (timeUs + 1) / SECOND_US <= timeS ? timeUs + 1 : timeUs;
}
