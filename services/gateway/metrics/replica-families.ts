import { usToSeconds } from '../../../protocol/time.ts';
import {
	type Family,
	type Labels,
	type Metered,
	type MeteredRun,
	perReplica,
	perReplicaHistogram,
	usageOf,
} from './family.ts';

/** What vLLM and DCGM have no name for: what replicas draw with their part of servers and facility, and how busy they are. */
export function replicaFamilies(replicas: readonly Metered[]): Family[] {
	const of = (
		type: 'gauge' | 'counter',
		name: string,
		help: string,
		value: (one: Metered) => number,
	): Family => ({
		...{ name: `gridbeat_replica_${name}`, type, help },
		samples: perReplica(replicas, labels, value),
	});
	const scaled = replicas.some(({ site }) => site.usage.some(({ name }) => name === 'on'));
	return [
		of('gauge', 'busy_ratio', 'Part of the step with a batch in flight.', (one) =>
			usageOf(one, 'busy'),
		),
		of('gauge', 'mfu_ratio', 'Model FLOPS utilisation of a GPU, idle time as 0.', (one) =>
			usageOf(one, 'mfu'),
		),
		of('gauge', 'frequency_ratio', 'Clock while busy, over the highest.', (one) =>
			usageOf(one, 'frequency_ratio'),
		),
		...(scaled
			? [
					of('gauge', 'on_ratio', 'Part of the step that it was not off.', (one) =>
						usageOf(one, 'on'),
					),
				]
			: []),
		of(
			'counter',
			'energy_joules_total',
			'Energy of all its GPUs and its part of their servers, with PUE.',
			({ state }) => state.sums.energyJ,
		),
		of(
			'counter',
			'gpu_energy_joules_total',
			'Energy of all its GPUs, without what the facility adds.',
			({ state }) => state.sums.gpuEnergyJ,
		),
		of('counter', 'batches_total', 'Batches begun.', ({ state }) => state.sums.batches),
		of('counter', 'requests_arrived_total', 'Requests that came to it.', (one) =>
			usageOf(one, 'arrived'),
		),
		of('counter', 'requests_rejected_total', 'Requests that can never fit.', (one) =>
			usageOf(one, 'rejected'),
		),
		{
			name: 'gridbeat_request_energy_joules',
			type: 'histogram',
			help: 'Energy of all GPUs for a request, prompt and answer, without what the facility adds.',
			samples: perReplicaHistogram(replicas, labels, 'energyJ'),
		},
	];
}

function labels({ run, site, replica }: Metered): Labels {
	return { run, site: site.name, replica: replica.name, model_name: replica.model };
}

/** How far runs are. What adds up over real time does so over simulated time by the first of them. */
export function timeFamilies(runs: readonly MeteredRun[]): Family[] {
	const of = (
		type: 'gauge' | 'counter',
		name: string,
		help: string,
		value: (one: MeteredRun['monitored']) => number,
	): Family => ({
		...{ name: `gridbeat_${name}`, type, help },
		samples: runs.map(({ run, monitored }) => ({ labels: { run }, value: value(monitored) })),
	});
	const seconds = usToSeconds;
	return [
		of(
			'counter',
			'simulated_seconds_total',
			'Simulated time since the start of the run.',
			({ state }) => seconds(state.untilUs),
		),
		of(
			'gauge',
			'simulated_timestamp_seconds',
			'Civil time in the simulation, in seconds since 1970.',
			({ config, state }) => config.startEpochMs / 1000 + seconds(state.untilUs),
		),
		of(
			'gauge',
			'simulation_length_seconds',
			'Simulated time at which the run ends.',
			({ config }) => seconds(config.untilUs),
		),
		of('gauge', 'step_seconds', 'Length of a step, over which powers are means.', ({ config }) =>
			seconds(config.stepUs),
		),
	];
}
