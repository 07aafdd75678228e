import type { Inputs, Outputs, SpanActor, WireInput } from '../../kernel/actor/contract.ts';
import { SimulationError } from '../../protocol/errors.ts';
import { OPERATIONS } from '../../protocol/run-folder/batches.ts';
import { nextCountUs } from '../../protocol/scaling.ts';
import { SECOND_US, type SimTime, type Span } from '../../protocol/time.ts';
import { createApiStage, heldAt } from './api-stage.ts';
import { arrivalTaker } from './arrivals.ts';
import type { BatchFeed } from './batch-feed.ts';
import { completionSink, tellCompleted } from './completions.ts';
import type { ReplicaConfig } from './config.ts';
import type { Machine } from './engine/machine.ts';
import { createReport, type StepReport } from './engine/step-report.ts';
import { energiesOf, pueOf, serverPowerW } from './facility.ts';
import { createInbound } from './inbound.ts';
import { createPendingPrefixes } from './pending-prefixes.ts';
import { createProgress, type ProgressFeed } from './progress-feed.ts';
import {
	AIR,
	COMPLETED,
	POWER,
	replicaInputs,
	replicaOutputs,
	USAGE,
	usageOf,
} from './replica-ports.ts';
import type { ReplicaState } from './replica-state.ts';
import { addHeld, countReject, countsOf, createCounts, nextRejectUs } from './request-counts.ts';
import { scale, startScaling, takeOff } from './scaling.ts';
import { createTold, type TokenFeed } from './token-feed.ts';

/** What the engine tells of its batches, where somebody asks. */
interface Feeds {
	readonly batches: BatchFeed | null;
	readonly tokens: TokenFeed | null;
	readonly progress?: ProgressFeed | null;
}
/** A row per report step. */
const ALIGNED = ['power', 'usage', 'operations', 'iterations'];
/** What only some runs hear. */
const FEEDS = ['batches', 'operations', 'tokens', 'left'];
/** What is told of requests before they are done. */
const UNDER_WAY = ['first-tokens', 'evictions', 'iterations'];
const NO_FEEDS: Feeds = { batches: null, tokens: null };

/**
 * A replica as an actor. Requests come in at their arrival; a cap acts from its time on, also on the batch
 * in flight. `power` and `usage` have a row per report step, known at its end; power is the facility's (all
 * GPUs and their part of servers and network, times PUE) and negative, as all consumption. `completed` counts, and `requests` has Vidur's row
 * for each completed request, at its completion. A request that can never fit is rejected at its arrival, as a server
 * answers with an error, and counts as completed to those who ask how many are here. In the prefill pool `completed` also counts the requests
 * handed over, which `prefilled` has at the end of their prompts. A feed is the observer of the machine's engine:
 * `batches` has what the stages did, and `operations` what it took, a row a report step; `tokens` has what requests got, and
 * `first-tokens`, `evictions` and `iterations` what is known of them before they are done.
 */
export function replicaActor(
	name: string,
	config: ReplicaConfig,
	machine: Machine,
	{ batches: feed, tokens: tokenFeed, progress = null }: Feeds = NO_FEEDS,
): SpanActor<ReplicaState> {
	const { stepUs } = config;
	const gpus = config.numTensorParallelWorkers * config.pipelineStages;
	const report = createReport();
	const takeArrivals = arrivalTaker(machine, config);
	const outputs = replicaOutputs(config);
	const portOf = (wanted: string) => outputs.findIndex((port) => port.name === wanted);
	const [batches = -1, operations = -1, tokens = -1, left = -1] = FEEDS.map(portOf);
	const [firstTokens = -1, evictions = -1, iterations = -1] = UNDER_WAY.map(portOf);
	const endStep = (state: ReplicaState, ports: Outputs, air: WireInput | undefined) => {
		const fromUs = state.stepFromUs;
		const untilUs = fromUs + stepUs;
		machine.closeStep(state.engine, untilUs / SECOND_US, report);
		if (state.api !== null) addHeld(state.counts, report, heldAt(state.api, untilUs));
		const isOn = partOn(config, state, report);
		const serverW = serverPowerW(config, report.busy, isOn);
		const pue = pueOf(config, air, fromUs);
		const facilityW = (report.gpuPowerW * gpus + serverW) * pue;
		ports[POWER]?.append(fromUs, [-facilityW]);
		ports[USAGE]?.append(fromUs, [
			...usageOf(report, machine),
			...energiesOf(config, report, { facilityW, serverW, pue, isOn }),
			...hitRate(machine, config, state),
			...countsOf(state.counts, report, config),
		]);
		if (operations >= 0) {
			ports[operations]?.append(fromUs, state.operationsS);
			state.operationsS.fill(0);
		}
		if (state.progress !== null) {
			ports[iterations]?.append(fromUs, state.progress.iterations);
			state.progress.iterations.fill(0);
		}
		state.stepFromUs = untilUs;
	};
	const simulate = (state: ReplicaState, span: Span, wires: Inputs, ports: Outputs): void => {
		takeArrivals(state, span, wires);
		feed?.into(ports[batches], state.operationsS);
		if (state.told !== null) tokenFeed?.into(ports[tokens], state.told);
		const progressPorts = { firstTokens: ports[firstTokens], evictions: ports[evictions] };
		if (state.progress !== null) progress?.into(progressPorts, state.progress);
		const capWires = wires[1] ?? [];
		const sink = completionSink(machine, config, state, { ports, left: ports[left] });
		for (;;) {
			const endUs = state.stepFromUs + stepUs;
			const capUs = nextUs(capWires);
			const rejectUs = nextRejectUs(state.counts);
			const stopUs = Math.min(endUs, capUs, rejectUs, span.untilUs);
			machine.advance(state.engine, stopUs / SECOND_US, sink);
			tokenFeed?.underWay(state.engine);
			if (stopUs === endUs) endStep(state, ports, wires[AIR]?.[0]);
			else if (stopUs === rejectUs) {
				const id = countReject(state.counts);
				tellCompleted(machine, state, ports, stopUs);
				ports[left]?.append(stopUs, [id, 1]);
				tokenFeed?.rejected(stopUs, id);
			} else if (stopUs < span.untilUs) takeCap(machine, state, capWires, { name, stopUs });
			else return;
		}
	};
	return {
		timing: 'span',
		alignUs: stepUs,
		// Completions are known as soon as they have happened.
		alignedPorts: ALIGNED.filter((port) => portOf(port) >= 0),
		inputs: replicaInputs(config),
		outputs,
		init: () => firstState(machine, config),
		command(state, atUs, command) {
			if (command.type === 'replicas') scaleAt({ machine, config }, state, atUs, command.replicas);
		},
		step(state, span, wires, ports) {
			if (span.fromUs === 0) ports[COMPLETED]?.append(0, [0, 0]);
			inParts({ machine, config }, state, span, (part) => simulate(state, part, wires, ports));
			return state;
		},
		promiseUs: (_state, port, untilUs) =>
			port === POWER || port === USAGE || port === operations || port === iterations
				? untilUs - (untilUs % stepUs)
				: untilUs,
	};
}

