import * as z from 'zod';
import { type Field, type PortSpec, Unit } from './readings.ts';

/** Where models of two kinds meet: what one of them writes and the other reads is said here, once. */

const POWER = { name: 'power', unit: 'W' } as const satisfies Field;

/** Output of each member of the microgrid: what it produces (+) or consumes (-), the mean over a step. */
export const POWER_PORT: PortSpec = { name: 'power', kind: 'interval', fields: [POWER] };

/** The air outside, the mean over a step: to replicas whose facility is cooled by it. */
export const AIR_PORT: PortSpec = {
	name: 'air',
	kind: 'interval',
	fields: [{ name: 'temperature', unit: 'degC' }],
};

/** Controller to battery: the power it shall take (charging +) over the step. */
export const SETPOINT_FIELDS: readonly Field[] = [POWER];

/** Battery to controller after each step. The range is the one for its next step. */
export const BATTERY_STATE_FIELDS = [
	{ name: 'soc', unit: '1' },
	{ name: 'charge_level', unit: 'Wh' },
	{ name: 'feasible_min', unit: 'W' },
	{ name: 'feasible_max', unit: 'W' },
	POWER,
] as const satisfies readonly Field[];

/** The grid's carbon intensity. */
export const SIGNAL_PORT: PortSpec = {
	name: 'signal',
	kind: 'interval',
	fields: [{ name: 'value', unit: 'g/kWh' }],
};

/** What energy from the grid costs. */
export const PRICE_PORT: PortSpec = {
	name: 'price',
	kind: 'interval',
	fields: [{ name: 'value', unit: 'USD/kWh' }],
};

/** The units of signals of the grid. */
export const SignalUnit = Unit.extract(['g/kWh', 'USD/kWh']);
type SignalUnit = z.infer<typeof SignalUnit>;

/**
 * What is expected of a signal in the hours of the clock that follow, the running one first; as known at the start
 * of the step. NaN: nothing is.
 */
export function forecastPort(unit: SignalUnit, hours: number): PortSpec {
	const fields = Array.from({ length: hours }, (_, hour) => ({ name: `hour_${hour}`, unit }));
	return { name: unit === 'g/kWh' ? 'forecast' : 'price-forecast', kind: 'interval', fields };
}

export const GRID_FIELDS = [
	{ name: 'available', unit: '1' },
	{ name: 'import_limit', unit: 'W' },
	{ name: 'export_limit', unit: 'W' },
] as const satisfies readonly Field[];

/** Whether the grid is there, 1 or 0, and what may flow to and from it, Infinity for no limit. */
export const GRID_PORT: PortSpec = {
	name: 'grid',
	kind: 'interval',
	fields: [...GRID_FIELDS],
};

/**
 * Generator to controller after each step. In its next step it makes between the two powers; where `may_stop`
 * is 1 it may make nothing as well.
 */
export const GENERATOR_STATE_FIELDS = [
	POWER,
	{ name: 'feasible_min', unit: 'W' },
	{ name: 'feasible_max', unit: 'W' },
	{ name: 'may_stop', unit: '1' },
] as const satisfies readonly Field[];

/** Controller to router, where it is wired: what flowed over a step. Export +, import -; surplus that went nowhere. */
export const SUPPLY_PORT: PortSpec = {
	name: 'supply',
	kind: 'interval',
	fields: [
		{ name: 'grid', unit: 'W' },
		{ name: 'curtailed', unit: 'W' },
	],
};

export const ROUTED_FIELDS = [
	{ name: 'request_id', unit: '1' },
	/** Its place in the configuration. */
	{ name: 'origin', unit: '1' },
	{ name: 'network_latency', unit: 's' },
] as const satisfies readonly Field[];

/**
 * Router to recorder, in runs with several sites: a request that goes to a replica of the site, at its arrival
 * where it comes from. The latency is that of the way there and back.
 */
export const ROUTED_PORT: PortSpec = {
	name: 'routed',
	kind: 'event',
	fields: [...ROUTED_FIELDS],
};

/** Controller to replica: what each GPU may draw, Infinity for no limit. */
export const CAP_PORT: PortSpec = {
	name: 'cap',
	kind: 'interval',
	fields: [{ name: 'cap_per_gpu', unit: 'W' }],
};

