import type { ReplicaConfig } from '../../services/replica/config.ts';
import type { Point } from '../sweep/design.ts';
import type { GpuHour } from './prices.ts';
import type { RequestSource } from './requests.ts';

/** What a capacity is looked for. */
export interface Configuration {
	/** Its values of the keys that vary, for people. */
	readonly label: string;
	readonly point: Point;
	readonly replica: ReplicaConfig;
	readonly replicas: number;
	readonly gpus: number;
	readonly source: RequestSource;
	readonly gpuHour: GpuHour;
	/** Of electricity that is paid for beside the GPUs; null: their price includes it. */
	readonly usdPerKwh: number | null;
	/** Mean over the scenario's time; null without a carbon signal. */
	readonly carbonGPerKwh: number | null;
	/** Mean over the scenario's time. */
	readonly pue: number;
}

/** One that cannot be: the parts do not fit together. */
export interface Impossible {
	readonly label: string;
	readonly point: Point;
	readonly reason: string;
}
