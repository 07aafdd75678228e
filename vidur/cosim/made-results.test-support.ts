import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Made {
	readonly tensorParallel?: number;
	/** Of each replica, which has one stage. */
	readonly replicas: readonly (readonly (readonly [timeS: number, mfuPercent: number])[])[];
	readonly endS: number;
}

/** A results folder of Vidur with a given MFU over time. */
export function madeResults(path: string, { tensorParallel = 1, replicas, endS }: Made): string {
	mkdirSync(join(path, 'plots'), { recursive: true });
	const replica = {
		model_name: 'm',
		device: 'a100',
		tensor_parallel_size: tensorParallel,
		num_pipeline_stages: 1,
	};
	const cluster = { num_replicas: replicas.length, replica_config: replica };
	writeFileSync(join(path, 'config.json'), JSON.stringify({ cluster_config: cluster }));
	replicas.forEach((points, i) => {
		const key = `replica_${i + 1}_stage_1_mfu`;
		const distribution = points.map(([time, mfu], n) =>
			mfu === 0 ? { time, mfu } : { time, mfu, batch_id: n, batch_size: 8, execution_time: 1 },
		);
		writeFileSync(
			join(path, 'plots', `${key}.json`),
			JSON.stringify({ [`${key}_weighted_mean`]: 0, [`${key}_distribution`]: distribution }),
		);
	});
	writeFileSync(join(path, 'request_metrics.csv'), 'Request Id,request_e2e_time\n0,5\n');
	writeFileSync(
		join(path, 'plots', 'request_completion_time_series.csv'),
		`,Time (sec),request_completion\n0,${endS},1\n`,
	);
	return path;
}
