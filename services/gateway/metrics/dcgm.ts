import { type Family, type Labels, type Metered, perReplica, usageOf } from './family.ts';

/**
 * Metrics of GPUs under the names and units of NVIDIA's DCGM exporter, a sample for each GPU. The GPUs of a replica
 * work alike, so that each shows the mean over all of them in the last step.
 */
export function dcgmFamilies(replicas: readonly Metered[]): Family[] {
	const ofGpus = (
		name: string,
		type: 'gauge' | 'counter',
		help: string,
		value: (one: Metered) => number,
	): Family => ({
		...{ name: `DCGM_FI_DEV_${name}`, type, help },
		samples: replicas.flatMap((one) =>
			Array.from({ length: one.replica.gpus }, (_, gpu) =>
				perReplica([one], () => gpuLabels(one, gpu), value),
			).flat(),
		),
	});
	return [
		ofGpus('POWER_USAGE', 'gauge', 'Power draw (in W).', (one) => usageOf(one, 'gpu_power')),
		ofGpus(
			'TOTAL_ENERGY_CONSUMPTION',
			'counter',
			'Total energy consumption since boot (in mJ).',
			({ state, replica }) => (state.sums.gpuEnergyJ / replica.gpus) * MJ_PER_J,
		),
		ofGpus('GPU_UTIL', 'gauge', 'GPU utilization (in %).', (one) => 100 * usageOf(one, 'busy')),
	];
}

const MJ_PER_J = 1000;

function gpuLabels({ run, site, replica }: Metered, gpu: number): Labels {
	return {
		...{ gpu: String(gpu), UUID: `GPU-${replica.name}-${gpu}`, device: `nvidia${gpu}` },
		...{ modelName: replica.device.toUpperCase(), Hostname: replica.name },
		...{ run, site: site.name, replica: replica.name },
	};
}