/** Router to replica: a request, at its arrival. */
export const REQUEST_FIELDS = [
	{ name: 'request_id', unit: '1' },
	/** Since the arrival before, at whichever replica; NaN for the first. */
	{ name: 'inter_arrival', unit: 's' },
	{ name: 'prefill_tokens', unit: 'tokens' },
	{ name: 'decode_tokens', unit: 'tokens' },
] as const satisfies readonly Field[];

export const PREFIX_FIELDS = [
	{ name: 'request_id', unit: '1' },
	{ name: 'piece', unit: '1' },
	{ name: 'tokens', unit: 'tokens' },
] as const satisfies readonly Field[];

/**
 * Router to replica, wired only where prompts can share a prefix cache: what the first tokens of a request's
 * prompt are. A row per piece, in their order, ahead of the request and at the same time. Equal pieces in equal
 * places are equal tokens; what follows the last piece no other request has.
 */
export const PREFIX_PORT: PortSpec = {
	name: 'prefix',
	kind: 'event',
	fields: [...PREFIX_FIELDS],
};

/** Prefill replica to decode replica, by way of the kv-router: a request, at the end of its prompt. */
export const PREFILLED_FIELDS = [
	{ name: 'request_id', unit: '1' },
	{ name: 'inter_arrival', unit: 's' },
	{ name: 'prefill_tokens', unit: 'tokens' },
	{ name: 'decode_tokens', unit: 'tokens' },
	/** Times since the start of the run, to the bit where the row's time is rounded down. */
	{ name: 'arrived_at', unit: 's' },
	{ name: 'scheduled_at', unit: 's' },
	{ name: 'prefilled_at', unit: 's' },
	{ name: 'execution_time', unit: 's' },
	{ name: 'preemption_time', unit: 's' },
	{ name: 'cached_tokens', unit: 'tokens' },
	/** When the last of the KV cache has left the replica, and how long the link is busy with it. */
	{ name: 'sent_at', unit: 's' },
	{ name: 'transfer_time', unit: 's' },
	/** Of its prompt, of all GPUs. */
	{ name: 'prefill_energy', unit: 'Wh' },
] as const satisfies readonly Field[];

export const COMPLETED_FIELDS = [
	{ name: 'count', unit: '1' },
	{ name: 'stay', unit: 's' },
] as const satisfies readonly Field[];

/** Replica to router: requests completed since the start, and how long they were there, added up. */
export const COMPLETED_PORT: PortSpec = {
	name: 'completed',
	kind: 'interval',
	fields: [...COMPLETED_FIELDS],
};

export const LEFT_FIELDS = [
	{ name: 'request_id', unit: '1' },
	/** 1: it can never be served here, and is rejected; 0: it is answered. */
	{ name: 'refused', unit: '1' },
] as const satisfies readonly Field[];

/** Replica to router, where somebody waits for answers: a request has left it. `ANSWERED_PORT` is where the router hears it. */
export const LEFT_PORT: PortSpec = { name: 'left', kind: 'event', fields: [...LEFT_FIELDS] };
export const ANSWERED_PORT: PortSpec = { ...LEFT_PORT, name: 'answered' };

/**
 * Router to recorder, where the configuration lets lengths be changed: a request that was not sent as its source has it,
 * at its arrival. One that was left out has no id and 0 tokens.
 */
export const CHANGED_PORT: PortSpec = {
	name: 'changed',
	kind: 'event',
	fields: [
		{ name: 'request_id', unit: '1' },
		{ name: 'prefill_tokens_asked', unit: 'tokens' },
		{ name: 'decode_tokens_asked', unit: 'tokens' },
		{ name: 'prefill_tokens', unit: 'tokens' },
		{ name: 'decode_tokens', unit: 'tokens' },
	],
};

/**
 * Replica to recorder: what a pipeline stage did, at the end of the last of `count` batches one after the other. Each
 * but the last takes `duration`, the last ends at `end`. Times are in seconds since the start of the run.
 */
