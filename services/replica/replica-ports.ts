import type { InputSpec } from '../../kernel/actor/contract.ts';
import {
	AIR_PORT,
	BATCHES_PORT,
	CAP_PORT,
	COMPLETED_PORT,
	EVICTIONS_PORT,
	FIRST_TOKENS_PORT,
	ITERATIONS_PORT,
	LEFT_PORT,
	POWER_PORT,
	PREFILLED_FIELDS,
	PREFIX_PORT,
	REQUEST_FIELDS,
	TOKENS_PORT,
} from '../../protocol/ports.ts';
import type { Field, PortSpec } from '../../protocol/readings.ts';
import { OPERATION_METRICS, OPERATIONS } from '../../protocol/run-folder/batches.ts';
import { REQUEST_ENERGIES, REQUESTS as REQUEST_TABLE } from '../../protocol/run-folder/requests.ts';
import { USAGE as USAGE_TABLE } from '../../protocol/run-folder/usage.ts';
import type { ReplicaConfig } from './config.ts';
import type { Machine } from './engine/machine.ts';
import { requestMetricNames } from './engine/request.ts';
import type { StepReport } from './engine/step-report.ts';
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
	'prefixCache' | 'handoff' | 'tells' | 'server' | 'sleep' | 'scaling'
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

/** The output ports of a replica; those that only some runs need depend on its configuration. */
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
		...(config.tells?.tokens === true ? [TOKENS_PORT] : []),
		...(config.tells?.left === true ? [LEFT_PORT] : []),
		...(config.tells?.progress === true
			? [FIRST_TOKENS_PORT, EVICTIONS_PORT, ITERATIONS_PORT]
			: []),
	];
}

/** One row per report step: what the operations of the batches that ended in it took, all stages together. */
export const OPERATION_FIELDS: readonly Field[] = OPERATIONS.map((name) =>
	OPERATION_METRICS.field(name),
);

/** One row per completed request: Vidur's request metrics, and what prefix caches and two pools add. */
export function completedRequestFields({ prefixCache, handoff }: Reported): Field[] {
	const fields = requestMetricNames.map(
		(name): Field => (name === 'request_id' ? { name, unit: '1' } : REQUEST_TABLE.field(name)),
	);
	if (prefixCache !== null) fields.push(REQUEST_TABLE.field('request_num_cached_tokens'));
	if (handoff !== null) fields.push(REQUEST_TABLE.field('request_kv_transfer_time'));
	return fields;
}

/**
 * One row per report step. Powers and fractions are averages; `outstanding` and `kv_used` are its end's. `energy` is
 * the facility's; the three after it are the GPUs', and add up to what they used. `sleep_energy` is part of that without
 * work, and with `host_energy`, of the servers around the GPUs and their network, it is reported where there is any.
 */
export function usageFields({
	prefixCache,
	server,
	sleep,
	scaling,
	pue,
	handoff,
}: Reported): Field[] {
	const fields: Field[] = [
		USAGE_TABLE.field('gpu_power'),
		USAGE_TABLE.field('mfu'),
		USAGE_TABLE.field('busy'),
		USAGE_TABLE.field('outstanding'),
		USAGE_TABLE.field('kv_used'),
		USAGE_TABLE.field('batches'),
		USAGE_TABLE.field('frequency_ratio'),
		USAGE_TABLE.field('energy'),
		...REQUEST_ENERGIES.map((name) => USAGE_TABLE.field(name)),
		USAGE_TABLE.field('idle_energy'),
	];
	if (sleep !== undefined) fields.push(USAGE_TABLE.field('sleep_energy'));
	if (server !== undefined) fields.push(USAGE_TABLE.field('host_energy'));
	if (scaling !== undefined) fields.push(USAGE_TABLE.field('on'));
	if (typeof pue === 'object') fields.push(USAGE_TABLE.field('pue'));
	// Of the prompt tokens admitted in the step, the part that was found; NaN when there were none.
	if (prefixCache !== null) fields.push(USAGE_TABLE.field('prefix_hit_rate'));
	fields.push(...countFields({ handoff }));
	return fields;
}

/** What GPUs, queue and memory were like; the fields of `usageFields` before the energies. */
export function usageOf(report: StepReport, { limits }: Machine): number[] {
	const { gpuPowerW, mfu, busy, outstanding, usedBlocks, batches, frequencyRatio } = report;
	return [
		gpuPowerW,
		mfu,
		busy,
		outstanding,
		usedBlocks / limits.numBlocks,
		batches,
		frequencyRatio,
	];
}
