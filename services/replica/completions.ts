import type { OutputPort, Outputs } from '../../kernel/actor/contract.ts';
import { PREFILLED_FIELDS } from '../../protocol/ports.ts';
import { positionsOf } from '../../protocol/readings.ts';
import { REQUEST_ENERGIES } from '../../protocol/run-folder/requests.ts';
import { SECOND_US, type SimTime } from '../../protocol/time.ts';
import { type ApiLatency, apiLatency } from './api-stage.ts';
import type { ReplicaConfig } from './config.ts';
import type { Machine } from './engine/machine.ts';
import { type CompletionSink, requestMetricNames } from './engine/request.ts';
import { floorUs } from './floor-us.ts';
import { COMPLETED, PREFILLED, REQUESTS } from './replica-ports.ts';
import type { ReplicaState } from './replica-state.ts';

/** Where energies begin in the rows of completed requests, and stand in those handed over. */
const FIRST_ENERGY = requestMetricNames.length - REQUEST_ENERGIES.length;
const HANDED_ENERGY = PREFILLED_FIELDS.length - 1;
const {
	request_id: ID,
	request_e2e_time: E2E,
	request_e2e_time_normalized: E2E_NORMALIZED,
	request_scheduling_delay: SCHEDULING_DELAY,
	prefill_e2e_time: TTFT,
	request_num_prefill_tokens: PREFILL_TOKENS,
	arrived_at: ARRIVED_AT,
} = positionsOf(requestMetricNames);
const { arrived_at: HANDED_ARRIVAL, prefill_tokens: HANDED_TOKENS } = positionsOf(PREFILLED_FIELDS);

/** Wh of the replica for a joule of one GPU of each of its stages. */
export function whPerJouleOf({ numTensorParallelWorkers }: ReplicaConfig): number {
	return numTensorParallelWorkers / 3600;
}

type Told = Pick<ReplicaState, 'engine' | 'stayedS' | 'counts' | 'scaling'>;

/** Tells how many requests have left the replica, those that it rejected too. */
export function tellCompleted(machine: Machine, state: Told, ports: Outputs, atUs: SimTime): void {
	const left = machine.completed(state.engine) + state.counts.rejected;
	ports[COMPLETED]?.append(atUs, [left, state.stayedS]);
}

/** Tells of completed requests on the replica's ports, as they complete. */
export function completionSink(
	machine: Machine,
	config: ReplicaConfig,
	state: Told,
	{ ports, left }: { readonly ports: Outputs; readonly left: OutputPort | undefined },
): CompletionSink {
	const { prefixCache, handoff } = config;
	const whPerJ = whPerJouleOf(config);
	const latency = apiLatency(config);
	const isPlain = prefixCache === null && handoff === null;
	const tell = (atUs: SimTime, stayS: number): void => {
		state.stayedS += stayS;
		tellCompleted(machine, state, ports, atUs);
	};
	return {
		completed(atS, row, cachedTokens, transferS) {
			const atUs = floorUs(atS);
			if (state.scaling !== null) state.scaling.lastLeftS = atS;
			if (latency !== null) addLatency(row, latency);
			tell(atUs, row[E2E] as number);
			left?.append(atUs, [row[ID] as number, 0]);
			for (let i = FIRST_ENERGY; i < row.length; i++) row[i] = (row[i] as number) * whPerJ;
			const more = [
				...(prefixCache === null ? [] : [cachedTokens]),
				...(handoff === null ? [] : [transferS]),
			];
			ports[REQUESTS]?.append(atUs, isPlain ? row : [...row, ...more]);
		},
		handedOver(atS, row) {
			const atUs = floorUs(atS);
			state.counts.handedOver++;
			if (latency !== null) backdate(row, HANDED_ARRIVAL, latency(row[HANDED_TOKENS] as number));
			tell(atUs, atS - (row[HANDED_ARRIVAL] as number));
			row[HANDED_ENERGY] = (row[HANDED_ENERGY] as number) * whPerJ;
			ports[PREFILLED]?.append(atUs, row);
		},
	};
}

/** Lets the times of a request that begin with its arrival begin where it arrived, not where it was ready. */
function addLatency(row: Float64Array, latency: ApiLatency): void {
	const latencyUs = latency(row[PREFILL_TOKENS] as number);
	const latencyS = latencyUs / SECOND_US;
	const e2eS = row[E2E] as number;
	row[E2E_NORMALIZED] = (row[E2E_NORMALIZED] as number) * ((e2eS + latencyS) / e2eS);
	for (const field of [E2E, SCHEDULING_DELAY, TTFT]) row[field] = (row[field] as number) + latencyS;
	backdate(row, ARRIVED_AT, latencyUs);
}

/** Whole microseconds, as the router has them. */
function backdate(row: Float64Array, field: number, byUs: number): void {
	row[field] = (Math.round((row[field] as number) * SECOND_US) - byUs) / SECOND_US;
}
