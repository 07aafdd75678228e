import type { ReplicaAccount } from '../../protocol/run-folder/summary-serving.ts';
import type { Run } from './run.ts';
import type { ReplicaEnergy } from './step-energies.ts';

/** The replicas of a run with what each is to answer for. */
export function replicaAccountsOf(
	{ usage, metadata, steps }: Run,
	replicas: readonly ReplicaEnergy[],
): ReplicaAccount[] {
	const { gpus, accounting } = metadata.gridbeat;
	const usages = new Map(usage?.replicas.map((replica) => [replica.name, replica]));
	const hours = (steps.count * steps.stepS) / 3600;
	const gpusEach = (gpus?.count ?? Number.NaN) / replicas.length;
	const gpuUsd = hours * gpusEach * (accounting?.gpuUsdPerHour ?? Number.NaN);
	return replicas.map((replica) => {
		const found = usages.get(replica.name);
		return {
			...replica,
			gpuUsd,
			busyPercent: found?.meanBusy ?? Number.NaN,
			mfuPercent: found?.meanMfu ?? Number.NaN,
			meanPowerW: found?.meanPowerW ?? Number.NaN,
			peakOutstanding: found?.peakOutstanding ?? Number.NaN,
		};
	});
}

/** More replicas than this are left out of tables. */
export const REPLICAS_SHOWN = 32;

/** A column of the table of replicas. */
export interface ReplicaColumn {
	readonly title: string;
	readonly value: (replica: ReplicaAccount) => number;
}

/** The columns: without those of sleep and servers where there are none, and those of which nothing is known. */
export function replicaColumns(replicas: readonly ReplicaAccount[]): ReplicaColumn[] {
	const kwh = (of: (replica: ReplicaAccount) => number) => (one: ReplicaAccount) => of(one) / 1000;
	const isKnown = ({ value }: ReplicaColumn) => replicas.some((one) => Number.isFinite(value(one)));
	const isUsed = ({ value }: ReplicaColumn) => replicas.some((one) => value(one) > 0);
	const used: readonly ReplicaColumn[] = [
		{ title: 'asleep kWh', value: kwh(({ sleepWh }) => sleepWh) },
		{ title: 'server kWh', value: kwh(({ serverWh }) => serverWh) },
	];
	const known: readonly ReplicaColumn[] = [
		{ title: 'all kWh', value: kwh(({ facilityWh }) => facilityWh) },
		{ title: 'GPU g', value: ({ gpuG }) => gpuG },
		{ title: 'all g', value: ({ facilityG }) => facilityG },
		{ title: 'energy USD', value: ({ energyUsd }) => energyUsd },
		{ title: 'GPU USD', value: ({ gpuUsd }) => gpuUsd },
		{ title: 'busy %', value: ({ busyPercent }) => busyPercent },
		{ title: 'MFU %', value: ({ mfuPercent }) => mfuPercent },
		{ title: 'mean W', value: ({ meanPowerW }) => meanPowerW },
	];
	return [
		{ title: 'prompt kWh', value: kwh(({ prefillWh }) => prefillWh) },
		{ title: 'answer kWh', value: kwh(({ decodeWh }) => decodeWh) },
		{ title: 'idle kWh', value: kwh(({ idleWh }) => idleWh) },
		...used.filter(isUsed),
		...known.filter(isKnown),
		{ title: 'peak queue', value: ({ peakOutstanding }) => peakOutstanding },
	];
}
