import type { InputSpec } from '../../kernel/actor/contract.ts';
import {
	AIR_PORT,
	BATCHES_PORT,
	CAP_PORT,
	COMPLETED_PORT,
	POWER_PORT,
	PREFILLED_FIELDS,
	PREFIX_PORT,
	REQUEST_ENERGIES,
	REQUEST_FIELDS,
} from '../../protocol/ports.ts';
import type { Field, PortSpec } from '../../protocol/readings.ts';
import { OPERATIONS } from '../../silicon/predictor/operations.ts';
import type { ReplicaConfig } from './config.ts';
import { requestMetricNames } from './engine/request.ts';
import { countFields } from './request-counts.ts';

/** Position of the input of the outdoor air. */
export const AIR = 3;

/** Positions of a replica's outputs. `PREFILLED` is there in the prefill pool only. */
export const POWER = 0;
export const COMPLETED = 1;
export const REQUESTS = 2;
export const USAGE = 3;
export const PREFILLED = 4;

/** What decides which fields a replica reports. */
export type Reported = Pick<
	ReplicaConfig,
	'prefixCache' | 'handoff' | 'tells' | 'host' | 'sleep'
> & {
	readonly pue?: ReplicaConfig['pue'];
};

/** Requests come at their arrival, in the decode pool at the end of their prompt. */
export function replicaInputs({ handoff, pue }: Reported): InputSpec[] {
	return [
		handoff?.role === 'decode'
			? { name: 'handoffs', kind: 'event', fields: [...PREFILLED_FIELDS] }
			: { name: 'requests', kind: 'event', fields: [...REQUEST_FIELDS] },
		{ ...CAP_PORT, optional: true },
		{ ...PREFIX_PORT, optional: true },
		...(typeof pue === 'object' ? [AIR_PORT] : []),
	];
}

export function replicaOutputs(config: Reported): PortSpec[] {
	return [
		POWER_PORT,
		COMPLETED_PORT,
		{ name: 'requests', kind: 'event', fields: completedRequestFields(config) },
		{ name: 'usage', kind: 'interval', fields: usageFields(config) },
		...(config.handoff?.role === 'prefill'
			? [{ name: 'prefilled', kind: 'event', fields: [...PREFILLED_FIELDS] } satisfies PortSpec]
			: []),
		...(config.tells?.batches === true ? [BATCHES_PORT] : []),
		...(config.tells?.operations === true
			? [{ name: 'operations', kind: 'interval', fields: [...OPERATION_FIELDS] } satisfies PortSpec]
			: []),
	];
}

/** One row per report step: what the operations of the batches that ended in it took, all stages together. */
export const OPERATION_FIELDS: readonly Field[] = OPERATIONS.map((name) => ({ name, unit: 's' }));

/** One row per completed request: Vidur's request metrics, and what prefix caches and two pools add. */
export function completedRequestFields({ prefixCache, handoff }: Reported): Field[] {
	const fields: Field[] = requestMetricNames.map((name) => ({ name, unit: unitOf(name) }));
	if (prefixCache !== null) fields.push({ name: 'request_num_cached_tokens', unit: 'tokens' });
	if (handoff !== null) fields.push({ name: 'request_kv_transfer_time', unit: 's' });
	return fields;
}

/**
 * One row per report step. Powers and fractions are averages; `outstanding` and `kv_used` are its end's. `energy` is
 * the facility's; the three after it are the GPUs', and add up to what they used. `sleep_energy` is part of that without
 * work, and with `host_energy`, of the servers around the GPUs and their network, it is told where there is any.
 */
export function usageFields({ prefixCache, host, sleep, pue, handoff }: Reported): Field[] {
	const fields: Field[] = [
		{ name: 'gpu_power', unit: 'W' },
		{ name: 'mfu', unit: '1' },
		{ name: 'busy', unit: '1' },
		{ name: 'outstanding', unit: 'requests' },
		{ name: 'kv_used', unit: '1' },
		{ name: 'batches', unit: '1' },
		{ name: 'frequency_ratio', unit: '1' },
		{ name: 'energy', unit: 'Wh' },
		...REQUEST_ENERGIES.map((name): Field => ({ name, unit: 'Wh' })),
		{ name: 'idle_energy', unit: 'Wh' },
	];
	if (sleep !== undefined) fields.push({ name: 'sleep_energy', unit: 'Wh' });
	if (host !== undefined) fields.push({ name: 'host_energy', unit: 'Wh' });
	if (typeof pue === 'object') fields.push({ name: 'pue', unit: '1' });
	// Of the prompt tokens admitted in the step, the part that was found; NaN when there were none.
	if (prefixCache !== null) fields.push({ name: 'prefix_hit_rate', unit: '1' });
	fields.push(...countFields({ handoff }));
	return fields;
}

function unitOf(name: string): 'requests' | 'tokens' | '1' | 's' | 'Wh' {
	if (name.endsWith('_energy')) return 'Wh';
	if (name.includes('tokens')) return 'tokens';
	return /_id$|_ratio$|_restarts$/.test(name) ? '1' : 's';
}
