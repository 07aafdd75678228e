import type { ReplicaConfig } from './config.ts';

/** What a replica's part of servers and network draws, W, while its GPUs work `busy` of the time. */
export function hostPowerW({ host }: Pick<ReplicaConfig, 'host'>, busy: number): number {
	return host === undefined ? 0 : host.idleW + host.busyW * busy;
}