export const BATCHES_PORT: PortSpec = {
	name: 'batches',
	kind: 'event',
	fields: [
		/** Number of the first within the replica, from 0. */
		{ name: 'batch', unit: '1' },
		{ name: 'count', unit: '1' },
		{ name: 'stage', unit: '1' },
		/** 1 on the last stage. */
		{ name: 'is_last', unit: '1' },
		/** When the first was formed, and when it started on the stage. */
		{ name: 'formed', unit: 's' },
		{ name: 'start', unit: 's' },
		{ name: 'duration', unit: 's' },
		{ name: 'end', unit: 's' },
		/** Of each. */
		{ name: 'tokens', unit: 'tokens' },
		{ name: 'prefill_tokens', unit: 'tokens' },
		{ name: 'size', unit: 'requests' },
	],
};

/** Outside to router, in runs that are served: a request as it arrives. Its prefix comes ahead of it over a port of its own. */
export const LIVE_FIELDS = [
	/** Counted from 0, of those that came from outside. */
	{ name: 'arrival', unit: '1' },
	/** Place of its model in the configuration. */
	{ name: 'model', unit: '1' },
	{ name: 'prefill_tokens', unit: 'tokens' },
	{ name: 'decode_tokens', unit: 'tokens' },
] as const satisfies readonly Field[];
export const LIVE_PORT: PortSpec = { name: 'live', kind: 'event', fields: [...LIVE_FIELDS] };
/** What it begins with, as `PREFIX_PORT` has it, by its arrival. */
export const LIVE_PREFIX_PORT: PortSpec = { ...PREFIX_PORT, name: 'live-prefix' };

export const TAKEN_FIELDS = [
	{ name: 'arrival', unit: '1' },
	{ name: 'request_id', unit: '1' },
	/** Place of the replica in the configuration. */
	{ name: 'replica', unit: '1' },
	/** Of the network, one way. */
	{ name: 'latency', unit: 's' },
] as const satisfies readonly Field[];

/** Router to whoever answers: a request from outside is on its way to a replica. */
export const TAKEN_PORT: PortSpec = { name: 'taken', kind: 'event', fields: [...TAKEN_FIELDS] };

export const TOKENS_FIELDS = [
	{ name: 'request_id', unit: '1' },
	/** Of its answer, by now; 0: it can never be served here, and is rejected. */
	{ name: 'tokens', unit: 'tokens' },
] as const satisfies readonly Field[];

/** Replica to whoever answers: a request has another token, at the end of the batch that made it. */
export const TOKENS_PORT: PortSpec = { name: 'tokens', kind: 'event', fields: [...TOKENS_FIELDS] };

export const FIRST_TOKENS_FIELDS = [
	{ name: 'request_id', unit: '1' },
	/** Since its arrival. */
	{ name: 'first_token', unit: 's' },
	{ name: 'prefill_tokens', unit: 'tokens' },
	/** Of them, those found in a prefix cache. */
	{ name: 'cached_tokens', unit: 'tokens' },
] as const satisfies readonly Field[];

/** Replica to the monitor of a served run: the prompt of a request is computed for the first time, at the end of the batch that did it. */
export const FIRST_TOKENS_PORT: PortSpec = {
	name: 'first-tokens',
	kind: 'event',
	fields: [...FIRST_TOKENS_FIELDS],
};

/** Replica to the monitor of a served run: so many requests lost their memory, at the end of the batch that was formed then. */
export const EVICTIONS_PORT: PortSpec = {
	name: 'evictions',
	kind: 'event',
	fields: [{ name: 'count', unit: '1' }],
};

/** Upper bounds by which batches are told apart by their tokens, vLLM's of `iteration_tokens_total`; the last are above all. */
export const ITERATION_TOKENS = [
	...[1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384],
];

/** Replica to the monitor of a served run: the batches that ended in a report step, and their tokens, prompts and answers. */
export const ITERATIONS_PORT: PortSpec = {
	name: 'iterations',
	kind: 'interval',
	fields: [
		{ name: 'tokens', unit: 'tokens' },
		...ITERATION_TOKENS.map((bound): Field => ({ name: `up_to_${bound}`, unit: '1' })),
		{ name: 'above', unit: '1' },
	],
};

/** What an actor of the user's does in a microgrid; it follows from its ports. */
export const OwnRole = z.enum(['member', 'store', 'signal', 'observer']);
export type OwnRole = z.infer<typeof OwnRole>;