function firstState(machine: Machine, config: ReplicaConfig): ReplicaState {
	return {
		engine: machine.create(),
		stepFromUs: 0,
		caps: [],
		stayedS: 0,
		prefixes: createPendingPrefixes(),
		inbound: createInbound(),
		api: config.api === undefined ? null : createApiStage(),
		counts: createCounts(),
		queriedTokens: 0,
		hitTokens: 0,
		operationsS: OPERATIONS.map(() => 0),
		scaling: config.scaling === undefined ? null : startScaling(config.scaling),
		told: config.tells?.tokens === true ? createTold() : null,
		progress: config.tells?.progress === true ? createProgress() : null,
	};
}

/** Goes through a span, cut where it is wanted or not wanted any more: all that has arrived by then is known there. */
function inParts(
	about: { readonly machine: Machine; readonly config: ReplicaConfig },
	state: ReplicaState,
	{ fromUs: startUs, untilUs }: Span,
	simulate: (part: Span) => void,
): void {
	let fromUs = startUs;
	for (;;) {
		const cutUs = nextScaleUs(about.config, state);
		if (cutUs >= untilUs) break;
		if (cutUs > fromUs) simulate({ fromUs, untilUs: cutUs });
		scaleAt(about, state, cutUs);
		fromUs = cutUs;
	}
	simulate({ fromUs, untilUs });
}

/** When it may be wanted or not wanted any more next, Infinity for never. */
function nextScaleUs({ scaling }: ReplicaConfig, state: ReplicaState): SimTime {
	return state.scaling === null || scaling === undefined
		? Number.POSITIVE_INFINITY
		: nextCountUs(state.scaling, scaling);
}

/** Lets the schedule, and then a command, say whether the replica is wanted; it is simulated to `atUs`. */
function scaleAt(
	{ machine, config }: { readonly machine: Machine; readonly config: ReplicaConfig },
	state: ReplicaState,
	atUs: SimTime,
	command?: number,
): void {
	const { scaling, stepFromUs, counts } = state;
	if (scaling === null || config.scaling === undefined) return;
	const outstanding = counts.taken - machine.completed(state.engine) - counts.handedOver;
	const standing = { stepFromUs, outstanding };
	const how = command === undefined ? { standing } : { standing, command };
	scale(scaling, config.scaling, atUs, how);
}

/** The part of the step reported that the replica was on; what it did not draw while it was off is taken out. */
function partOn(config: ReplicaConfig, { scaling, stepFromUs }: ReplicaState, report: StepReport) {
	if (scaling === null) return 1;
	const { stepUs, device, pipelineStages: stages } = config;
	const standing = { stepFromUs, outstanding: report.outstanding };
	const about = { untilUs: stepFromUs + stepUs, standing, idleW: device.idleW, stages };
	return takeOff(scaling, report, about);
}

/** The hit rate since it was last asked; nothing where none is reported. */
function hitRate(machine: Machine, config: ReplicaConfig, state: ReplicaState): number[] {
	const prefix = machine.prefix(state.engine);
	if (prefix === null) return config.prefixCache === null ? [] : [Number.NaN];
	const { queriedTokens, hitTokens } = prefix;
	const rate = (hitTokens - state.hitTokens) / (queriedTokens - state.queriedTokens);
	state.queriedTokens = queriedTokens;
	state.hitTokens = hitTokens;
	return [rate];
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
