import type { Inputs, WireInput } from '../../kernel/actor/contract.ts';
import { REQUEST_FIELDS } from '../../protocol/ports.ts';
import { positionsOf } from '../../protocol/readings.ts';
import { SECOND_US, type SimTime, type Span } from '../../protocol/time.ts';
import { type ApiLatency, apiLatency, enterApi, leaveApi } from './api-stage.ts';
import { whPerJouleOf } from './completions.ts';
import type { ReplicaConfig } from './config.ts';
import type { Request } from './engine/admission.ts';
import type { Machine } from './engine/machine.ts';
import { takeHandoffs } from './inbound.ts';
import { piecesOf, takePrefixes } from './pending-prefixes.ts';
import type { ReplicaState } from './replica-state.ts';
import { reject } from './request-counts.ts';

/** Takes what comes in a span: requests, or in the decode pool those whose prompt is done. */
export function arrivalTaker(
	machine: Machine,
	config: ReplicaConfig,
): (state: ReplicaState, span: Span, wires: Inputs) => void {
	const { handoff } = config;
	const latency = apiLatency(config);
	if (handoff?.role !== 'decode')
		return (state, span, [requests = [], , prefixes = []]) => {
			takeRequests(machine, latency, state, { span, requests, prefixes });
			if (state.api !== null)
				leaveApi(state.api, span.untilUs, (request, readyUs) =>
					admit(machine, state, request, readyUs),
				);
		};
	const latencyS = handoff.latencyUs / SECOND_US;
	const whPerJ = whPerJouleOf(config);
	return (state, span, [requests = []]) =>
		takeHandoffs(state.inbound, requests, { span, latencyS, whPerJ }, (handedOver, landedAtS) => {
			state.counts.taken++;
			machine.land(state.engine, handedOver, landedAtS);
		});
}

const REQUEST = positionsOf(REQUEST_FIELDS);

/** Submits the requests of a span, in order of time and, at equal times, of their wires. */
function takeRequests(
	machine: Machine,
	latency: ApiLatency | null,
	state: ReplicaState,
	wires: {
		readonly span: Span;
		readonly requests: readonly WireInput[];
		readonly prefixes: readonly WireInput[];
	},
): void {
	for (;;) {
		let first: WireInput | undefined;
		for (const wire of wires.requests)
			if (first === undefined || wire.nextUs() < first.nextUs()) first = wire;
		if (first === undefined || !first.take(wires.span.untilUs)) return;
		const request = {
			id: first.value(REQUEST.request_id),
			arrivedAtS: first.timeUs / SECOND_US,
			interArrivalS: first.value(REQUEST.inter_arrival),
			prefillTokens: first.value(REQUEST.prefill_tokens),
			decodeTokens: first.value(REQUEST.decode_tokens),
		};
		const isPlain = wires.prefixes.length === 0;
		if (!isPlain) takePrefixes(state.prefixes, wires.prefixes, first.timeUs);
		const prefix = isPlain ? null : piecesOf(state.prefixes, request.id);
		const whole = prefix === null ? request : { ...request, prefix };
		if (state.api !== null && latency !== null) enterApi(state.api, latency, whole);
		else admit(machine, state, whole, first.timeUs);
	}
}

/** Hands a request to the engine, or notes that it will be rejected at its arrival there. */
function admit(machine: Machine, state: ReplicaState, request: Request, atUs: SimTime): void {
	if (machine.rejection(request) !== null) {
		reject(state.counts, atUs, request.id);
		return;
	}
	state.counts.taken++;
	machine.submit(state.engine, request);
}
